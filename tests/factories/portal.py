"""A provider's months as the portal shows them: contacts that were sent, decided, closed, refused.

The region is the demo's own (`avstamning.actions.demo`); contacts are the demo's made-up ones. They
go into the tables directly, so that a test does not need the API, and through the chain as always.
"""

import hashlib
import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import uuid_utils.compat as uuid
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm

from ersattning import kedja
from ersattning.vardfaktura.actions import stangningar
from gvr.core import personnummer
from gvr.core.demokontakter import Planerad, as_json, generate
from gvr.core.period import Manad
from gvr.core.vardkontakt import Innehall
from gvr.models import (
    Aktivitet,
    Avtal,
    Avvisning,
    Deltagande,
    Enhet,
    Kvittens,
    Leverans,
    Maskinkonto,
    Samverkanstillfalle,
    Vardgivare,
    Vardkontakt,
    Vardkontaktversion,
)
from gvr.queries.behorighet import databaskontext
from tests import world
from tests.factories import publicerat

STHLM = ZoneInfo("Europe/Stockholm")
PATIENTER = tuple(
    (Path(__file__).parents[2] / "gvr/data/demo/testpersonnummer.txt")
    .read_text()
    .splitlines()[1:201]
)


def user(
    namn, *, ser=(), enheter=(), attest=(), grupper=(), region=False, losenord="hemligt-ord-1"
):
    """A person with these grants."""
    person, ny = get_user_model().objects.get_or_create(username=namn, is_staff=region)
    if ny:
        person.first_name, person.last_name = namn.capitalize(), "Test"
        person.set_password(losenord)
        person.save()
    for grupp in (*grupper, *(["Region"] if region else [])):
        person.groups.add(Group.objects.get_or_create(name=grupp)[0])
    for vardgivare in ser:
        assign_perm("gvr.view_vardgivare", person, vardgivare)
    for vardgivare in attest:
        assign_perm("gvr.attestera_vardgivare", person, vardgivare)
    for enhet in enheter:
        assign_perm("gvr.view_enhet", person, enhet)
    return person


def deliver(planerade, *, at, kallsystem=None):
    """Register planned contacts as one delivery; return the contacts' ids."""
    planerade = list(planerade)
    kropp = json.dumps([as_json(p.vardhandelse_id, p.innehall) for p in planerade]).encode()
    kalla = kallsystem or planerade[0].kallsystem
    leverans = Leverans.objects.create(
        uuid=uuid.uuid7(),
        maskinkonto=Maskinkonto.objects.filter(kallsystem=kalla).first(),
        metod="POST",
        resurs="/api/v1/vardkontakter/batch",
        mediatyp="application/json",
        kropp=kropp,
        sha256=hashlib.sha256(kropp).digest(),
        mottagen=at,
        status=200,
        svar=b"{}",
        antal=len(planerade),
    )
    enheter = {e.kombika: e for e in Enhet.objects.all()}
    kontakter = Vardkontakt.objects.bulk_create(
        Vardkontakt(
            uuid=uuid.uuid7(),
            kallsystem=p.kallsystem,
            vardhandelse_id=p.vardhandelse_id,
            vardgivare_id=(e := enheter.get(p.innehall.enhet)) and e.vardgivare_id,
            enhet=e,
        )
        for p in planerade
    )
    Vardkontaktversion.objects.bulk_create(
        version_of(k, 1, p.innehall, leverans=leverans, at=at)
        for k, p in zip(kontakter, planerade, strict=True)
    )
    Kvittens.objects.bulk_create(
        Kvittens(
            kallsystem=k.kallsystem,
            vardkontakt=k,
            vardgivare_id=k.vardgivare_id,
            enhet_id=k.enhet_id,
            version=1,
            niva="K2",
            utfall="REGISTRERAD",
            tid=at,
        )
        for k in kontakter
    )
    return [k.pk for k in kontakter]


def version_of(kontakt, nr, innehall, *, leverans=None, at, makulerad=False, orsak=""):
    """A version of a contact, not saved."""
    person = personnummer.parse(innehall.patient_id)
    falt = {namn: getattr(innehall, namn) for namn in innehall.__struct_fields__}
    if isinstance(person, personnummer.Identitet):
        falt |= {"fodd": person.fodd, "kon": person.kon}
    falt["enhet_ref"] = falt.pop("enhet")
    falt = {k: list(v) if isinstance(v, tuple) else v for k, v in falt.items()}
    return Vardkontaktversion(
        vardkontakt=kontakt,
        version=nr,
        leverans=leverans,
        vardgivare_id=kontakt.vardgivare_id,
        enhet_id=kontakt.enhet_id,
        innehall_sha256=hashlib.sha256(repr(innehall).encode()).digest(),
        registrerad=at,
        makulerad=makulerad,
        orsak=orsak,
        **{**falt, "form": str(innehall.form)},
    )


