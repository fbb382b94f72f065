"""The reference client and its outbox: nothing is lost, nothing doubled, versions in order."""

import json
import random
import re
import sqlite3
from collections import Counter
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gvr_klient import Anslutning, FelAdress, Klient, Stoppad, Utkorg
from gvr_klient.kit.register import Begaran, Gensvar, Register, problem

URL = "http://gvr.example/api/v1"
BESOK = {"vardhandelseId": "V1", "taxa": "01", "diagnoser": ["I109"]}


def besok(vardhandelse_id="V1", **falt):
    return {**BESOK, "vardhandelseId": vardhandelse_id, **falt}


class Natet:
    """The network to a register in memory. `manus` says what happens to the next requests.

    CUT_BEFORE the request is lost, CUT_AFTER its answer is; a Gensvar is given instead; None is
    plain. When the script is over, all is plain.
    """

    CUT_BEFORE, CUT_AFTER = "before", "after"

    def __init__(self, *manus):
        self.register = Register()
        self.manus = list(manus)
        self.sedda = []

    def __call__(self, request):
        begaran = Begaran(
            request.method,
            request.url.raw_path.decode(),
            {k.lower(): v for k, v in request.headers.items()},
            request.read(),
        )
        self.sedda.append(begaran)
        steg = self.manus.pop(0) if self.manus else None
        if steg is KeyboardInterrupt:
            raise steg
        if steg == self.CUT_BEFORE:
            raise httpx.ConnectError("cut", request=request)
        svar = steg if steg not in (None, self.CUT_AFTER) else self.register.answer(begaran)
        if steg == self.CUT_AFTER:
            raise httpx.ReadError("cut", request=request)
        return httpx.Response(svar.status, headers=dict(svar.huvuden), content=svar.kropp)

    @property
    def keys(self):
        return [b.nyckel for b in self.sedda]


class Klocka:
    """A clock that only sleep moves."""

    def __init__(self):
        self.tid = 1_000_000.0
        self.pauser = []

    def now(self):
        return self.tid

    def sleep(self, sekunder):
        self.pauser.append(sekunder)
        self.tid += sekunder


@pytest.fixture
def open_client(tmp_path):
    """Open a client on the same outbox, as often as one likes."""
    oppna = []

    def oppna_en(natet, klocka=None, **val):
        klocka = klocka or Klocka()
        klient = Klient(
            Anslutning(URL, token="t", transport=httpx.MockTransport(natet)),
            Utkorg(tmp_path / "utkorg.sqlite", url=URL),
            now=klocka.now,
            sleep=klocka.sleep,
            chance=lambda: 0.5,
            **val,
        )
        oppna.append(klient)
        return klient

    yield oppna_en
    for klient in oppna:
        klient.close()


def registered(natet):
    return {
        namn: (k.version, k.makulerad, k.innehall.get("diagnoser"))
        for namn, k in natet.register.kontakter.items()
    }


def test_a_contact_is_reported_corrected_and_cancelled_in_that_order(open_client):
    natet = Natet()
    klient = open_client(natet)

    assert klient.report(besok()) == 1
    assert klient.correct(besok(diagnoser=["E119"])) == 2
    assert klient.cancel("V1", orsak="fel patient") == 3
    lage = klient.flush()

    assert [b.metod for b in natet.sedda] == ["POST", "PUT", "DELETE"]
    assert registered(natet) == {"V1": (3, True, ["E119"])}
    assert (lage.klara, lage.vantar, lage.avvisade) == (3, 0, 0)
    assert natet.sedda[1].huvuden["if-match"] == '"1"'
    assert natet.sedda[2].parametrar == {"version": "3", "orsak": "fel patient"}


def test_what_is_no_contact_has_an_address_and_versions_of_its_own(open_client):
    registrerat = Gensvar(201, {"utfall": "REGISTRERAD", "version": 1})
    natet = Natet(*[registrerat] * 4)
    klient = open_client(natet)
    vistelse = {"vardtillfalleId": "V/1", "dag": "2026-11-01"}

    assert klient.report(vistelse, resurs="inskrivningar") == 1
    assert klient.report(vistelse | {"ukod": "1"}, resurs="utskrivningar") == 1
    assert klient.report({"id": "P1", "dag": "2026-11-02"}, resurs="vardperiodsslut") == 1
    assert klient.cancel("P1", resurs="vardperiodsslut") == 2
    with pytest.raises(ValueError, match="utan orsak"):
        klient.cancel("D1", orsak="fel", resurs="deltaganden")
    klient.flush()

    assert [(b.metod, b.vag) for b in natet.sedda] == [
        ("PUT", "inskrivningar/V%2F1"),
        ("PUT", "utskrivningar/V%2F1"),
        ("PUT", "vardperioder/P1/slut"),
        ("DELETE", "vardperioder/P1/slut"),
    ]
    assert json.loads(natet.sedda[2].kropp) == {"dag": "2026-11-02", "version": 1}
    assert [h.version for h in klient.utkorg.history("V/1", resurs="utskrivningar")] == [1]


