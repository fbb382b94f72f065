"""The web forms for a Deltagande and an Aktivitet: their fields, and what is written in them.

For providers without a connected journal system, and for the region. What a form says becomes the
same value as a message over the API and is judged by the same rules; here is only read how people
write days, times and codes. The same fields are shown in the portal and in the admin.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Final

import msgspec

from gvr.core.aktivitet import AKTIVITETSTYPER, AVSER, Avser, Insats
from gvr.core.mottagning import identify
from gvr.core.samverkan import ROLLER, Del, Roll

_ID: Final = re.compile(r"W-[0-9a-f]{32}")
_KOD: Final = re.compile(r"[0-9A-Z]{1,10}")
_YRKE: Final = re.compile(r"[0-9A-Z]{2}")
_SYSTEM: Final = re.compile(r"[0-9A-Za-z._-]{1,40}")
_HANDELSE: Final = re.compile(r"[0-9A-Za-zÅÄÖåäö][0-9A-Za-zÅÄÖåäö._:+|@=-]{0,63}")
_ENHET: Final = re.compile(r"[0-9]{8}[A-Za-zÅÄÖåäö0-9]{1,3}|SE[0-9]{10}-[A-Za-z0-9]{1,18}")
_FLEST_KODER: Final = 99
_DYGN: Final = 1440


class Falt(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a form. `val` are (code, text) to choose from; none means that one writes.

    `beror_pa` says that it is needed or not by what stands in others, as its help explains, and
    `rubrik_fore` is a heading above it.
    """

    namn: str
    rubrik: str
    hjalp: str = ""
    val: tuple[tuple[str, str], ...] = ()
    obligatoriskt: bool = False
    bredd: str = ""
    beror_pa: bool = False
    rubrik_fore: str = ""


_ENHETSFALT: Final = Falt(namn="enhet", rubrik="Er enhet", obligatoriskt=True)
_DAG: Final = Falt(
    namn="dag", rubrik="Dag", hjalp="Till exempel 2026-11-23.", obligatoriskt=True, bredd="datum"
)
_TID: Final = Falt(namn="tid", rubrik="Klockslag", hjalp="Till exempel 13.30.", bredd="datum")
_MINUTER: Final = Falt(namn="minuter", rubrik="Minuter", hjalp="Hur länge.", bredd="datum")
_ATGARDER: Final = Falt(
    namn="atgarder", rubrik="Åtgärder (KVÅ)", hjalp="Koder med komma emellan, till exempel XS007."
)

DELTAGANDE: Final = (
    _ENHETSFALT,
    _DAG,
    _TID,
    _MINUTER,
    Falt(namn="roll", rubrik="Roll", val=tuple(ROLLER.items()), obligatoriskt=True),
    Falt(
        namn="yrkeskategorier",
        rubrik="Yrkeskategorier",
        hjalp="En kod för var och en som deltog, med komma emellan, till exempel 77, 70.",
        obligatoriskt=True,
    ),
    _ATGARDER,
    Falt(
        namn="patient",
        rubrik="Patientens personnummer",
        hjalp="Behövs när ni anger den huvudansvarigas enhet. Tolv siffror.",
        beror_pa=True,
        rubrik_fore="Huvudkontakten, på ett av två sätt",
    ),
    Falt(
        namn="huvud_enhet",
        rubrik="Antingen: den huvudansvarigas enhet",
        hjalp="Kombika eller HSA-id för enheten som rapporterar vårdkontakten.",
        beror_pa=True,
    ),
    Falt(
        namn="huvud_kallsystem",
        rubrik="Eller: den huvudansvarigas journalsystem",
        hjalp="Systemets namn, om den huvudansvariga har lämnat det.",
        beror_pa=True,
    ),
    Falt(
        namn="huvud_vardhandelse_id",
        rubrik="… och vårdkontaktens vårdhändelse-id",
        hjalp="Vårdkontaktens id i det journalsystemet.",
        beror_pa=True,
    ),
)
AKTIVITET: Final = (
    Falt(namn="typ", rubrik="Aktivitet", val=tuple(AKTIVITETSTYPER.items()), obligatoriskt=True),
    _ENHETSFALT,
    _DAG,
    _TID,
    _MINUTER,
    Falt(
        namn="yrkeskategori",
        rubrik="Yrkeskategori",
        hjalp="Två tecken, till exempel 74.",
        obligatoriskt=True,
        bredd="datum",
    ),
    Falt(namn="avser", rubrik="Gäller", val=tuple(AVSER.items()), obligatoriskt=True),
    Falt(
        namn="patient",
        rubrik="Patientens personnummer",
        hjalp="När aktiviteten gäller en patient. Tolv siffror.",
        beror_pa=True,
    ),
    Falt(
        namn="diagnoser",
        rubrik="Diagnoser",
        hjalp="Koder utan punkt med komma emellan. Obligatoriskt för rehabkoordinator.",
        beror_pa=True,
    ),
    msgspec.structs.replace(
        _ATGARDER,
        hjalp="Koder med komma emellan. En rehabkoordinator har alltid GC001.",
        beror_pa=True,
    ),
)

