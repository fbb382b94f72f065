"""Senders that log in with a client certificate, as the proxy in front passes it on."""

import json
import os
import shutil
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from gvr.actions import certifikat
from gvr.models import Certifikat, Maskinkonto
from tests.factories import regionen, sandare
from tests.factories.certifikatutfardare import NU, Utfardare, escaped

A, B = "SE2321000016-A1", "SE2321000016-B1"
OFFER = "SE2321000016-OFFER"


@pytest.fixture(scope="module")
def ca():
    return Utfardare()


@pytest.fixture
def varlden(db, settings):
    settings.BETRODDA_PROXYSERVRAR = ["127.0.0.1"]
    return sandare.open_region()


def konto(system="JOURNAL-A"):
    return Maskinkonto.objects.get(kallsystem=system)


def register(pem, system="JOURNAL-A"):
    return certifikat.register(konto(system), pem, by=regionen.anna(), skal="Nytt", at=NU)


def fraga(pem, fran="127.0.0.1", **huvud):
    text = escaped(pem) if isinstance(pem, bytes) else pem
    return Client(raise_request_exception=False).get(
        "/api/v1/anslutningstest",
        headers={"Klientcertifikat": text, **huvud},
        REMOTE_ADDR=fran,
    )


def test_a_registered_certificate_is_the_account(varlden, ca):
    pem, _ = ca.issue(A)
    register(pem)

    svar = fraga(pem)

    assert svar.status_code == 200
    assert (svar.json()["kallsystem"], svar.json()["inloggning"]) == ("JOURNAL-A", "CERTIFIKAT")
    assert svar.json()["certifikat"]["dagarKvar"] >= 363
    assert "varning" not in svar.json()["certifikat"]


@pytest.mark.parametrize(("dagar", "varning"), [(59, 60), (29, 30), (6, 7), (61, None)])
def test_the_connection_test_warns_before_the_certificate_ends(varlden, ca, dagar, varning):
    pem, _ = ca.issue(A, dagar=dagar)
    register(pem)

    assert fraga(pem).json()["certifikat"].get("varning") == varning


def test_a_renewed_certificate_of_the_same_issuer_needs_no_registration(varlden, ca):
    register(ca.issue(A)[0])

    assert fraga(ca.issue(A)[0]).status_code == 200


def test_two_certificates_overlap_while_one_takes_over_from_the_other(varlden, ca):
    gammalt, nytt = ca.issue(A, dagar=5)[0], Utfardare("Nya CA").issue(A)[0]
    register(gammalt)
    register(nytt)

    assert [fraga(pem).status_code for pem in (gammalt, nytt)] == [200, 200]


def test_the_same_hsa_id_from_another_issuer_is_nobody(varlden, ca):
    register(ca.issue(A)[0])

    assert fraga(Utfardare("Annan CA").issue(A)[0]).status_code == 401


@pytest.mark.parametrize(
    "namn", [f"evil, SERIALNUMBER={OFFER}", f"evil,2.5.4.5={OFFER}", f"evil/serialNumber={OFFER}"]
)
def test_a_common_name_that_looks_like_another_id_is_only_a_name(varlden, ca, namn):
    register(ca.issue(OFFER)[0], "JOURNAL-B")
    register(ca.issue(A)[0])

    svar = fraga(ca.issue(A, namn=namn)[0])

    assert svar.json()["kallsystem"] == "JOURNAL-A"


@pytest.mark.parametrize("hsa_id", [(), (A, B)], ids=["none", "two"])
def test_a_certificate_without_exactly_one_id_is_nobody(varlden, ca, hsa_id):
    register(ca.issue(A)[0])
    pem, _ = ca.issue(*hsa_id)

    assert fraga(pem).status_code == 401
    with pytest.raises(certifikat.UnableToRegister, match="exakt ett HSA-id"):
        register(pem)


