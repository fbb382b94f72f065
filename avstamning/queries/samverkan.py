"""Parts in occasions and activities, in words."""

from collections.abc import Mapping
from datetime import date, time

import msgspec

from avstamning.core.halsouppgifter import DOLT
from avstamning.core.urval import Urval, write_place
from avstamning.queries.kontakter import code_texts
from gvr.core.personnummer import mask
from gvr.queries import portal
from gvr.queries.portal import Deltaganderad, Synfalt

SIDA = 50

#: What kinds of activity are called.
AKTIVITET = {"REHABKOORDINATOR": "Rehabkoordinering"}


class Deltaganden(msgspec.Struct, frozen=True, kw_only=True):
    """A page of parts; `aldre` is the place to go on from."""

    rader: tuple[tuple[Deltaganderad, str], ...]
    aldre: str

    @property
    def vantar(self) -> int:
        """How many of the page wait for the main contact."""
        return sum(1 for rad, _ in self.rader if not rad.huvudkontakt and not rad.makulerad)


class Aktivitetslistrad(msgspec.Struct, frozen=True, kw_only=True):
    """An activity as it is shown. `patient` is masked, `diagnoser` empty for who may not see."""

    dag: date
    tid: time | None
    minuter: int | None
    enhet: str
    typ: str
    yrke: str
    patient: str
    diagnoser: str
    atgarder: str
    extern_id: str
    version: int
    makulerad: bool


class Aktiviteter(msgspec.Struct, frozen=True, kw_only=True):
    """A page of activities with the patients on it."""

    rader: tuple[Aktivitetslistrad, ...]
    patienter: tuple[str, ...]
    aldre: str


def participations(synfalt: Synfalt, urval: Urval, *, hoppa: int) -> Deltaganden:
    """Return a page of parts with the profession of each in words."""
    rader, fler = portal.participations(
        synfalt, fran=urval.fran, till=urval.till, fore=hoppa, size=SIDA
    )
    texter = code_texts()
    return Deltaganden(
        rader=tuple((rad, _profession(rad.yrkeskategori, texter)) for rad in rader),
        aldre=write_place(urval.till, hoppa + SIDA) if fler else "",
    )


def activities(synfalt: Synfalt, urval: Urval, *, hoppa: int, ser_diagnos: bool) -> Aktiviteter:
    """Return a page of activities in words."""
    rader, fler = portal.activities(
        synfalt, fran=urval.fran, till=urval.till, fore=hoppa, size=SIDA
    )
    texter = code_texts()
    return Aktiviteter(
        rader=tuple(
            Aktivitetslistrad(
                dag=rad.dag,
                tid=rad.tid,
                minuter=rad.minuter,
                enhet=rad.enhet,
                typ=AKTIVITET.get(rad.typ, rad.typ.replace("_", " ").capitalize()),
                yrke=_profession(rad.yrkeskategori, texter),
                patient=mask(rad.patient_id) if rad.patient_id else "–",
                diagnoser=(
                    (", ".join(rad.diagnoser) if ser_diagnos else DOLT) if rad.diagnoser else "–"
                ),
                atgarder=", ".join(
                    f"{kod} {texter[('OPKOD', kod)]}" if ("OPKOD", kod) in texter else kod
                    for kod in rad.atgarder
                ),
                extern_id=rad.extern_id,
                version=rad.version,
                makulerad=rad.makulerad,
            )
            for rad in rader
        ),
        patienter=tuple(rad.patient_id for rad in rader if rad.patient_id),
        aldre=write_place(urval.till, hoppa + SIDA) if fler else "",
    )


def _profession(kod: str, texter: Mapping[tuple[str, str], str]) -> str:
    return texter.get(("VDG", kod)) or f"Yrkeskategori {kod}"