#: The field of the form that a pointer of a finding is about.
_FALT_AV_PEKARE: Final = {
    "enhet": "enhet",
    "dag": "dag",
    "huvudkontakt": "huvud_enhet",
    "patientId": "patient",
    "patient_id": "patient",
    "yrkeskategorier": "yrkeskategorier",
    "yrkeskategori": "yrkeskategori",
    "diagnoser": "diagnoser",
    "atgarder": "atgarder",
    "avser": "avser",
}


def is_own_id(text: str) -> bool:
    """Say whether an id is one that a form was given."""
    return _ID.fullmatch(text) is not None


def field_of(pekare: str) -> str:
    """Return the field that a finding's pointer is about; empty for the whole form."""
    return _FALT_AV_PEKARE.get(pekare.lstrip("/").partition("/")[0], "")


class _Lasning:
    """One form being read: the values as people wrote them, and what could not be read."""

    def __init__(self, data: Mapping[str, str], falt: Sequence[Falt]) -> None:
        self._data = data
        self.fel: dict[str, str] = {}
        for rad in falt:
            varde = self.text(rad.namn)
            if rad.obligatoriskt and not varde:
                self.fel[rad.namn] = f"{rad.rubrik} saknas."
            elif rad.val and varde and varde not in dict(rad.val):
                self.fel[rad.namn] = "Välj ett av alternativen."

    def text(self, namn: str) -> str:
        return self._data.get(namn, "").strip()

    def day(self) -> date:
        siffror = self.text("dag").replace("-", "")
        try:
            if len(siffror) != 8 or not (siffror.isascii() and siffror.isdecimal()):
                raise ValueError
            return date(int(siffror[:4]), int(siffror[4:6]), int(siffror[6:]))
        except ValueError:
            self.fel.setdefault("dag", "Dagen går inte att läsa. Skriv till exempel 2026-11-23.")
            return date.min

    def clock(self) -> time | None:
        text = self.text("tid")
        if not text:
            return None
        delar = re.fullmatch(r"([01]?[0-9]|2[0-3])[.:]([0-5][0-9])", text)
        if delar is None:
            self.fel["tid"] = "Klockslaget går inte att läsa. Skriv till exempel 13.30."
            return None
        return time(int(delar[1]), int(delar[2]))

    def minutes(self) -> int | None:
        text = self.text("minuter")
        if not text:
            return None
        tal = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
        if not 1 <= tal <= _DYGN:
            self.fel["minuter"] = "Skriv hela minuter, 1 till 1440."
            return None
        return tal

    def codes(self, namn: str, form: re.Pattern[str] = _KOD) -> tuple[str, ...]:
        koder = tuple(del_.upper() for del_ in re.split(r"[,;\s]+", self.text(namn)) if del_)
        if len(koder) > _FLEST_KODER or not all(form.fullmatch(kod) for kod in koder):
            self.fel.setdefault(namn, "Skriv koder med komma emellan.")
            return ()
        return koder

    def match(self, namn: str, form: re.Pattern[str], fel: str) -> str:
        text = self.text(namn)
        if text and form.fullmatch(text) is None:
            self.fel.setdefault(namn, fel)
            return ""
        return text

    def patient(self, dag: date, oforandrad: str | None) -> str | None:
        text = self.text("patient")
        if not text:
            return oforandrad
        return identify(text, day=dag, fodd=None, kon=None)[0]