@pytest.mark.parametrize(
    "fran", [{"dagar": 0}, {"dagar": 30, "fran": NU + timedelta(days=3)}], ids=["over", "to come"]
)
def test_a_certificate_outside_its_time_is_refused(varlden, ca, fran):
    register(ca.issue(A)[0])

    assert fraga(ca.issue(A, **fran)[0]).status_code == 401


def test_a_revoked_certificate_is_refused_and_its_successor_is_not(varlden, ca):
    tappat, nytt = ca.issue(A)[0], ca.issue(A)[0]
    rad = register(tappat)
    register(nytt)
    certifikat.revoke(rad, by=regionen.anna(), skal="Nyckeln kom bort", at=NU)

    assert [fraga(pem).status_code for pem in (tappat, nytt)] == [401, 200]


# --- whose word is believed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("betrodda", "fran", "status"),
    [
        ([], "127.0.0.1", 401),
        ([], "", 401),
        (["10.0.0.0/8"], "127.0.0.1", 401),
        (["10.0.0.0/8"], "10.1.2.3", 200),
        (["unix"], "127.0.0.1", 401),
        (["unix"], "", 200),
    ],
)
def test_only_a_listed_proxy_is_believed_and_an_empty_list_is_nobody(
    varlden, ca, settings, betrodda, fran, status
):
    pem, _ = ca.issue(A)
    register(pem)
    settings.BETRODDA_PROXYSERVRAR = betrodda

    assert fraga(pem, fran).status_code == status


def test_a_header_from_a_stranger_spoils_a_good_token(varlden, ca, settings):
    settings.BETRODDA_PROXYSERVRAR = []
    pem, _ = ca.issue(A)
    register(pem)

    assert fraga(pem, Authorization="Bearer token-A").status_code == 401


@pytest.mark.parametrize("fel", ["x", "a,b", "%00", "-" * 20_000], ids=["x", "a,b", "nul", "long"])
def test_what_is_no_certificate_is_nobody(varlden, fel):
    assert fraga(fel).status_code == 401


def test_a_doubled_header_is_refused(varlden, ca):
    pem, _ = ca.issue(A)
    register(pem)

    assert fraga(f"{escaped(pem)},{escaped(pem)}").status_code == 401
    assert fraga(escaped(pem) * 2).status_code == 401


def test_a_header_with_an_underscore_is_another_header(varlden, ca):
    pem, _ = ca.issue(A)
    register(pem)

    svar = Client().get("/api/v1/anslutningstest", HTTP_KLIENT_CERTIFIKAT=escaped(pem))

    assert svar.status_code == 401


def test_tokens_can_be_switched_off(varlden, ca, settings):
    settings.TOKENINLOGGNING = False
    pem, _ = ca.issue(A)
    register(pem)

    assert fraga("", Authorization="Bearer token-A").status_code == 401
    assert fraga(pem).status_code == 200


def test_an_empty_header_is_no_certificate(varlden):
    assert fraga("", Authorization="Bearer token-A").json()["inloggning"] == "TOKEN"


# --- registering --------------------------------------------------------------------------------


def test_one_identity_belongs_to_one_account(varlden, ca):
    rad = register(ca.issue(A)[0])

    with pytest.raises(certifikat.UnableToRegister, match="annat konto"):
        register(ca.issue(A)[0], "JOURNAL-B")
    with pytest.raises(IntegrityError), transaction.atomic():
        Certifikat.objects.create(
            maskinkonto=konto("JOURNAL-B"),
            hsa_id=rad.hsa_id,
            utfardare=rad.utfardare,
            sha256="0" * 64,
            serienummer="1",
            giltigt_fran=NU,
            giltigt_till=NU,
        )


