"""From what became of things to what is answered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from gvr.actions import samverkan, vardkontakter
from gvr.actions.leveranser import Svar
from gvr.actions.vardkontakter import ACCEPTERADE, AVVISAD, Resultat
from gvr.api import kontrakt, problem
from gvr.api.problem import as_fel
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import FELKATALOG
from gvr.core.vardperiod import Koppling
from gvr.models import Delkvittens, Vardkontaktversion
from gvr.queries.kvittensform import action
from gvr.queries.samverkan import Tillfalle

_DETALJLISTOR: Final = ("diagnoser", "atgarder", "lakemedel", "tillstand", "produkter")
_FALT: Final = {
    "slutdag": "slutdag",
    "tid": "tid",
    "btyp": "btyp",
    "vktyp": "vktyp",
    "taxa": "taxa",
    "akut": "akut",
    "ikod": "ikod",
    "ukod": "ukod",
    "vplan": "vplan",
    "remissFore": "remiss_fore",
    "remissEfter": "remiss_efter",
    "lkf": "lkf",
    "basomrade": "basomrade",
    "fodd": "fodd",
    "kon": "kon",
    "ersUppdrag": "ers_uppdrag",
    "tillhorVardkontakt": "tillhor_vardkontakt",
    "tillhorVardansvar": "tillhor_vardansvar",
    "lmaNummer": "lma_nummer",
}


def refusal_code(avvikelser: Sequence[Avvikelse], status: int) -> str:
    """Return the code that a refused contact is answered with: the first that gives its status."""
    stopp = [a.kod for a in avvikelser if a.allvar is Allvar.STOPP]
    return next((k for k in stopp if k in FELKATALOG and FELKATALOG[k].http == status), stopp[0])


def refuse(begaran_id: str, status: int, avvikelser: Sequence[Avvikelse]) -> Svar:
    """Return the problem document of one refused contact, with all its findings."""
    kod = refusal_code(avvikelser, status)
    text = next(a.text for a in avvikelser if a.kod == kod)
    body = problem.as_bytes(
        kod, begaran_id=begaran_id, text=text, fel=as_fel(avvikelser), status=status
    )
    return Svar(status=status, kropp=body)


class Enskild:
    """Makes the answer of one contact, and remembers its version for the headers."""

    def __init__(self, begaran_id: str, *, torrkorning: bool) -> None:
        self._begaran_id = begaran_id
        self._torrkorning = torrkorning
        self.version: int | None = None
        self.vardhandelse_id = ""

    def __call__(self, resultat: Sequence[Resultat], stoppat: bool) -> Svar:  # noqa: FBT001
        """Return a Registrering, or a problem with every finding."""
        (r,) = resultat
        if r.utfall == AVVISAD:
            return refuse(self._begaran_id, r.status, r.avvikelser)
        self.version, self.vardhandelse_id = r.version, r.vardhandelse_id
        svar = kontrakt.Registrering(
            utfall=r.utfall,  # type: ignore[arg-type]  # one of the literals
            vardhandelse_id=r.vardhandelse_id,
            leverans=None if self._torrkorning else self._begaran_id,
            uuid=None if self._torrkorning and r.status == 201 else r.uuid,
            version=r.version,
            makulerad=r.makulerad,
            torrkorning=self._torrkorning,
            kvittens=r.kvittens,
            anmarkningar=as_fel(r.avvikelser),
            ersattning=r.ersattning,
        )
        status = 200 if self._torrkorning else r.status
        return Svar(status=status, kropp=msgspec.json.encode(svar))

    def headers(self) -> dict[str, str]:
        """Return the version as an ETag."""
        return {} if self.version is None else {"ETag": f'"{self.version}"'}


def many(
    begaran_id: str, *, torrkorning: bool, rader: Mapping[int, int] | None = None
) -> Callable[[Sequence[Resultat], bool], Svar]:
    """Return what makes the answer of a delivery; `rader` gives the line of each event of a file.

    200 when everything was taken, 207 when something was refused, 422 when all was for the sake of
    one (atomar).
    """

    def as_answer(resultat: Sequence[Resultat], stoppat: bool) -> Svar:  # noqa: FBT001
        if stoppat:
            avvisade = [_row(r, rader, torrkorning) for r in resultat if r.utfall == AVVISAD]
            body = problem.as_bytes("ATOMAR_AVVISAD", begaran_id=begaran_id, resultat=avvisade)
            return Svar(status=problem.status_of("ATOMAR_AVVISAD"), kropp=body)
        rad = [_row(r, rader, torrkorning) for r in resultat]
        accepterade = sum(1 for r in resultat if r.utfall in ACCEPTERADE)
        svar = kontrakt.Batchsvar(
            antal=len(rad),
            accepterade=accepterade,
            avvisade=len(rad) - accepterade,
            resultat=rad,
            leverans=None if torrkorning else begaran_id,
            torrkorning=torrkorning,
        )
        status = 200 if accepterade == len(rad) else 207
        return Svar(status=status, kropp=msgspec.json.encode(svar))

    return as_answer


def _row(r: Resultat, rader: Mapping[int, int] | None, torrkorning: bool) -> kontrakt.Batchrad:  # noqa: FBT001
    return kontrakt.Batchrad(
        index=r.plats,
        status=r.status,
        utfall=r.utfall,  # type: ignore[arg-type]  # one of the literals
        vardhandelse_id=r.vardhandelse_id,
        uuid=None if torrkorning and r.status == 201 else r.uuid,
        version=r.version,
        kvittens=r.kvittens,
        fel=as_fel(r.avvikelser, rad=rader.get(r.plats) if rader else None) if r.avvikelser else (),
        ersattning=r.ersattning,
    )


# --- what is registered --------------------------------------------------------------------------


def as_part_receipt(rad: Delkvittens) -> kontrakt.Delkvittens:
    """Return what became of a deltagande, with what is to be done and by whom."""
    atgard, agare = action(rad.kod)
    return kontrakt.Delkvittens(
        sekvens=rad.sekvens,
        version=rad.version,
        niva=rad.niva,
        utfall=rad.utfall,
        tid=rad.tid.isoformat(),
        kod=rad.kod,
        belopp=None if rad.belopp is None else str(rad.belopp),
        atgard=atgard,
        agare=agare,
    )


def as_unit(enhet_ref: str) -> dict[str, str]:
    """Return a unit as the contract takes it."""
    return {"hsaId" if enhet_ref.startswith("SE") else "kombika": enhet_ref}


def as_contact(rad: Vardkontaktversion) -> dict[str, Any]:
    """Return the content of a version in the contract's form, so that it can be sent again."""
    detaljer = rad.detaljer or {}
    svar: dict[str, Any] = {
        "vardhandelseId": rad.vardkontakt.vardhandelse_id,
        "enhet": as_unit(rad.enhet_ref),
        "patientId": rad.patient_id,
        "dag": rad.dag.isoformat(),
        "form": rad.form,
    }
    for namn, falt in _FALT.items():
        varde = getattr(rad, falt)
        if varde is not None:
            svar[namn] = varde if isinstance(varde, str) else varde.isoformat()
    if "vardperiod" in detaljer:
        svar["vardperiod"] = detaljer["vardperiod"]
    if rad.yrkeskategorier:
        svar["yrkeskategorier"] = rad.yrkeskategorier
    for namn in _DETALJLISTOR:
        koder = getattr(rad, namn)
        if koder:
            svar[namn] = _with_details(koder, detaljer.get(namn, []))
    return svar