def test_an_outbox_of_the_first_edition_is_taken_over_with_what_waits_in_it(open_client, tmp_path):
    gammal = open_client(Natet())
    gammal.report(besok())
    gammal.close()
    with sqlite3.connect(tmp_path / "utkorg.sqlite") as db:  # as it was: contacts and nothing else
        db.executescript(
            "alter table handelse rename to ny; drop index handelse_ordning;"
            " create table handelse as select * from ny; alter table handelse drop column resurs;"
            " drop table ny; pragma user_version = 0;"
        )
    db.close()
    natet = Natet()

    klient = open_client(natet)
    klient.flush()

    assert registered(natet) == {"V1": (1, False, ["I109"])}
    assert [h.resurs for h in klient.utkorg.history("V1")] == ["vardkontakter"]


@pytest.mark.parametrize("avbrott", [Natet.CUT_BEFORE, Natet.CUT_AFTER])
def test_a_cut_request_is_made_again_with_the_same_key_and_bytes(open_client, avbrott):
    natet = Natet(avbrott, avbrott)
    klient = open_client(natet)
    klient.report(besok())

    klient.flush()

    assert len(set(natet.keys)) == 1
    assert len(natet.sedda) == 3
    assert len({b.kropp for b in natet.sedda}) == 1
    assert registered(natet) == {"V1": (1, False, ["I109"])}


def test_a_client_that_died_after_sending_makes_the_same_request_again(open_client):
    natet = Natet()
    forst = open_client(natet)
    forst.report(besok())
    natet.manus = [KeyboardInterrupt]  # the process dies with the request on its way

    with pytest.raises(KeyboardInterrupt):
        forst.flush()
    forst.close()
    senare = open_client(natet)
    senare.flush()

    assert len(set(natet.keys)) == 1
    assert senare.utkorg.status().klara == 1


def test_the_key_is_in_the_file_before_the_request_leaves(open_client, tmp_path):
    natet = Natet()
    klient = open_client(natet)
    klient.report(besok())
    lagrade = []

    def look(request):
        with sqlite3.connect(tmp_path / "utkorg.sqlite") as fil:
            lagrade.append(fil.execute("select nyckel, forsok from sandning").fetchall())
        return Natet.__call__(natet, request)

    klient.anslutning = Anslutning(URL, transport=httpx.MockTransport(look))
    klient.flush()

    assert lagrade == [[(natet.keys[0], 1)]]


def test_retry_after_holds_back_everything_until_then(open_client):
    natet = Natet(problem("TILLFALLIGT_FEL", huvuden={"Retry-After": "20"}))
    klocka = Klocka()
    klient = open_client(natet, klocka, storst=1)
    klient.report(besok("V1"))
    klient.report(besok("V2"))

    klient.flush()

    assert klocka.pauser == [20.5]
    assert len(natet.sedda) == 3


def test_what_is_not_answered_within_the_patience_is_kept_for_later(open_client):
    natet = Natet(*[problem("TILLFALLIGT_FEL", huvuden={"Retry-After": "600"})] * 2)
    klocka = Klocka()
    klient = open_client(natet, klocka)
    klient.report(besok())

    assert klient.flush(patience=60).vantar == 1
    assert klocka.pauser == []
    klocka.tid += 601
    natet.manus = []

    assert klient.flush(patience=60).klara == 1
    assert len(set(natet.keys)) == 1


def test_while_one_request_is_worked_on_the_others_go_on(open_client):
    natet = Natet(problem("PAGAR", huvuden={"Retry-After": "5"}))
    klient = open_client(natet, storst=1)
    klient.report(besok("V1"))
    klient.report(besok("V2"))

    klient.flush()

    forst, andra, tredje = natet.keys
    assert (forst == tredje, forst == andra) == (True, False)
    assert set(registered(natet)) == {"V1", "V2"}