def correct(kontakt_id, innehall, *, at, makulerad=False, orsak=""):
    """Add a version to a contact and decide it."""
    kontakt = Vardkontakt.objects.get(pk=kontakt_id)
    kontakt.senaste_version += 1
    kontakt.save(update_fields=["senaste_version"])
    version_of(
        kontakt, kontakt.senaste_version, innehall, at=at, makulerad=makulerad, orsak=orsak
    ).save()
    kedja.decide([kontakt_id], at=at)


def refuse(
    vardgivare, enhet, *, kod="GVR080", at, vardhandelse_id="x-1", pekare="/taxa", varde="22"
):
    """A contact that was not let in."""
    leverans = Leverans.objects.create(
        uuid=uuid.uuid7(),
        maskinkonto=Maskinkonto.objects.filter(kallsystem="JOURNAL-A").first(),
        metod="POST",
        resurs="/api/v1/vardkontakter",
        kropp=b"{}",
        sha256=b"0" * 32,
        mottagen=at,
        status=422,
        svar=b"{}",
        antal=0,
        antal_avvisade=1,
    )
    return Avvisning.objects.create(
        leverans=leverans,
        plats=0,
        vardgivare=vardgivare,
        enhet=enhet,
        vardhandelse_id=vardhandelse_id,
        dag=at.astimezone(STHLM).date(),
        tid=at,
        avvikelser=[
            {
                "kod": kod,
                "allvar": "STOPP",
                "pekare": pekare,
                "text": f"Värdet {varde} gäller inte på vårddagen.",
                "atgard": "Skicka vårdkontakten igen med ett värde som gäller.",
                "agare": "VARDGIVARE",
                "varde": varde,
            }
        ],
    )


def month(manad, *, antal, seed=1, till=None, kallsystem=None):
    """Report and decide a month of made-up contacts, a day at a time; return the contacts' ids."""
    ids = []
    planerade = [
        p
        for p in generate(
            seed=seed,
            antal=antal,
            fr_o_m=manad.first,
            t_o_m=till or manad.last,
            patienter=PATIENTER,
        )
        if kallsystem in (None, p.kallsystem)
    ]
    per_dag = {}
    for p in planerade:
        per_dag.setdefault(
            (max(p.innehall.dag, p.innehall.slutdag or p.innehall.dag), p.kallsystem), []
        ).append(p)
    for (dag, _), rader in sorted(per_dag.items(), key=lambda rad: rad[0]):
        at = datetime.combine(dag, time(17, 5), tzinfo=STHLM)
        nya = deliver(rader, at=at)
        for i in range(0, len(nya), 1000):
            kedja.decide(nya[i : i + 1000], at=at)
        ids += nya
    return ids


def close(manad):
    """Close a month on the third day of the next."""
    at = datetime.combine(manad.next.first + timedelta(days=2), time(8), tzinfo=STHLM)
    return stangningar.close(manad, at)


def plan(vardhandelse_id, innehall, kallsystem="JOURNAL-A"):
    """A planned contact of one's own making."""
    return Planerad(kallsystem, vardhandelse_id, innehall)


def collaboration(vardgivare, *, huvud, at, kallsystem="JOURNAL-B", extern_id="d-1"):
    """A part that a provider took in another's contact."""
    enhet = Enhet.objects.filter(vardgivare=vardgivare).first()
    tillfalle, _ = Samverkanstillfalle.objects.get_or_create(
        huvud_kallsystem=huvud[0], huvud_vardhandelse_id=huvud[1]
    )
    return Deltagande.objects.create(
        uuid=uuid.uuid7(),
        kallsystem=kallsystem,
        extern_id=extern_id,
        version=1,
        vardgivare=vardgivare,
        enhet=enhet,
        avtal=Avtal.objects.filter(vardgivare=vardgivare).first(),
        tillfalle=tillfalle,
        dag=at.date(),
        tid=time(10, 30),
        minuter=45,
        yrkeskategorier=["77"],
        atgarder=["XS008"],
        innehall_sha256=b"0" * 32,
        registrerad=at,
    )


