"""The region's published files of events, with units and commissions from its published index."""

import re
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from types import SimpleNamespace

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone
from psycopg.types.range import DateRange

from gvr.actions import behorigheter, ersmofiler, organisation, utleveranser
from gvr.management.commands import receive_ersmoindata
from gvr.models import (
    Avtal,
    Avtalsomrade,
    Avvisning,
    Enhet,
    Ersattningshandelse,
    Kod,
    Kodverk,
    Kvittens,
    Leverans,
    Loggpost,
    Maskinkonto,
    Uppdrag,
    Vardgivare,
    Vardkontakt,
    Vardkontaktversion,
)
from tests.factories.ersmofil import canonical
from tests.factories.sandare import Sandare

KOMBIKOR = {"30216311002", "98156021M02", "17101011M04", "10011101M03"}
ID = "12345678901234567890"

# Files in the order they were delivered, with what becomes of each event: its id, outcome, version.
UTFALL = {
    "ERSMO_2013-09-08T080000.000+0000.xml": [(ID, "REGISTRERAD", 1)],  # unit by the åtgärd's day
    "ERSMO_2013-09-09T080000.000+0000.xml": [(ID, "REGISTRERAD", 2)],  # unit by the last day
    "ERSMO_2014-01-01T090000.000+0000.xml": [
        ("191212121212_98156021M02_20090129", "REGISTRERAD", None)  # Vårdansvar, no contact
    ],
    "ERSMO_2014-02-01T080000.000+0000.xml": [(ID, "REGISTRERAD", 3)],
    "ERSMO_2014-02-02T080000.000+0000.xml": [(ID, "REGISTRERAD", 4)],
    "ERSMO_2014-02-03T080000.000+0000.xml": [(ID, "REGISTRERAD", 5)],
    "ERSMO_2014-02-04T080000.000+0000.xml": [(f"STOR1.{n}", "REGISTRERAD", 1) for n in range(1, 6)],
    "ERSMO_2014-02-05T080000.000+0000.xml": [(f"STOR2.{n}", "REGISTRERAD", 1) for n in range(1, 6)],
    "ERSMO_2014-02-06T080000.000+0000.xml": [(f"STOR3.{n}", "REGISTRERAD", 1) for n in range(1, 6)],
    "ERSMO_2014-07-01T080000.000+0000.xml": [(ID, "OFORANDRAD", 5)],  # delivered again
    "ERSMO_2014-07-15T080000.000+0000.xml": [
        ("111", "AVVISAD", None),  # the patient's number has a wrong check digit
        ("444", "REGISTRERAD", 1),
        ("777", "PARKERAD", 1),  # unknown unit
        ("888", "REGISTRERAD", 1),
        ("999", "PARKERAD", 1),
    ],
    "ERSMO_2014-07-15T090000.000+0000.xml": [("999", "REGISTRERAD", 2)],  # with its unit corrected
    "ERSMO_2014-08-01T080000.000+0000.xml": [(ID, "REGISTRERAD", 6)],  # no codes at all
    "ERSMO_2014-09-10T080000.000+0000.xml": [(ID, "TESTUPPDRAG", None)],
    "ERSMO_2014-10-12T080000.000+0000.xml": [(ID, "REGISTRERAD", 7)],  # referrer has expired
    "ERSMO_2014-10-13T080000.000+0000.xml": [(ID, "REGISTRERAD", 8)],
    "ERSMO_2014-10-14T080000.000+0000.xml": [(ID, "PARKERAD", 9)],  # no commission in 2010
}


def only(text, *, behall, extra=""):
    """Keep the heading and the rows that begin with one of the keys."""
    rubrik, *rader = text.splitlines()
    kvar = [rad for rad in rader if rad.partition(",")[0] in behall]
    return "\n".join([rubrik, *kvar]) + "\n" + extra