def _with_details(koder: Sequence[str], detaljer: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the codes, as objects where there is more to say than the code."""
    per_kod: dict[str, list[Mapping[str, Any]]] = {}
    for detalj in detaljer:
        per_kod.setdefault(detalj["kod"], []).append(detalj)
    svar: list[Any] = []
    for kod in koder:
        kvar = per_kod.get(kod)
        detalj = kvar.pop(0) if kvar else {}
        falt = {k: detalj[k] for k in ("datum", "diagnosnr", "tillstandnr", "antal") if k in detalj}
        svar.append({"kod": kod, **falt} if falt else kod)
    return svar


def stored_findings(rader: Sequence[Mapping[str, Any]] | None) -> list[kontrakt.Fel]:
    """Return findings that were stored with a version."""
    return as_fel(msgspec.convert(rader or [], list[Avvikelse]))


def as_participants(tillfalle: Tillfalle | None) -> list[kontrakt.Deltagare]:
    """Return other parties' parts as the main contact's side may see them."""
    return [
        kontrakt.Deltagare(
            uuid=str(d.uuid),
            enhet=d.kombika,
            vardgivare=d.vardgivare,
            dag=d.pekar.dag.isoformat(),
            yrkeskategorier=d.yrkeskategorier,
            minuter=d.pekar.minuter,
            roll=d.roll,
            koppling=dom.koppling.value,
            anmarkningar=as_fel(dom.avvikelser),
        )
        for d, dom in (tillfalle.delar if tillfalle is not None else ())
    ]


def as_counterparts(tillfalle: Tillfalle, egen: tuple[str, str]) -> list[kontrakt.Motpart]:
    """Return the other parties of an occasion as one who takes part may see them."""
    tillfalle = tillfalle.seen_by(egen)
    parter = []
    if tillfalle.huvud is not None:
        parter.append(
            kontrakt.Motpart(
                enhet=tillfalle.huvud.kombika,
                vardgivare=tillfalle.huvud.vardgivare,
                roll="HUVUDANSVARIG",
            )
        )
    return parter + [
        kontrakt.Motpart(
            enhet=d.kombika, vardgivare=d.vardgivare, roll=d.roll, koppling=dom.koppling.value
        )
        for d, dom in tillfalle.delar
        if d.pekar.nyckel != egen
    ]


def as_ties(kopplingar: Sequence[Koppling]) -> list[kontrakt.Periodkoppling]:
    """Return how a contact stands to the periods it names."""
    return [
        kontrakt.Periodkoppling(
            slag=k.slag.value,
            id=k.id,
            koppling=k.lage.value,
            anmarkningar=as_fel(k.avvikelser),
        )
        for k in kopplingar
    ]


def collaboration(begaran_id: str, *, torrkorning: bool) -> Callable[[samverkan.Besked], Svar]:
    """Return what makes the answer of a deltagande or aktivitet."""

    def as_answer(besked: samverkan.Besked) -> Svar:
        if besked.utfall == vardkontakter.AVVISAD:
            return refuse(begaran_id, besked.status, besked.avvikelser)
        kopplad = besked.kopplad
        svar = kontrakt.Samverkansvar(
            uuid=besked.uuid,
            id=besked.id,
            version=besked.version,
            utfall=besked.utfall,  # type: ignore[arg-type]  # one of the literals
            makulerad=besked.makulerad,
            leverans=None if torrkorning else begaran_id,
            torrkorning=torrkorning,
            koppling=None if kopplad is None else kopplad.koppling.value,
            anmarkningar=as_fel(
                (*besked.avvikelser, *(kopplad.avvikelser if kopplad is not None else ()))
            ),
        )
        status = 200 if torrkorning else besked.status
        return Svar(status=status, kropp=msgspec.json.encode(svar))

    return as_answer