def test_the_region_registers_and_revokes_a_certificate_on_the_accounts_page(varlden, ca):
    anna = regionen.client(regionen.anna())
    pem, nyckel = ca.issue(A, dagar=20)
    sida = f"/admin/gvr/maskinkonto/{konto().pk}/"

    med_nyckel = anna.post(
        f"{sida}certifikat/", {"pem": (pem + nyckel).decode(), "skal": "Nytt system"}
    )
    nytt = anna.post(f"{sida}certifikat/", {"pem": pem.decode(), "skal": "Nytt system"})
    visat = anna.get(f"{sida}change/").content.decode()
    rad = Certifikat.objects.get()
    anna.post(f"/admin/gvr/maskinkonto/certifikat/{rad.pk}/aterkalla/", {"skal": "Bytt"})

    assert "utan nyckel" in med_nyckel.content.decode()
    assert nytt.status_code == 302
    assert A in visat
    assert "19 dagar kvar" in visat
    assert "Ekbackens" in visat
    assert fraga(pem).status_code == 401


# --- through the real proxy ---------------------------------------------------------------------

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
APP = """
import json

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({k: v for k, v in environ.items() if "KLIENT" in k}).encode()]
"""


@pytest.mark.skipif(NGINX is None, reason="nginx finns inte på maskinen")
def test_nginx_replaces_what_a_client_says_of_itself(tmp_path, ca):
    snutt = (Path(__file__).resolve().parents[2] / "docs" / "drift.md").read_text()
    server = snutt.partition("```nginx\n")[2].partition("```")[0]
    pem, nyckel = ca.issue(A)
    server_pem, server_nyckel = ca.issue("server", namn="localhost")
    for namn, text in {
        "server.pem": server_pem,
        "server.key": server_nyckel,
        "utfardare.pem": ca.pem,
        "klient.pem": pem + nyckel,
        "app.py": APP.encode(),
    }.items():
        (tmp_path / namn).write_bytes(text)
    with socket.socket() as ledig:
        ledig.bind(("127.0.0.1", 0))
        port = ledig.getsockname()[1]
    server = server.replace("/etc/gvr/", f"{tmp_path}/").replace(
        "/run/gvr/gvr.sock", f"{tmp_path}/gvr.sock"
    )
    rader = [rad for rad in server.splitlines() if "ssl_crl" not in rad]
    konf = "\n".join(rader).replace("listen 443", f"listen 127.0.0.1:{port}")
    # As root nginx would hand its work to a user who may not enter the folder.
    som = "user root;" if os.geteuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(
        f"{som} pid {tmp_path}/pid; error_log {tmp_path}/fel; daemon off; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}; proxy_temp_path {tmp_path};\n"
        f"fastcgi_temp_path {tmp_path}; uwsgi_temp_path {tmp_path}; scgi_temp_path {tmp_path};\n"
        f"{konf}\n}}\n"
    )
    processer = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "granian",
                "--interface",
                "wsgi",
                "--uds",
                "gvr.sock",
                "app:application",
            ],
            cwd=tmp_path,
        ),
        subprocess.Popen([NGINX, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]),
    ]
    curl = ["curl", "-sfk", "--retry", "40", "--retry-delay", "1", "--retry-max-time", "40"]
    curl += ["--retry-all-errors", "--max-time", "5", f"https://127.0.0.1:{port}/"]
    falskt = ["-H", "Klient_certifikat: falskt", "-H", "KLIENTCERTIFIKAT: falskt"]
    falskt += ["-H", "Klientcertifikat: falskt", "-H", "Klientcertifikat: falskt igen"]
    try:
        med = subprocess.run(
            [*curl, *falskt, "--cert", str(tmp_path / "klient.pem")],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        utan = subprocess.run([*curl, *falskt], capture_output=True, text=True, check=True).stdout
    finally:
        for process in processer:
            process.terminate()
            process.wait(10)

    assert json.loads(med) == {"HTTP_KLIENTCERTIFIKAT": escaped(pem)}
    assert json.loads(utan) in ({}, {"HTTP_KLIENTCERTIFIKAT": ""})