def read_part(
    data: Mapping[str, str], *, id_: str, oforandrad_patient: str | None = None
) -> Del | dict[str, str]:
    """Return the part, or what cannot be read, by field.

    In a correction the patient's number is never shown: an empty field leaves it as it was.
    """
    las = _Lasning(data, DELTAGANDE)
    dag = las.day()
    huvud_enhet = las.match("huvud_enhet", _ENHET, "Skriv en kombika eller ett HSA-id.")
    svar = Del(
        id=id_,
        enhet=las.text("enhet"),
        dag=dag,
        tid=las.clock(),
        minuter=las.minutes(),
        roll=las.text("roll") or Roll.MEDVERKANDE,
        yrkeskategorier=las.codes("yrkeskategorier", _YRKE),
        atgarder=las.codes("atgarder"),
        patient_id=las.patient(dag, oforandrad_patient),
        huvud_enhet=huvud_enhet,
        huvud_kallsystem=las.match(
            "huvud_kallsystem", _SYSTEM, "Journalsystemets namn har bokstäver, siffror och . _ -."
        ),
        huvud_vardhandelse_id=las.match(
            "huvud_vardhandelse_id", _HANDELSE, "Ett vårdhändelse-id är högst 64 tecken."
        ),
    )
    return las.fel or svar


def read_activity(
    data: Mapping[str, str], *, id_: str, oforandrad_patient: str | None = None
) -> Insats | dict[str, str]:
    """Return the activity, or what cannot be read, by field. The patient as in `read_part`."""
    las = _Lasning(data, AKTIVITET)
    dag = las.day()
    avser = las.text("avser") or Avser.PATIENT
    yrken = las.codes("yrkeskategori", _YRKE)
    svar = Insats(
        id=id_,
        typ=las.text("typ"),
        enhet=las.text("enhet"),
        dag=dag,
        tid=las.clock(),
        minuter=las.minutes(),
        yrkeskategori=yrken[0] if yrken else "",
        avser=avser,
        patient_id=las.patient(dag, oforandrad_patient if avser == Avser.PATIENT else None),
        diagnoser=las.codes("diagnoser"),
        atgarder=las.codes("atgarder"),
    )
    if len(yrken) > 1:
        las.fel.setdefault("yrkeskategori", "Ange en yrkeskategori.")
    return las.fel or svar


def of_part(del_: Del) -> dict[str, str]:
    """Return what the form shows of a part, without the patient."""
    return {
        "enhet": del_.enhet,
        "dag": del_.dag.isoformat(),
        "tid": f"{del_.tid:%H.%M}" if del_.tid else "",
        "minuter": str(del_.minuter or ""),
        "roll": del_.roll,
        "yrkeskategorier": ", ".join(del_.yrkeskategorier),
        "atgarder": ", ".join(del_.atgarder),
        "huvud_enhet": del_.huvud_enhet,
        "huvud_kallsystem": del_.huvud_kallsystem,
        "huvud_vardhandelse_id": del_.huvud_vardhandelse_id,
    }


def of_activity(insats: Insats) -> dict[str, str]:
    """Return what the form shows of an activity, without the patient."""
    return {
        "typ": insats.typ,
        "enhet": insats.enhet,
        "dag": insats.dag.isoformat(),
        "tid": f"{insats.tid:%H.%M}" if insats.tid else "",
        "minuter": str(insats.minuter or ""),
        "yrkeskategori": insats.yrkeskategori,
        "avser": insats.avser,
        "diagnoser": ", ".join(insats.diagnoser),
        "atgarder": ", ".join(insats.atgarder),
    }
