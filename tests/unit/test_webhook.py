"""Which addresses a webhook may be sent to, how long a message is tried, what an answer means."""

from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gvr.core import webhook
from gvr.core.mottagaradress import Adress, is_open, parse
from gvr.core.webhook import Fel

REFUSED_TEXTS = [
    "http://journal.example/kvitto",
    "file:///etc/passwd",
    "ftp://journal.example/",
    "gopher://journal.example:70/",
    "//journal.example/",
    "journal.example/kvitto",
    "https://",
    "https:///kvitto",
    "https://anna:hemligt@journal.example/",
    "https://@journal.example/",
    "https://journal.example/#del",
    "https://journal.example:22/",
    "https://journal.example:0/",
    "https://journal.example:99999/",
    "https://journal.example:abc/",
    "https://journal.example\\@127.0.0.1/",
    "https://journal.example/ med blanksteg",
    "https://journal.example/\r\nHost: annan",
    "https://vårdcentral.example/",
    "https://fe80::1%25eth0/",
    "https://[fe80::1%25eth0]/",
    "https://[::1/",
    "https://-journal.example/",
    "https://journal..example/",
    "https://journal.example/" + "a" * 500,
]

CLOSED = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1",
    "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001:0:1::1",
    "::127.0.0.1",
]  # fmt: skip
OPEN = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("text", REFUSED_TEXTS)
def test_an_address_that_is_not_plainly_https_to_a_host_is_refused_with_a_reason(text):
    assert isinstance(parse(text), str)


@pytest.mark.parametrize(
    ("text", "vard", "port", "huvud", "vid_ip"),
    [
        ("https://journal.example", "journal.example", 443, "journal.example", "/"),
        ("HTTPS://Journal.Example/a?b=c", "journal.example", 443, "journal.example", "/a?b=c"),
        ("https://j.example:8443/a", "j.example", 8443, "j.example:8443", "/a"),
        ("https://[2606:2800::1]/a", "2606:2800::1", 443, "[2606:2800::1]", "/a"),
    ],
)  # fmt: skip
def test_an_address_is_connected_to_by_ip_and_named_by_its_own_name(
    text, vard, port, huvud, vid_ip
):
    adress = parse(text)

    assert isinstance(adress, Adress)
    assert (adress.vard, adress.port, adress.vardhuvud) == (vard, port, huvud)
    assert adress.at(ip_address("93.184.216.34")) == f"https://93.184.216.34:{port}{vid_ip}"
    assert adress.at(ip_address("2606::1")) == f"https://[2606::1]:{port}{vid_ip}"


def test_http_passes_only_where_it_is_allowed():
    assert isinstance(parse("http://127.0.0.1:8123/", utan_tls=True), Adress)
    assert isinstance(parse("file:///etc/passwd", utan_tls=True), str)


@pytest.mark.parametrize("ip", CLOSED)
def test_nothing_is_sent_inside(ip):
    assert not is_open(ip_address(ip))


@pytest.mark.parametrize("ip", OPEN)
def test_the_open_internet_is_open(ip):
    assert is_open(ip_address(ip))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_no_more_open_when_it_is_written_as_ipv6(ip):
    assert is_open(ip_address(f"::ffff:{ip}")) == is_open(ip)
    assert is_open(ip_address("64:ff9b::") + int(ip)) == is_open(ip)


def test_a_net_that_the_installation_allows_is_open_and_its_neighbours_are_not():
    tillatna = [ip_network("10.20.0.0/16"), ip_network("::1/128")]

    assert is_open(ip_address("10.20.3.4"), tillatna=tillatna)
    assert is_open(ip_address("::ffff:10.20.3.4"), tillatna=tillatna)
    assert is_open(ip_address("::1"), tillatna=tillatna)
    assert not is_open(ip_address("10.21.3.4"), tillatna=tillatna)
    assert not is_open(ip_address("127.0.0.1"), tillatna=tillatna)


@given(st.integers(1, 11), st.floats(0, 1, exclude_max=True))
def test_the_pauses_grow_and_are_spread_by_a_fifth(forsok, slump):
    vila = webhook.pause(forsok, slump=slump).total_seconds()
    mitt = min(5 * 3 ** (forsok - 1), 12 * 3600)

    assert 0.8 * mitt <= vila <= 1.2 * mitt


def test_twelve_calls_take_more_than_a_day_and_less_than_two():
    summa = sum((webhook.pause(n, slump=0.5) for n in range(1, 12)), timedelta())

    assert timedelta(days=1) < summa < timedelta(days=2)


def test_a_receiver_may_ask_for_a_longer_pause_but_not_a_shorter_nor_one_for_ever():
    assert webhook.pause(1, slump=0, begard=60) == timedelta(seconds=60)
    assert webhook.pause(9, slump=0.5, begard=1) == timedelta(seconds=32805)
    assert webhook.pause(1, slump=0, begard=999_999) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "fel"),
    [(200, None), (204, None), (299, None), (301, Fel.OMDIRIGERAD), (304, Fel.OMDIRIGERAD),
     (400, Fel.STATUS), (404, Fel.STATUS), (410, Fel.BORTA), (429, Fel.STATUS), (503, Fel.STATUS)],
)  # fmt: skip
def test_only_2xx_is_received(status, fel):
    assert webhook.judge(status) is fel