@pytest.fixture
def avsandare(db, korpus):
    """The register of the files' units, and the system that delivers the files."""
    vardgivare = Vardgivare.objects.create(namn="Regionen", orgnr="2321000016")
    omrade = Avtalsomrade.objects.create(kod="ryggkirurgi", namn="Ryggkirurgi, vårdval")
    for nummer in ("10273", "6008", "7187"):
        Avtal.objects.create(
            ada_nummer=nummer,
            vardgivare=vardgivare,
            avtalsomrade=omrade,
            giltig=DateRange(date(2013, 1, 1), None),
        )
    index = korpus / "kodserver" / "derived-index"
    # The unit of the test commission stands in another excerpt; the commission's own days are not
    # public, but it was in force in 2013 and not in 2010.
    organisation.import_index(
        avd=only(
            (index / "avd-samverks.csv").read_text(),
            behall=KOMBIKOR,
            extra="70471000000,2001-09-01,2099-12-31,5701\n",
        ),
        mek=only((index / "mek.csv").read_text(), behall=KOMBIKOR),
        samverks=only(
            (index / "samverks.csv").read_text(),
            behall={"9081", "9120", "9743"},
            extra="5701,2012-01-01,2099-12-31,06,201,\n",
        ),
        vardgivare_id=vardgivare.pk,
    )
    Uppdrag.objects.filter(samverks_id="5701").update(test=True)
    behorigheter.create_machine_account(
        namn="GVR", kallsystem="GVR", hsa_id="", token="token-G", vardgivare=[vardgivare]
    )
    return Sandare("token-G")


@pytest.fixture
def deliver(avsandare, korpus):
    """Deliver a file by name."""

    def run(namn, query=""):
        kropp = (korpus / "ersmo" / "indata" / namn).read_bytes()
        return avsandare(
            "POST", f"leveranser/ersmoindata{query}", kropp, mediatyp="application/xml"
        )

    return run


def outcome(svar):
    return [
        (rad["vardhandelseId"], rad["utfall"], rad.get("version"))
        for rad in svar.json()["resultat"]
    ]


def test_the_files_are_all_there(korpus):
    assert {fil.name for fil in (korpus / "ersmo" / "indata").iterdir()} == set(UTFALL)


def test_every_event_of_every_file_becomes_what_it_should(deliver):
    for namn, vantat in UTFALL.items():
        svar = deliver(namn)

        assert outcome(svar) == vantat, namn
        assert svar.status_code == (207 if "AVVISAD" in str(vantat) else 200)

    assert Vardkontakt.objects.count() == 1 + 15 + 4
    assert Vardkontakt.objects.get(vardhandelse_id=ID).senaste_version == 9
    assert Ersattningshandelse.objects.get().klass == "Vårdansvar"
    assert Kvittens.objects.count() == Vardkontaktversion.objects.count() == 9 + 15 + 5
    assert Leverans.objects.count() == 17


def test_what_a_file_says_is_kept_to_the_last_reference(deliver):
    deliver("ERSMO_2014-02-02T080000.000+0000.xml")

    version = Vardkontaktversion.objects.get()
    assert (version.btyp, version.taxa, version.akut) == ("1", "12", "J")
    assert version.diagnoser == ["I050", "J250", "K570"]
    assert version.atgarder == ["NHP09", "PE009", "AQ014"]
    assert version.lakemedel == ["A01AB13"]
    assert version.tillstand == ["ASA6"]
    assert version.produkter == ["K1234", "K1235"]
    assert (version.ikod, version.ukod, version.vplan) == ("1", "1", "4")
    assert (version.remiss_fore, version.remiss_efter) == ("17101011M04", "10011101M03")
    assert version.enhet.hsa_id == "SE2321000016-15CQ"
    detaljer = version.detaljer
    assert detaljer["vard_fore"] == {"kod": "3", "klass": ""}
    assert detaljer["atgarder"][3] == {
        "kod": "A01AB13",
        "klass": "020",
        "datum": "2014-02-02",
        "ordnnr": 4,
        "diagnosnr": 90,
        "tillstandnr": 1,
    }
    assert detaljer["produkter"][1]["antal"] == 2