def test_a_later_version_never_passes_an_earlier_one(open_client):
    natet = Natet(*[problem("TEKNISKT_FEL")] * 3)
    klient = open_client(natet)
    for nr in range(1, 5):
        klient.correct(besok(diagnoser=[f"I10{nr}"]))

    klient.flush(patience=600)

    bytt = [re.search(r'"version": (\d)', b.kropp.decode())[1] for b in natet.sedda]
    assert bytt == sorted(bytt)
    assert registered(natet) == {"V1": (4, False, ["I104"])}


def test_a_batch_tells_each_contact_what_became_of_it(open_client):
    natet = Natet()
    klient = open_client(natet)
    for nr in range(5):
        klient.report(besok(f"V{nr}"))
    klient.report({"vardhandelseId": "utan-taxa"})

    lage = klient.flush()

    assert [b.vag for b in natet.sedda] == ["vardkontakter/batch"]
    assert natet.sedda[0].parametrar == {"antal": "6"}
    assert (lage.klara, lage.avvisade) == (5, 1)
    (avvisad,) = klient.utkorg.in_state("AVVISAD")
    assert [f["kod"] for f in avvisad.fel] == ["GVR043"]


def test_a_refused_contact_is_not_sent_again_until_it_is_mended(open_client):
    natet = Natet()
    klient = open_client(natet)
    klient.report({"vardhandelseId": "V1"})
    klient.flush()
    klient.flush()

    assert len(natet.sedda) == 1

    klient.report(besok())
    klient.flush()

    assert natet.sedda[-1].metod == "PUT"
    assert registered(natet) == {"V1": (2, False, ["I109"])}


def test_a_batch_that_cannot_be_taken_whole_is_halved_until_it_can(open_client):
    def too_many(natet):
        def answer(request):
            if request.url.params.get("antal", "0") > "2":
                svar = problem("FEL_ANTAL")
                return httpx.Response(413, content=svar.kropp.replace(b"FEL_ANTAL", b"FOR_STOR"))
            return natet(request)

        return answer

    natet = Natet()
    klient = open_client(too_many(natet))
    for nr in range(7):
        klient.report(besok(f"V{nr}"))

    assert klient.flush().klara == 7
    assert len(registered(natet)) == 7
    assert len(set(natet.keys)) == len(natet.keys)


def test_what_was_cut_on_the_way_there_goes_again_under_a_new_key(open_client):
    natet = Natet(problem("FEL_ANTAL"))
    klient = open_client(natet)
    for nr in range(2):
        klient.report(besok(f"V{nr}"))

    assert klient.flush().klara == 2
    assert natet.keys[0] != natet.keys[1]


def test_a_stopped_account_stops_the_sending_and_loses_nothing(open_client):
    natet = Natet(problem("EJ_INLOGGAD"))
    klient = open_client(natet)
    klient.report(besok())

    with pytest.raises(Stoppad, match="EJ_INLOGGAD"):
        klient.flush()
    assert klient.flush().klara == 1
    assert len(set(natet.keys)) == 1


def test_the_same_content_twice_is_one_version(open_client):
    klient = open_client(Natet())

    assert [klient.report(besok()), klient.report(besok()), klient.correct(besok())] == [1, 1, 1]
    assert [klient.cancel("V1"), klient.cancel("V1"), klient.correct(besok())] == [2, 2, 3]


def changed_behind_our_back(natet):
    """Let somebody else register version 7 of V1 with other content."""
    kropp = b'{"vardhandelseId": "V1", "taxa": "01", "diagnoser": ["J069"], "version": 7}'
    natet.register.answer(Begaran("PUT", "/api/v1/vardkontakter/V1", {}, kropp))


@pytest.mark.parametrize(
    ("behall", "efter"), [("vart", (8, False, ["E119"])), ("registrets", (7, False, ["J069"]))]
)
def test_a_conflict_waits_for_a_person_who_chooses(open_client, behall, efter):
    natet = Natet()
    klient = open_client(natet)
    klient.report(besok())
    klient.flush()
    changed_behind_our_back(natet)
    klient.correct(besok(diagnoser=["E119"]))

    assert klient.flush().konflikter == 1
    assert registered(natet)["V1"] == (7, False, ["J069"])

    klient.resolve("V1", behall=behall)
    lage = klient.flush()

    assert (lage.konflikter, lage.vantar) == (0, 0)
    assert registered(natet)["V1"] == efter