def activity(vardgivare, *, at, patient_id="191212121212", extern_id="a-1"):
    """Work for a patient without the patient."""
    return Aktivitet.objects.create(
        uuid=uuid.uuid7(),
        kallsystem="JOURNAL-A",
        extern_id=extern_id,
        version=1,
        vardgivare=vardgivare,
        enhet=Enhet.objects.filter(vardgivare=vardgivare).first(),
        dag=at.date(),
        tid=time(13, 0),
        minuter=30,
        yrkeskategori="70",
        atgarder=["GC001"],
        innehall_sha256=b"0" * 32,
        registrerad=at,
        patient_id=patient_id,
        diagnoser=["F438A"],
    )


def provider(nyckel):
    """Ekbacken is A, Cederlunds is B."""
    return Vardgivare.objects.get(orgnr={"A": "9999000012", "B": "9999000020"}[nyckel])


ORE = Decimal("0.01")
NOVEMBER = Manad(2026, 11)
OKTOBER = Manad(2026, 10)
NU = datetime(2026, 11, 23, 9, 42, tzinfo=STHLM)
IDAG = date(2026, 11, 23)

#: A visit gives 1 000 kr less a fee of 275 kr, with a depression 100 kr more. It asks for a county.
PAKET = {
    "modell": "besok",
    "namn": "Besök",
    "avtalsomrade": "huslakarverksamhet",
    "version": "1",
    "giltig": {"fr_o_m": date(2020, 1, 1)},
    "kallor": ["https://exempel.se/anvisning"],
    "regler": [
        {
            "id": "BESOK",
            "titel": "Läkarbesök",
            "avsnitt": "Besök",
            "typ": "grund",
            "produktkod": "LAK",
            "kalla": ["https://exempel.se/anvisning"],
            "villkor": {
                "besokstyp": ["1"],
                "yrkeskategori": {"forsta": ["01"]},
                "lan": {"ar": ["01"]},
            },
        },
        {
            "id": "DEPRESSION",
            "titel": "Tillägg för depression",
            "avsnitt": "Tillägg",
            "typ": "tillagg",
            "produktkod": "DEP",
            "kalla": ["https://exempel.se/anvisning"],
            "villkor": {"diagnos": {"nagon": ["F32*"]}},
            "kraver_grund": ["*"],
        },
        {
            "id": "AVGIFT",
            "titel": "Patientavgift",
            "avsnitt": "Avdrag",
            "typ": "avdrag",
            "produktkod": "AVG",
            "kalla": ["https://exempel.se/anvisning"],
            "villkor": {"taxa": ["01"]},
            "kraver_grund": ["*"],
        },
    ],
}
PRISER = {
    "LAK": {
        "belopp": Decimal("1000.00"),
        "text": "Läkarbesök",
        "exempel": True,
        "kalla": "påhittat",
    },
    "DEP": {"belopp": Decimal("100.00"), "text": "Tillägg för depression"},
    "AVG": {"belopp": Decimal("275.00"), "text": "Patientavgift"},
}
EKBACKEN, SJOSTADEN, CEDERLUND = "90001311001", "90001311002", "90002312001"
PATIENT = "191212121212"
LOSENORD = "hemligt-ord-1"