def test_an_event_that_is_no_contact_is_kept_and_changes_nothing_when_it_comes_again(deliver):
    namn = "ERSMO_2014-01-01T090000.000+0000.xml"
    deliver(namn)

    igen = deliver(namn)

    assert [rad[1] for rad in outcome(igen)] == ["OFORANDRAD"]
    handelse = Ersattningshandelse.objects.get()
    assert (handelse.dag, handelse.enhet.kombika) == (date(2014, 1, 1), "98156021M02")
    assert handelse.innehall["Händelsetyp"] == "Basal"
    assert Vardkontakt.objects.count() == 0
    assert Loggpost.objects.get().patienter == ["191212121212"]


def test_the_test_commissions_event_is_kept_with_its_reason(deliver):
    deliver("ERSMO_2014-09-10T080000.000+0000.xml")

    (avvikelse,) = [a for a in Avvisning.objects.get().avvikelser if a["kod"] == "TESTUPPDRAG"]
    assert avvikelse["allvar"] == "ANMARKNING"
    assert Vardkontakt.objects.count() == 0


def test_a_refused_event_is_pointed_out_by_its_line(deliver):
    svar = deliver("ERSMO_2014-07-15T080000.000+0000.xml")

    (fel,) = [f for f in svar.json()["resultat"][0]["fel"] if f["allvar"] == "STOPP"]
    assert (fel["kod"], fel["rad"]) == ("GVR010", 6)


def test_a_rehearsed_file_stores_nothing(deliver):
    svar = deliver("ERSMO_2014-02-02T080000.000+0000.xml", "?torrkorning=true")

    assert svar.json()["resultat"][0]["ersattning"]["utfall"] == "VANTAR"
    assert (Vardkontakt.objects.count(), Leverans.objects.count()) == (0, 0)


def test_a_cancelled_event_travels_as_the_same_event(deliver, avsandare, korpus):
    namn = "ERSMO_2014-02-03T080000.000+0000.xml"
    deliver(namn)
    kropp = (korpus / "ersmo" / "indata" / namn).read_bytes()
    makulerad = kropp.replace(b'Makulerad="false"', b'Makulerad="true"')

    svar = avsandare("POST", "leveranser/ersmoindata", makulerad, mediatyp="application/xml")
    igen = deliver(namn)

    assert outcome(svar) == [(ID, "MAKULERAD", 2)]
    assert outcome(igen) == [(ID, "REGISTRERAD", 3)]  # delivered last, so it counts


def test_of_two_events_with_one_id_in_a_file_the_last_counts(avsandare, korpus):
    text = (korpus / "ersmo" / "indata" / "ERSMO_2014-02-04T080000.000+0000.xml").read_bytes()
    kropp = text.replace(b"STOR1.1", b"STOR1.5")

    svar = avsandare("POST", "leveranser/ersmoindata", kropp, mediatyp="text/xml")

    assert [rad[1] for rad in outcome(svar)] == ["ERSATT_I_FILEN"] + ["REGISTRERAD"] * 4
    assert Vardkontakt.objects.count() == 4


def test_a_file_against_the_schema_is_refused_whole_with_its_lines(avsandare, korpus):
    text = (korpus / "ersmo" / "indata" / "ERSMO_2014-02-04T080000.000+0000.xml").read_bytes()
    kropp = text.replace(b'ID="191212121212"', b'ID="19121212-1212"', 1)

    svar = avsandare("POST", "leveranser/ersmoindata", kropp, mediatyp="application/xml")

    assert (svar.status_code, svar.json()["kod"]) == (422, "XML_SCHEMA")
    assert [fel["rad"] for fel in svar.json()["fel"]] == [4]
    assert "19121212" not in svar.content.decode()
    assert Vardkontakt.objects.count() == 0
    assert bytes(Leverans.objects.get().kropp) == kropp