def test_receipts_are_read_from_where_they_were_last_taken_care_of(open_client):
    natet = Natet()
    klient = open_client(natet)
    for nr in range(25):
        klient.report(besok(f"V{nr}"))
    klient.flush()
    sedda = []

    assert klient.receipts(sedda.extend, antal=10) == 25
    assert klient.receipts(sedda.extend) == 0
    klient.close()
    klient = open_client(natet)
    natet.register.add_receipt("V3", 1, "K3", "ERSATTS")

    assert klient.receipts(sedda.extend) == 1
    assert [k.sekvens for k in sedda] == list(range(1, 27))
    assert [k["niva"] for k in klient.utkorg.receipts_of("V3")] == ["K2", "K3"]


def test_a_page_whose_handler_failed_is_given_again(open_client):
    natet = Natet()
    klient = open_client(natet)
    klient.report(besok())
    klient.flush()

    with pytest.raises(ZeroDivisionError):
        klient.receipts(lambda sida: 1 / 0)
    sedda = []
    klient.receipts(sedda.extend)

    assert len(sedda) == 1


def test_a_rehearsal_leaves_nothing_in_the_outbox(open_client):
    natet = Natet()
    klient = open_client(natet)

    assert klient.rehearse({"vardhandelseId": "V1"})["kod"] == "GVR043"
    assert klient.utkorg.status().vantar == 0
    assert natet.sedda[0].parametrar == {"torrkorning": "true"}


def test_an_outbox_is_never_emptied_at_another_address(tmp_path):
    Utkorg(tmp_path / "u", url="https://test.example/api/v1/").close()

    with pytest.raises(FelAdress, match=r"test\.example"):
        Utkorg(tmp_path / "u", url="https://produktion.example/api/v1")


def test_the_outbox_is_its_owners_only_and_keeps_no_content_of_what_is_delivered(
    open_client, tmp_path
):
    klient = open_client(Natet())
    klient.report(besok())
    klient.flush()

    fil = tmp_path / "utkorg.sqlite"
    assert fil.stat().st_mode & 0o077 == 0
    with sqlite3.connect(fil) as db:
        assert db.execute("select kropp from handelse").fetchall() == [(None,)]
        assert db.execute("select kropp from sandning").fetchall() == [(b"",)]


STEG = st.sampled_from([None, Natet.CUT_BEFORE, Natet.CUT_AFTER, "503", "500", "PAGAR"])
VERK = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["rapportera", "makulera", "dö"])),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(verk=VERK, manus=st.lists(STEG, max_size=25), storst=st.integers(1, 4), fro=st.integers())
def test_whatever_happens_on_the_way_the_register_ends_as_the_books(
    tmp_path_factory, verk, manus, storst, fro
):
    """Reports, cancellations, restarts, and a network that cuts, refuses and repeats."""
    slump = random.Random(fro)
    fil = Path(tmp_path_factory.mktemp("u")) / "utkorg.sqlite"
    svar = {
        "503": problem("TILLFALLIGT_FEL", huvuden={"Retry-After": "1"}),
        "500": problem("TEKNISKT_FEL"),
        "PAGAR": problem("PAGAR", huvuden={"Retry-After": "1"}),
    }
    natet = Natet(*(svar.get(steg, steg) for steg in manus))
    klocka = Klocka()
    bocker = {}

    def oppna():
        return Klient(
            Anslutning(URL, transport=httpx.MockTransport(natet)),
            Utkorg(fil, url=URL),
            storst=storst,
            now=klocka.now,
            sleep=klocka.sleep,
            chance=slump.random,
        )

    klient = oppna()
    for namn, vad in verk:
        if vad == "dö":
            klient.flush(patience=slump.choice([0, 1]))
            klient.close()
            klient = oppna()
        elif vad == "makulera" and namn in bocker:
            klient.cancel(namn)
            bocker[namn] = (True, bocker[namn][1])
        elif vad == "rapportera":
            diagnos = [f"I{slump.randint(100, 999)}"]
            klient.report(besok(namn, diagnoser=diagnos))
            bocker[namn] = (False, diagnos)
    lage = klient.flush(patience=100_000)
    klient.close()

    assert (lage.vantar, lage.avvisade, lage.konflikter) == (0, 0, 0)
    assert {namn: (m, d) for namn, (_, m, d) in registered(natet).items()} == bocker
    assert set(times_registered(natet)) <= {1}


def times_registered(natet):
    """Return how many times each version has been registered."""
    antal = Counter((rad["vardhandelseId"], rad["version"]) for rad in natet.register.kvittenser)
    return antal.values()
