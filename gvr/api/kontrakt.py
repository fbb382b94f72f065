"""What the API takes and gives, as msgspec structs: names in Swedish, camelCase in JSON.

Field names, lengths and the shape of a unit follow the register's own interface as far as that is
public. A field that is not here is refused, so nothing can be set by guessing its name. Lists of
codes keep the sender's order: the first diagnos is the main one.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gvr.core.fritext import TECKEN
from gvr.core.vardkontakt import Form
from gvr.queries.kvittensform import Kvittens

FLEST_KODER: Final = 500
FLEST_KONTAKTER: Final = 5000

Handelseid = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern="^[0-9A-Za-zÅÄÖåäö][0-9A-Za-zÅÄÖåäö._:+|@=-]*$",
        description="Journalsystemets eget id på händelsen, unikt inom systemet.",
        examples=["A-2026-000123"],
    ),
]
Version = Annotated[
    int,
    Meta(
        ge=1,
        le=1_000_000_000,
        description="Avsändarens nummer på den här versionen. Ett nummer som inte är högre än det "
        "registrerade ändrar aldrig något, så ordningen som anrop kommer fram i spelar ingen roll.",
    ),
]
Kod = Annotated[str, Meta(min_length=1, max_length=10)]
Skrivkod = Annotated[str, Meta(min_length=1, max_length=10, pattern="^[0-9A-Za-zÅÄÖåäö]+$")]
Kort = Annotated[str, Meta(min_length=1, max_length=2)]
Tecken = Annotated[str, Meta(min_length=1, max_length=1)]
Yrkeskategori = Annotated[str, Meta(min_length=1, max_length=4, examples=["01"])]
Patient = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=32,
        description="Personnummer, samordningsnummer eller reservnummer, helst tolv siffror.",
        examples=["191212121212"],
    ),
]
Klockslag = Annotated[
    str,
    Meta(
        max_length=32,
        description="Svensk lokal tid utan tidszon.",
        examples=["14:30"],
        extra_json_schema={"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"},
    ),
]
Verksamhet = Annotated[str, Meta(min_length=1, max_length=32, description="Kombika eller HSA-id.")]
Id33 = Annotated[str, Meta(min_length=1, max_length=64)]
Fritext = Annotated[
    str,
    Meta(
        max_length=500,
        description="Aldrig patientens nummer.",
        extra_json_schema={"pattern": TECKEN},
    ),
]


class Ingaende(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel", gc=False):
    """Whatever comes in: unknown fields are refused."""


class Enhet(Ingaende):
    """A unit in one of three ways: its three parts, its kombika, or its HSA-id."""

    inr: Annotated[str, Meta(pattern="^[0-9]{5}$", max_length=5)] | UnsetType = UNSET
    klin: Annotated[str, Meta(pattern="^[0-9]{3}$", max_length=3)] | UnsetType = UNSET
    avd: Annotated[str, Meta(pattern="^[A-Za-zÅÄÖåäö0-9]{1,3}$", max_length=3)] | UnsetType = UNSET
    kombika: (
        Annotated[
            str,
            Meta(
                pattern="^[0-9]{8}[A-Za-zÅÄÖåäö0-9]{1,3}$",
                max_length=11,
                examples=["30216311002"],
            ),
        ]
        | UnsetType
    ) = UNSET
    hsa_id: (
        Annotated[str, Meta(pattern="^SE[0-9]{10}-[A-Za-z0-9]{1,18}$", max_length=32)] | UnsetType
    ) = UNSET

    def reference(self) -> str | None:
        """Return the kombika or HSA-id; None when it is given in no way, partly, or in several."""
        kombika, hsa_id = self.kombika, self.hsa_id
        delar = [del_ for del_ in (self.inr, self.klin, self.avd) if isinstance(del_, str)]
        if isinstance(kombika, str):
            return kombika if not delar and hsa_id is UNSET else None
        if isinstance(hsa_id, str):
            return hsa_id if not delar else None
        return "".join(delar) if len(delar) == 3 else None


class Kodrad(Ingaende):
    """A code with what belongs to it: the day it was done, and which diagnos it concerns."""

    kod: Kod
    datum: date | None = None
    diagnosnr: Annotated[int, Meta(ge=1, le=999)] | None = None
    tillstandnr: Annotated[int, Meta(ge=1, le=999)] | None = None
    antal: Annotated[int, Meta(ge=1, le=9999)] | None = None


Koder = Annotated[
    tuple[Kod | Kodrad, ...],
    Meta(max_length=FLEST_KODER, description="Koder i ordning, som text eller med detaljer."),
]


class Vardkontakt(Ingaende):
    """A vårdkontakt as a journal system reports it."""

    vardhandelse_id: Handelseid
    enhet: Enhet
    patient_id: Patient
    dag: Annotated[date, Meta(description="Dagen för vården, i slutenvård inskrivningsdagen.")]
    form: Form = Form.OPPENVARD
    slutdag: date | None = None
    tid: Klockslag | None = None
    btyp: Annotated[Kort, Meta(description="Besökstyp (013).")] | None = None
    vktyp: Annotated[Kort, Meta(description="Vårdkontakttyp (014).")] | None = None
    taxa: Annotated[Kort, Meta(description="Taxekod (006), aldrig ett belopp.")] | None = None
    akut: Annotated[Tecken, Meta(description="J, N, 1 eller 2.")] | None = None
    yrkeskategorier: Annotated[
        tuple[Yrkeskategori, ...],
        Meta(max_length=FLEST_KODER, description="Den som mötte patienten först."),
    ] = ()
    diagnoser: Koder = ()
    atgarder: Koder = ()
    lakemedel: Koder = ()
    tillstand: Koder = ()
    produkter: Koder = ()
    ikod: Annotated[Tecken, Meta(description="Varifrån patienten kom.")] | None = None
    ukod: Annotated[Tecken, Meta(description="Vart patienten skrevs ut.")] | None = None
    vplan: Annotated[Tecken, Meta(description="Planerad fortsatt vård.")] | None = None
    remiss_fore: Verksamhet | None = None
    remiss_efter: Verksamhet | None = None
    lkf: Annotated[str, Meta(min_length=1, max_length=6)] | None = None
    basomrade: Annotated[str, Meta(min_length=1, max_length=7)] | None = None
    fodd: date | None = None
    kon: Literal["K", "M"] | None = None
    ers_uppdrag: Annotated[str, Meta(min_length=1, max_length=7)] | None = None
    tillhor_vardkontakt: Id33 | None = None
    tillhor_vardansvar: Id33 | None = None
    vardperiod: (
        Annotated[Handelseid, Meta(description="Koden för vårdperioden som kontakten hör till.")]
        | None
    ) = None
    lma_nummer: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    version: Version | None = None
    orsak: Annotated[Fritext, Meta(description="Varför den rättas.")] = ""


class Huvudkontakt(Ingaende):
    """The contact of an occasion: by who reports it and its id, or by the unit that had it."""

    kallsystem: (
        Annotated[str, Meta(min_length=1, max_length=40, pattern="^[0-9A-Za-z._-]+$")] | UnsetType
    ) = UNSET
    vardhandelse_id: Handelseid | UnsetType = UNSET
    enhet: Enhet | UnsetType = UNSET


Profession = Annotated[str, Meta(pattern="^[0-9A-Z]{2}$", max_length=2, examples=["77"])]


class Deltagande(Ingaende):
    """A unit's part in an occasion whose contact another party reports."""

    id: Handelseid
    huvudkontakt: Huvudkontakt
    enhet: Enhet
    dag: date
    yrkeskategorier: Annotated[tuple[Profession, ...], Meta(min_length=1, max_length=99)]
    patient_id: Patient | None = None
    tid: Klockslag | None = None
    minuter: Annotated[int, Meta(ge=1, le=1440)] | None = None
    atgarder: Annotated[tuple[Skrivkod, ...], Meta(max_length=99)] = ()
    roll: Literal["MEDVERKANDE", "KONSULT", "SAMORDNARE"] = "MEDVERKANDE"
    version: Version | None = None