def test_a_sender_without_the_right_to_the_unit_delivers_nothing(deliver, avsandare):
    annan = Vardgivare.objects.create(namn="Annan", orgnr="5560000001")
    behorigheter.create_machine_account(
        namn="B", kallsystem="B", hsa_id="", token="token-B", vardgivare=[annan]
    )
    avsandare.token = "token-B"

    kontakt = deliver("ERSMO_2014-02-02T080000.000+0000.xml")
    ansvar = deliver("ERSMO_2014-01-01T090000.000+0000.xml")

    for svar in (kontakt, ansvar):
        assert svar.json()["resultat"][0]["status"] == 403
    assert Vardkontakt.objects.count() == Ersattningshandelse.objects.count() == 0
    assert Avvisning.objects.count() == 2


# From a disk, in parts --------------------------------------------------------------------------

STOR = "ERSMO_2014-02-04T080000.000+0000.xml"  # five events


@pytest.fixture
def take_in(avsandare, tmp_path, monkeypatch):
    """Take in a file by the command, two events at a time; return what it said."""
    monkeypatch.setattr(receive_ersmoindata.Command, "flest", 2)

    def run(kropp, **val):
        fil = tmp_path / "fil.xml"
        fil.write_bytes(kropp)
        ut, fel = StringIO(), StringIO()
        call_command("receive_ersmoindata", fil, avsandare="GVR", stdout=ut, stderr=fel, **val)
        return ut.getvalue() + fel.getvalue()

    return run


@pytest.fixture
def stor(korpus):
    return (korpus / "ersmo" / "indata" / STOR).read_bytes()


def in_the_register():
    return list(
        Vardkontaktversion.objects.order_by("vardkontakt__vardhandelse_id", "version").values_list(
            "vardkontakt__vardhandelse_id", "version", "diagnoser", "detaljer", "anmarkningar"
        )
    )


def test_a_file_in_parts_becomes_what_the_same_file_becomes_at_once(
    take_in, avsandare, stor, korpus
):
    blandad = (korpus / "ersmo" / "indata" / "ERSMO_2014-07-15T080000.000+0000.xml").read_bytes()
    # The first event has the id of one in another part, and so gives way to it.
    dubbel = stor.replace(b"STOR1.1", b"STOR1.5")

    delar = [take_in(kropp) for kropp in (dubbel, blandad)]

    i_delar = in_the_register()
    assert "5 händelser: 1 ERSATT_I_FILEN, 4 REGISTRERAD." in delar[0]
    assert "5 händelser: 1 AVVISAD, 2 PARKERAD, 2 REGISTRERAD." in delar[1]
    assert "Rad 6: GVR010" in delar[1]
    assert [rad.plats for rad in Avvisning.objects.all()] == [0]
    assert Leverans.objects.count() == 6
    behorigheter.create_machine_account(
        namn="H",
        kallsystem="HELA",
        hsa_id="",
        token="token-H",
        vardgivare=[Vardgivare.objects.get()],
    )
    avsandare.token = "token-H"
    for kropp in (dubbel, blandad):
        avsandare("POST", "leveranser/ersmoindata", kropp, mediatyp="application/xml")
    alla = in_the_register()
    assert sorted(map(repr, alla)) == sorted(map(repr, i_delar * 2))


def test_an_interrupted_file_goes_on_where_it_was_and_nothing_is_taken_twice(
    take_in, stor, monkeypatch
):
    kvar = [1]
    hela = ersmofiler.receive_part

    def once(*args, **val):
        if not kvar:
            raise ConnectionError
        kvar.pop()
        return hela(*args, **val)

    monkeypatch.setattr(ersmofiler, "receive_part", once)
    with pytest.raises(ConnectionError):
        take_in(stor)
    avbruten = Vardkontakt.objects.count()
    monkeypatch.setattr(ersmofiler, "receive_part", hela)

    sagt = [take_in(stor), take_in(stor)]

    assert avbruten == 2
    assert sagt[0].splitlines() == [
        "2 av 5 händelser (redan mottagna)",
        "4 av 5 händelser",
        "5 av 5 händelser",
        "5 händelser: 5 REGISTRERAD.",
    ]
    assert sagt[1].count("redan mottagna") == 3
    assert Vardkontaktversion.objects.count() == Kvittens.objects.count() == 5
    assert Leverans.objects.count() == 3
    assert take_in(stor, omgang=2).endswith("5 händelser: 5 OFORANDRAD.\n")  # meant, and no harm