class Region:
    """Ekbacken (A) with a closed October and a November that goes on; Cederlund (B) beside.

    November of A, by name: `betald` 725 kr, `depression` 825 kr, `inget` gives nothing, `aldrig`
    must be corrected and was never valued, `tappad` was worth 725 kr before its correction lost
    the county, `makulerad` was taken back. October: `rattad` was billed at 725 kr and corrected in
    November to 825 kr, `aterkallad` was billed and taken back, `sen` came in November.
    """

    def __init__(self, *, flera=0):
        self.vardgivare = world.load_providers()
        self.a, self.b = self.vardgivare["A"], self.vardgivare["B"]
        self.ids = {}
        for modell, omrade in (
            ("besok", "huslakarverksamhet"),
            ("gyn", "specialiserad-gynekologi"),
        ):
            publicerat.publish_pack({**PAKET, "modell": modell, "avtalsomrade": omrade})
            publicerat.publish_prices(modell, omrade, PRISER)
        self._machines()
        self._october()
        close(OKTOBER)
        with databaskontext(alla=True):
            self._november()
            for nr in range(flera):
                self.visit(f"fler-{nr:05d}", date(2026, 11, 1 + nr % 20))
            self._others()
        self._people()

    def visit(self, namn, dag, *, enhet=EKBACKEN, kallsystem="JOURNAL-A", at=None, **falt):
        """Report and decide one visit; keep its id by name."""
        at = at or datetime.combine(dag, time(17), tzinfo=STHLM)
        innehall = Innehall(
            enhet=enhet,
            patient_id=falt.pop("patient_id", PATIENT),
            dag=dag,
            tid=time(10, 20),
            **{
                "btyp": "1",
                "taxa": "01",
                "yrkeskategorier": ("01",),
                "diagnoser": ("I109",),
                "lkf": "018001",
                **falt,
            },
        )
        (pk,) = deliver([plan(namn, innehall, kallsystem)], at=at)
        kedja.decide([pk], at=at)
        self.ids[namn] = (pk, innehall)
        return pk

    def _machines(self):
        for system, nyckel in (("JOURNAL-A", "A"), ("JOURNAL-B", "B")):
            Maskinkonto.objects.create(
                namn=f"Journalsystem {nyckel}",
                kallsystem=system,
                anvandare=user(f"maskin-{nyckel}"),
                token_hash=system.ljust(64, "0"),
            )

    def _october(self):
        with databaskontext(alla=True):
            self.visit("rattad", date(2026, 10, 5))
            self.visit("aterkallad", date(2026, 10, 6))
            self.visit("kvar", date(2026, 10, 7))

    def _november(self):
        tid = datetime(2026, 11, 18, 9, tzinfo=STHLM)
        pk, innehall = self.ids["rattad"]
        correct(pk, msgspec.structs.replace(innehall, diagnoser=("F329",)), at=tid)
        pk, innehall = self.ids["aterkallad"]
        correct(pk, innehall, at=tid, makulerad=True, orsak="Dubbelregistrerad")
        self.visit("sen", date(2026, 10, 20), at=tid)
        self.visit("betald", date(2026, 11, 2))
        self.visit("depression", date(2026, 11, 3), diagnoser=("F329",))
        self.visit("inget", date(2026, 11, 4), btyp="9")
        self.visit("aldrig", date(2026, 11, 5), lkf=None)
        pk = self.visit("tappad", date(2026, 11, 6), enhet=SJOSTADEN)
        _, innehall = self.ids["tappad"]
        correct(pk, msgspec.structs.replace(innehall, lkf=None), at=tid, orsak="Ny folkbokföring")
        pk = self.visit("makulerad", date(2026, 11, 9))
        correct(pk, self.ids["makulerad"][1], at=tid, makulerad=True)

    def _others(self):
        tid = datetime(2026, 11, 18, 9, tzinfo=STHLM)
        self.visit(
            "hos-b",
            date(2026, 11, 2),
            enhet=CEDERLUND,
            kallsystem="JOURNAL-B",
            patient_id=PATIENTER[0],
        )
        enhet = Enhet.objects.get(kombika=EKBACKEN)
        refuse(self.a, enhet, at=tid, vardhandelse_id="avvisad-1")
        refuse(self.a, enhet, at=tid - timedelta(days=17), vardhandelse_id="betald")
        refuse(self.b, Enhet.objects.get(kombika=CEDERLUND), at=tid, vardhandelse_id="avvisad-b")
        collaboration(self.b, huvud=("JOURNAL-A", "betald"), at=tid)
        for extern_id, huvud in (("d-2", "hos-b"), ("d-3", "kommer-aldrig")):
            collaboration(
                self.a,
                huvud=("JOURNAL-B", huvud),
                at=tid,
                kallsystem="JOURNAL-A",
                extern_id=extern_id,
            )
        activity(self.a, at=tid)

    def _people(self):
        a, b = self.a, self.b
        self.bo = user("bo", ser=[a], grupper=["Ekonom"])
        self.vera = user("vera", ser=[a], attest=[a], grupper=["Vårdadministratör"])
        self.cecilia = user("cecilia", ser=[b], attest=[b], grupper=["Vårdadministratör"])
        self.enhet = user("enar", enheter=[Enhet.objects.get(kombika=SJOSTADEN)])
        self.anna = user("anna", region=True)
        self.bada = user("bodil", ser=[a, b], grupper=["Ekonom"])

    def uuid(self, namn):
        """The id shown outward of a contact."""
        return Vardkontakt.objects.get(vardhandelse_id=namn).uuid