class Aktivitet(Ingaende):
    """Work for or about a patient without the patient. Never a vårdkontakt."""

    id: Handelseid
    enhet: Enhet
    dag: date
    yrkeskategori: Profession
    typ: Literal["REHABKOORDINATOR", "KONFERENS", "SAMVERKAN"] = "REHABKOORDINATOR"
    avser: (
        Annotated[
            Literal["PATIENT", "GRUPP", "INGEN"],
            Meta(description="Utelämnat: PATIENT när patientId finns, annars INGEN."),
        ]
        | None
    ) = None
    patient_id: Patient | None = None
    tid: Klockslag | None = None
    minuter: Annotated[int, Meta(ge=1, le=1440)] | None = None
    diagnoser: Annotated[tuple[Skrivkod, ...], Meta(max_length=99)] = ()
    atgarder: Annotated[tuple[Skrivkod, ...], Meta(max_length=99)] = ()
    version: Version | None = None


# --- what goes out -----------------------------------------------------------------------------


class Utgaende(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """Whatever goes out: what has nothing to say is left out."""


class Fel(Utgaende):
    """One finding. `pekare` is a JSON pointer, `rad` a line of a file."""

    kod: str
    allvar: Literal["STOPP", "PARKERA", "ANMARKNING"]
    pekare: str
    text: str
    atgard: str
    agare: str
    varde: str | None = None
    kalla: str | None = None
    rad: int | None = None


class Ersattningsrad(Utgaende):
    """A product of a rehearsal; amounts in kronor as text with two decimals."""

    regel: str
    produktkod: str
    typ: str
    antal: int
    apris: str
    belopp: str
    exempel: bool = False
    not_: str | None = msgspec.field(name="not", default=None)


class Ersattning(Utgaende):
    """What a contact would earn if it were registered now."""

    utfall: str
    orsak: str
    summa: str
    rader: Sequence[Mapping[str, Any]]
    vantar_pa: str = ""
    regelpaket: Sequence[str] = ()
    prislistor: Sequence[str] = ()


Utfall = Literal[
    "REGISTRERAD",
    "PARKERAD",
    "MAKULERAD",
    "OFORANDRAD",
    "TESTUPPDRAG",
    "ERSATT_I_FILEN",
    "AVVISAD",
]


class Registrering(Utgaende):
    """What became of one contact. `kvittens` is its place in the feed of receipts."""

    utfall: Utfall
    vardhandelse_id: str
    leverans: str | None = None
    uuid: str | None = None
    version: int | None = None
    makulerad: bool = False
    torrkorning: bool = False
    kvittens: int | None = None
    anmarkningar: Sequence[Fel] = ()
    ersattning: Mapping[str, Any] | None = None


class Batchrad(Utgaende):
    """What became of one contact of many; `status` is what it would have been alone."""

    index: int
    status: int
    utfall: Utfall
    vardhandelse_id: str = ""
    uuid: str | None = None
    version: int | None = None
    kvittens: int | None = None
    fel: Sequence[Fel] = ()
    ersattning: Mapping[str, Any] | None = None


class Batchsvar(Utgaende):
    """What became of a delivery."""

    antal: int
    accepterade: int
    avvisade: int
    resultat: Sequence[Batchrad]
    leverans: str | None = None
    torrkorning: bool = False


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An answer of RFC 9457; `type` is the address of the code's page in the catalogue."""

    type: str
    title: str
    status: int
    kod: str
    begaran_id: str
    detail: str = ""
    atgard: str = ""
    fel: Sequence[Fel] = ()
    resultat: Sequence[Batchrad] = ()


class Deltagare(Utgaende):
    """Another party's part in a contact, as the main contact's side sees it."""

    uuid: str
    enhet: str
    vardgivare: str
    dag: str
    yrkeskategorier: Sequence[str]
    roll: str
    koppling: str
    minuter: int | None = None
    anmarkningar: Sequence[Fel] = ()


class Motpart(Utgaende):
    """Another party of an occasion, as those who take part see it.

    `roll` is HUVUDANSVARIG for the one who reports the vårdkontakt; `koppling` is given for others.
    """

    enhet: str
    vardgivare: str
    roll: str
    koppling: str | None = None


class Periodkoppling(Utgaende):
    """How a contact stands to a period it names: VANTAR_PA_PERIOD, KOPPLAD or FEL."""

    slag: str
    id: str
    koppling: str
    anmarkningar: Sequence[Fel] = ()


class Vardkontaktsvar(Utgaende):
    """A registered contact in its newest version."""

    uuid: str
    version: int
    makulerad: bool
    registrerad: str
    vardkontakt: Mapping[str, Any]
    anmarkningar: Sequence[Fel] = ()
    kvittenser: Sequence[Kvittens] = ()
    deltagare: Sequence[Deltagare] = ()
    perioder: Sequence[Periodkoppling] = ()


class Delkvittens(Utgaende):
    """What became of a deltagande: level K3, the ersättning of its own party."""

    sekvens: int
    version: int
    niva: str
    utfall: str
    tid: str
    kod: str = ""
    belopp: str | None = None
    atgard: str = ""
    agare: str = ""


class Samverkansvar(Utgaende):
    """A registered deltagande or aktivitet in its newest version.

    `koppling` of a deltagande is VANTAR_PA_HUVUDKONTAKT, KOPPLAD or FEL; `motparter` are the other
    parties of its occasion, and `kvittenser` what became of it, oldest first.
    """

    uuid: str
    id: str
    version: int
    utfall: Utfall
    makulerad: bool
    leverans: str | None = None
    torrkorning: bool = False
    koppling: str | None = None
    motparter: Sequence[Motpart] = ()
    anmarkningar: Sequence[Fel] = ()
    innehall: Mapping[str, Any] | None = None
    kvittenser: Sequence[Delkvittens] = ()