def test_a_fault_in_the_last_part_refuses_the_whole_file(take_in, stor):
    fore, ord_, efter = stor.rpartition(b'Startdatum="')
    with pytest.raises(CommandError, match="Hela filen är avvisad"):
        take_in(fore + ord_ + b"x" + efter)

    assert Leverans.objects.count() == Vardkontakt.objects.count() == 0


def test_a_file_that_changes_meanwhile_is_not_taken_further(take_in, stor, monkeypatch, tmp_path):
    hela = ersmofiler.survey

    def meanwhile(fil, **val):
        svar = hela(fil, **val)
        kvar = (tmp_path / "fil.xml").read_bytes()
        (tmp_path / "fil.xml").write_bytes(kvar.replace(b"STOR1.5", b"STOR1.6"))
        return svar

    monkeypatch.setattr(ersmofiler, "survey", meanwhile)
    with pytest.raises(CommandError, match="ändrats"):
        take_in(stor.replace(b"</ERSMO", b" " * 500_000 + b"</ERSMO"))

    ids = Vardkontakt.objects.order_by("vardhandelse_id").values_list("vardhandelse_id", flat=True)
    assert list(ids) == [f"STOR1.{nr}" for nr in range(1, 5)]


def test_a_file_needs_an_account_in_use(take_in, stor):
    Maskinkonto.objects.update(stoppdatum=timezone.localdate())

    with pytest.raises(CommandError, match="Inget maskinkonto i bruk"):
        take_in(stor)


# Out again ------------------------------------------------------------------------------------

I_REGISTRET = {"REGISTRERAD", "PARKERAD", "OFORANDRAD", "MAKULERAD"}
BORJAN, SLUT = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def ut(avsandare):
    """Return what the register hands on of all that is in it, as one file."""

    def run(**val):
        kropp = BytesIO()
        fil = utleveranser.write(
            kropp,
            **{
                "fran": BORJAN,
                "till": SLUT,
                "schema": ersmofiler.schema(),
                "by": None,
                "at": SLUT,
                **val,
            },
        )
        return SimpleNamespace(**msgspec.structs.asdict(fil), kropp=kropp.getvalue())

    return run


def test_every_event_leaves_the_register_as_it_came(deliver, ut, korpus):
    kvar = {}
    for namn, vantat in UTFALL.items():
        deliver(namn)
        inne = canonical((korpus / "ersmo" / "indata" / namn).read_bytes())
        kvar |= {id_: inne[id_] for id_, utfall, _ in vantat if utfall in I_REGISTRET}

        fil = ut()

        assert canonical(fil.kropp) == kvar, namn
        assert fil.utelamnade == ()
    # Neither the refused event nor the one of the test commission is in the register.
    assert "111" not in kvar
    assert (len(kvar), fil.antal) == (21, 21)


def test_a_cancelled_event_leaves_as_cancelled(deliver, avsandare, ut):
    deliver("ERSMO_2014-02-01T080000.000+0000.xml")
    avsandare("DELETE", f"vardkontakter/{ID}")

    (handelse,) = canonical(ut().kropp).values()

    assert handelse[0]["Makulerad"] == "true"


def test_reading_a_file_is_logged_with_its_patients(deliver, ut):
    deliver("ERSMO_2014-02-01T080000.000+0000.xml")

    fil = ut(skal="Utlämnande till uppföljningen")

    loggad = Loggpost.objects.get(handelse="LAMNA_UT")
    assert (loggad.patienter, loggad.objekt) == (["191212121212"], fil.namn)
    assert loggad.skal == "Utlämnande till uppföljningen"


def test_a_period_of_many_events_is_cut_between_two_of_them_and_goes_on(deliver, ut):
    for dag in ("04", "05", "06"):
        deliver(f"ERSMO_2014-02-{dag}T080000.000+0000.xml")
    till = Vardkontaktversion.objects.latest("registrerad").registrerad

    delar = [ut(till=till, flest=4)]
    while delar[-1].fler:
        delar.append(ut(till=till, flest=4, efter=delar[-1].efter))

    assert [del_.antal for del_ in delar] == [4, 4, 4, 3]
    ids = [id_ for del_ in delar for id_ in canonical(del_.kropp)]
    assert ids == [f"STOR{fil}.{nr}" for fil in (1, 2, 3) for nr in range(1, 6)]
    assert BORJAN < delar[0].till < delar[-1].till == till


def test_nothing_to_hand_on_makes_no_file(ut):
    fil = ut()

    assert (fil.kropp, fil.antal, fil.fler) == (b"", 0, False)


def test_a_correction_after_the_period_is_not_known_to_it(deliver, ut):
    deliver("ERSMO_2014-02-01T080000.000+0000.xml")
    till = Vardkontaktversion.objects.latest("registrerad").registrerad
    deliver("ERSMO_2014-08-01T080000.000+0000.xml")  # the same event without codes

    assert "Diagnoser" in canonical(ut(till=till).kropp)[ID][4]
    assert "Diagnoser" not in canonical(ut().kropp)[ID][4]


def test_the_command_writes_files_that_sort_in_the_order_to_read_them(deliver, tmp_path):
    anna = get_user_model().objects.create_user("anna")
    for dag in ("04", "05"):
        deliver(f"ERSMO_2014-02-{dag}T080000.000+0000.xml")
    idag = str(timezone.localdate())
    ut = StringIO()

    call_command(
        "write_ersmoindata",
        idag,
        idag,
        mapp=tmp_path,
        anvandare="anna",
        flest=2,
        stdout=ut,
    )

    filer = sorted(tmp_path.iterdir())
    assert all(
        re.fullmatch(r"ERSMO_\d{4}-\d\d-\d\dT\d{6}\.\d{3}\+0000\.xml", f.name) for f in filer
    )
    assert [len(canonical(f.read_bytes())) for f in filer] == [2, 2, 2, 2, 2]
    ids = [id_ for fil in filer for id_ in canonical(fil.read_bytes())]
    assert ids == [f"STOR{fil}.{nr}" for fil in (1, 2) for nr in range(1, 6)]
    assert ut.getvalue().endswith("10 händelser i 5 filer, 0 utelämnade.\n")
    assert set(
        Loggpost.objects.filter(handelse="LAMNA_UT").values_list("anvandare", flat=True)
    ) == {anna.username}


def test_the_command_needs_to_know_on_whose_behalf(db, tmp_path):
    with pytest.raises(CommandError, match="Användaren finns inte"):
        call_command("write_ersmoindata", "2026-01-01", "2026-01-31", mapp=tmp_path, anvandare="x")


# For follow-up ----------------------------------------------------------------------------------

HELA = "ERSMO_2014-02-02T080000.000+0000.xml"
#: What the adapter made of the file that we do otherwise, and why.
ANNORLUNDA = {
    "patient/gender/code": "1",  # Kön="M": the adapter turns KV kön around
    "contract[1]/name": None,  # names are not in the public index
    "lastUpdatedTime": None,  # when it was registered here, not the time of the file
}


def field(handelse, falt):
    """Return what the expectations call a field."""
    icd, kva = "1.2.752.116.1.1.1.1.3", "1.2.752.116.1.3.2.1.4"
    diagnoser = [d for d in handelse["diagnoses"] if d["codeSystem"] == icd]
    atgarder = [a for a in handelse["activities"] if a["codeSystem"] == kva]
    listor = {
        "count(contracts/contract)": str(len(handelse["contracts"])),
        "involvedProfessions/profession codes": _codes(handelse["involvedProfessions"]),
        "diagnoses/diagnosis codes": _codes(diagnoser),
        "diagnosis codeSystem": diagnoser[0]["codeSystem"],
        "conditions/condition codes": _codes(handelse["conditions"]),
        "activities/activity codes": _codes(atgarder),
        "activity codeSystem": atgarder[0]["codeSystem"],
        "activity dates": ",".join(rad["date"] for rad in atgarder),
    }
    if falt in listor:
        return listor[falt]
    varde = handelse
    for steg in falt.replace("contract[1]", "contracts/0").split("/"):
        varde = varde[int(steg)] if isinstance(varde, list) else varde[steg]
    return str(varde).lower() if isinstance(varde, bool) else varde


def _codes(rader):
    return ",".join(rad["code"] for rad in rader)


def test_a_contact_is_told_as_the_regions_own_adapter_told_it(deliver, avsandare, korpus):
    Kod.objects.create(
        kodverk=Kodverk.objects.create(kod="UPPDRAGSTYP", namn="Uppdragstyper", kalla="test"),
        kod="615",
        text="Ryggkirurgi, vårdval",
        giltig=DateRange(date(2013, 1, 1), None),
    )
    rubrik, *rader = (
        (korpus / "ersmo" / "expected" / "adapter-unit-expectations.tsv").read_text().splitlines()
    )
    vantat = {falt: varde for fil, falt, varde, *_ in (r.split("\t") for r in rader) if fil == HELA}
    assert vantat.pop("count(careEvent)") == "1"
    deliver(HELA)

    handelse = avsandare("GET", f"vardhandelser/{ID}").json()["careEvent"]

    assert rubrik.startswith("input\tfield")
    assert len(vantat) > 40
    for falt, varde in vantat.items():
        if falt not in ANNORLUNDA:
            assert field(handelse, falt) == varde, falt
    assert field(handelse, "patient/gender/code") == ANNORLUNDA["patient/gender/code"]
    atc = [rad["code"] for rad in handelse["diagnoses"] if rad["codeSystem"].endswith("3.1.1")]
    assert atc == ["A01AB13"]  # kept, with its place in the list
    assert handelse["activities"][3]["seqNo"] == 4


@pytest.mark.parametrize(
    ("namn", "remittent"),
    [
        ("ERSMO_2014-10-13T080000.000+0000.xml", "SE2321000016-15CQ"),
        ("ERSMO_2014-10-14T080000.000+0000.xml", None),  # the unit began after the event
    ],
)
def test_the_referrer_is_who_it_was_on_the_day(deliver, avsandare, namn, remittent):
    deliver(namn)

    handelse = avsandare("GET", f"vardhandelser/{ID}").json()["careEvent"]

    assert handelse["referredFrom"] == remittent


def test_a_referrer_that_has_expired_is_told_as_it_last_was(deliver, avsandare, korpus):
    namn = "ERSMO_2014-10-12T080000.000+0000.xml"
    text = (korpus / "ersmo" / "indata" / namn).read_text("iso-8859-1")
    remittent = re.search(r'RemissFöre[^/]*Kod="([^"]+)"', text)[1]
    Enhet.objects.create(
        vardgivare=Vardgivare.objects.get(),
        kombika=remittent,
        hsa_id="SE2321000016-643S",
        namn="Remittenten",
        giltig=DateRange(date(2011, 1, 1), date(2013, 1, 2)),
    )
    deliver(namn)

    handelse = avsandare("GET", f"vardhandelser/{ID}").json()["careEvent"]

    assert handelse["referredFrom"] == "SE2321000016-643S"


def test_the_test_commissions_event_is_not_told(deliver, avsandare):
    deliver("ERSMO_2014-09-10T080000.000+0000.xml")

    assert avsandare("GET", f"vardhandelser/{ID}").status_code == 404


def test_an_event_of_an_unknown_unit_is_told_without_contracts(deliver, avsandare):
    deliver("ERSMO_2014-07-15T080000.000+0000.xml")

    handelse = avsandare("GET", "vardhandelser/777").json()

    assert handelse["careEvent"]["contracts"] == []
    assert handelse["careEvent"]["careUnit"]["careUnitId"] is None
