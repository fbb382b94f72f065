"""The addresses of in-patient care in parts: inskrivningar, flyttar, utskrivningar, vårdtillfällen.

An episode has one inskrivning and one utskrivning, which are addressed by the episode's id; a flytt
has an id of its own. An episode is also found by what its inskrivning says: patient, day, time and
unit.
"""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any, Final, TypeVar

import msgspec
from django.http import HttpResponse
from django.urls import path
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from gvr.actions import logg, vardtillfallen
from gvr.actions.leveranser import Begaran, Hinder, Svar
from gvr.actions.vardkontakter import AVVISAD
from gvr.actions.vardtillfallen import Besked, Rapport
from gvr.api import avkodning, kontrakt, schema, svar
from gvr.api import vardtillfalleskontrakt as avtal
from gvr.api.anrop import Anrop, Vy, answer, read
from gvr.api.handelser import as_content, cancellation, readable
from gvr.api.problem import Avvisat, as_fel, respond
from gvr.core.avvikelse import Allvar, Avvikelse
from gvr.core.felkatalog import finding
from gvr.core.mottagning import Avsikt, identify
from gvr.core.vardtillfalle import (
    Del,
    Flytt,
    Inskrivning,
    Kodpost,
    Slag,
    Utskrivning,
)
from gvr.core.vardtillfalle import Vistelse as Vistelsevarde
from gvr.models import Vardtillfallesdel
from gvr.queries import vardtillfallen as registrerade
from gvr.queries.behorighet import databaskontext

JSON: Final = ("application/json",)
NYCKEL: Final = (
    "patientId",
    "dag",
    "tid",
    "enhet.inr",
    "enhet.klin",
    "enhet.avd",
    "enhet.kombika",
    "enhet.hsaId",
)
MAKULERING: Final = ("torrkorning", "version", "orsak")
AVDELNING: Final = "Slutenvård i delar"

_KONTRAKT: Final[dict[Slag, type[Any]]] = {
    Slag.INSKRIVNING: avtal.Inskrivning,
    Slag.FLYTT: avtal.Flytt,
    Slag.UTSKRIVNING: avtal.Utskrivning,
}
_LISTOR: Final = ("diagnoser", "atgarder", "lakemedel", "tillstand", "produkter")
_KLOCKSLAG: Final = ("tid", "avlidenTid")


# --- the work ------------------------------------------------------------------------------------


def _write(
    request: Request,
    slag: Slag,
    avsikt: Avsikt,
    id_: str | None,
    *,
    parametrar: Sequence[str] = ("torrkorning",),
) -> HttpResponse:
    versioner: list[int] = []

    def work(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
        rapport = (
            _cancellation(anrop, slag, id_)
            if avsikt is Avsikt.MAKULERA
            else _report(anrop, slag, avsikt, id_, body)
        )

        def utforma(besked: Besked) -> Svar:
            versioner[:] = [besked.version] if besked.version else []
            return as_answer(besked, slag, str(anrop.id), torrkorning=anrop.torrkorning)

        return vardtillfallen.receive(
            rapport,
            avsandare=anrop.avsandare,
            begaran=begaran,
            today=anrop.today,
            utforma=utforma,
            torrkorning=anrop.torrkorning,
        )

    return answer(
        request,
        parametrar,
        work,
        mediatyper=() if avsikt is Avsikt.MAKULERA else JSON,
        key_required=avsikt is Avsikt.SKAPA,
        headers=lambda: {"ETag": f'"{versioner[0]}"'} if versioner else {},
    )


def _cancellation(anrop: Anrop, slag: Slag, id_: str | None) -> Rapport:
    id_ = id_ if id_ is not None else _point_out(anrop)
    sagt = cancellation(anrop, id_)
    return Rapport(
        slag=slag,
        id=id_,
        vardtillfalle_id="" if slag is Slag.FLYTT else id_,
        avsikt=Avsikt.MAKULERA,
        version=sagt.version,
        vantad=sagt.vantad,
        orsak=sagt.orsak,
    )


def _report(anrop: Anrop, slag: Slag, avsikt: Avsikt, id_: str | None, body: bytes) -> Rapport:
    vantad = anrop.expected_version() if avsikt is Avsikt.RATTA else None
    post = avkodning.decode(body, _KONTRAKT[slag])
    if isinstance(post, list):
        return Rapport(slag=slag, id="", avsikt=avsikt, avvikelser=tuple(post))
    faltet = "id" if slag is Slag.FLYTT else "vardtillfalleId"
    eget = post.id if slag is Slag.FLYTT else post.vardtillfalle_id
    fynd: list[Avvikelse] = []
    if id_ is not None and eget != id_:
        fynd.append(finding("ID_STAMMER_EJ", pekare=f"/{faltet}"))
    for namn, text in (("id", eget), ("vardtillfalleId", post.vardtillfalle_id)):
        if not text.isprintable():
            fynd.append(finding("FEL_FORMAT", pekare=f"/{namn}"))
    tider: dict[str, time | None] = {}
    for falt in _KLOCKSLAG:
        text = getattr(post, "avliden_tid" if falt == "avlidenTid" else falt, None)
        tider[falt] = None if text is None else avkodning.as_time(text)
        if text is not None and tider[falt] is None:
            fynd.append(finding("FEL_FORMAT", pekare=f"/{falt}"))
    enhet = post.enhet.reference()
    if enhet is None:
        fynd.append(finding("ENHET_OTYDLIG", pekare="/enhet"))
    fynd += avkodning.free_text(post.orsak, "/orsak")
    if fynd:
        return Rapport(slag=slag, id="", avsikt=avsikt, avvikelser=tuple(fynd))
    return Rapport(
        slag=slag,
        id=eget,
        vardtillfalle_id=post.vardtillfalle_id,
        avsikt=avsikt,
        innehall=_as_core(post, enhet or "", tider),
        version=post.version,
        vantad=vantad,
        orsak=post.orsak,
    )


def _as_core(post: Any, enhet: str, tider: Mapping[str, time | None]) -> Del:
    fodd, kon = getattr(post, "fodd", None), getattr(post, "kon", None)
    nummer, fodd, kon = identify(post.patient_id, day=post.dag, fodd=fodd, kon=kon)
    gemensamt: dict[str, Any] = {
        "vardtillfalle_id": post.vardtillfalle_id,
        "patient_id": nummer,
        "enhet": enhet,
        "dag": post.dag,
        "tid": tider["tid"],
    }
    if isinstance(post, avtal.Inskrivning):
        return Inskrivning(
            **gemensamt,
            ikod=post.ikod,
            akut=post.akut,
            vardform=post.vardform,
            vardperiod=post.vardperiod,
            remiss_fore=post.remiss_fore,
            ers_uppdrag=post.ers_uppdrag,
            lkf=post.lkf,
            basomrade=post.basomrade,
            fodd=fodd,
            kon=kon,
            lma_nummer=post.lma_nummer,
        )
    vard: dict[str, Any] = {namn: _codes(getattr(post, namn)) for namn in _LISTOR}
    vard["yrkeskategorier"] = post.yrkeskategorier
    if isinstance(post, avtal.Flytt):
        return Flytt(**gemensamt, **vard, id=post.id)
    return Utskrivning(
        **gemensamt,
        **vard,
        ukod=post.ukod,
        vplan=post.vplan,
        vardform=post.vardform,
        remiss_efter=post.remiss_efter,
        avliden_tid=tider["avlidenTid"],
        medicinskt_klar=post.medicinskt_klar,
        betalningsansvar=post.betalningsansvar,
    )


def _codes(lista: Sequence[str | kontrakt.Kodrad]) -> tuple[Kodpost, ...]:
    return tuple(
        Kodpost(kod=rad)
        if isinstance(rad, str)
        else Kodpost(
            kod=rad.kod,
            datum=rad.datum,
            diagnosnr=rad.diagnosnr,
            tillstandnr=rad.tillstandnr,
            antal=rad.antal,
        )
        for rad in lista
    )


def _point_out(anrop: Anrop) -> str:
    """Return the id of the episode whose inskrivning the parameters describe."""
    p = anrop.parametrar
    try:
        enhet = msgspec.convert(
            {namn.partition(".")[2]: p[namn] for namn in NYCKEL[3:] if namn in p},
            kontrakt.Enhet,
        ).reference()
    except msgspec.ValidationError:
        raise Avvisat("OGILTIG_PARAMETER", text="Enheten är inte skriven som den ska.") from None
    dag = anrop.day("dag")
    tid = None if "tid" not in p else avkodning.as_time(p["tid"])
    if "tid" in p and tid is None:
        raise Avvisat("OGILTIG_PARAMETER", text="tid ska vara ett klockslag, hh:mm.")
    if not 0 < len(p.get("patientId", "")) <= 32 or dag is None or enhet is None:
        raise Avvisat(
            "OGILTIG_PARAMETER",
            text="Ange patientId, dag och enhet (inr, klin och avd; kombika; eller hsaId) som i "
            "inskrivningen, och tid om den behövs.",
        )
    funna = registrerade.find(
        kallsystem=anrop.avsandare.kallsystem,
        vardgivare=anrop.avsandare.synliga,
        enheter=anrop.avsandare.enheter,
        patient_id=identify(p["patientId"], day=dag, fodd=None, kon=None)[0],
        dag=dag,
        tid=tid,
        enhet=enhet,
    )
    if not funna:
        raise NotFound
    if len(funna) > 1:
        raise Avvisat("FLERA_TRAFFAR")
    return funna[0]


# --- answers -------------------------------------------------------------------------------------


def as_answer(besked: Besked, slag: Slag, begaran_id: str, *, torrkorning: bool) -> Svar:
    """Return what a part's sender is told."""
    if besked.utfall == AVVISAD:
        return svar.refuse(begaran_id, besked.status, besked.avvikelser)
    tillfalle, kontakt = besked.vardtillfalle, besked.kontakt
    fynd = list(besked.avvikelser)
    if kontakt is not None:  # what the whole contact waits for, or should be looked at
        seen = {(a.kod, a.pekare) for a in fynd}
        fynd += [a for a in kontakt.avvikelser if (a.kod, a.pekare) not in seen]
    body = avtal.Delregistrering(
        utfall=besked.utfall,  # type: ignore[arg-type]  # one of the literals
        slag=slag.value,
        id=besked.id,
        vardtillfalle_id=besked.vardtillfalle_id,
        version=besked.version or None,
        makulerad=besked.makulerad,
        lage=None if tillfalle is None else tillfalle.lage.value,
        leverans=None if torrkorning else begaran_id,
        torrkorning=torrkorning,
        vistelser=() if tillfalle is None else [_stay(v) for v in tillfalle.vistelser],
        vardkontakt=None
        if kontakt is None or kontakt.version is None
        else avtal.Kontaktutfall(
            uuid=None if torrkorning and kontakt.status == 201 else kontakt.uuid,
            version=kontakt.version,
            utfall=kontakt.utfall,  # type: ignore[arg-type]  # one of the literals
            makulerad=kontakt.makulerad,
            kvittens=kontakt.kvittens,
        ),
        anmarkningar=as_fel(fynd),
        ersattning=None if kontakt is None else kontakt.ersattning,
    )
    status = 200 if torrkorning else besked.status
    return Svar(status=status, kropp=msgspec.json.encode(body))


def _stay(vistelse: Vistelsevarde) -> avtal.Vistelse:
    return avtal.Vistelse(
        enhet=svar.as_unit(vistelse.enhet),
        fran=vistelse.fran.isoformat(),
        tid=None if vistelse.tid is None else vistelse.tid.isoformat(),
        till=None if vistelse.till is None else vistelse.till.isoformat(),
        dygn=vistelse.dygn,
    )


def _as_content(del_: Del) -> dict[str, Any]:
    """Return a part in the contract's form, so that it can be sent again."""
    ut = as_content(del_)
    for namn in _LISTOR:
        if namn in ut:
            ut[namn] = [
                rad.kod if rad == Kodpost(kod=rad.kod) else msgspec.to_builtins(rad)
                for rad in ut[namn]
            ]
    return ut


Delform = TypeVar("Delform", bound=avtal.Delsvar)


def _as_part(
    form: type[Delform], rad: Vardtillfallesdel, tillfalle: registrerade.Tillfalle
) -> Delform:
    slag = Slag(rad.slag)
    fynd = () if rad.makulerad else tillfalle.vardtillfalle.of(slag, rad.extern_id)
    return form(
        slag=slag.value,
        id=rad.extern_id,
        vardtillfalle_id=rad.vardtillfalle_id,
        version=rad.version,
        makulerad=rad.makulerad,
        vantar=any(a.allvar is Allvar.PARKERA for a in fynd),
        registrerad=rad.registrerad.isoformat(),
        innehall=_as_content(registrerade.as_part(rad)),
        anmarkningar=as_fel(fynd),
    )


def _episode(anrop: Anrop, vardtillfalle_id: str) -> registrerade.Tillfalle:
    """Return the episode, having logged that it is read."""
    tillfalle = registrerade.read(
        anrop.avsandare.kallsystem,
        vardtillfalle_id,
        vardgivare=anrop.avsandare.synliga,
        enheter=anrop.avsandare.enheter,
    )
    if tillfalle is None:
        raise NotFound
    with databaskontext(alla=True):
        logg.record(
            by=anrop.request.user,
            handelse="LAS",
            patienter=list(dict.fromkeys(rad.patient_id for rad in tillfalle.delar)),
            at=anrop.at,
            objekt=f"vårdtillfälle {tillfalle.delar[0].uuid}",
            vardgivare_id=next((r.vardgivare_id for r in tillfalle.delar if r.vardgivare_id), None),
        )
    return tillfalle


def _show_part(anrop: Anrop, slag: Slag, vardtillfalle_id: str, id_: str) -> HttpResponse:
    tillfalle = _episode(anrop, vardtillfalle_id)
    rad = next((r for r in tillfalle.delar if (r.slag, r.extern_id) == (slag, id_)), None)
    if rad is None:
        raise NotFound
    return respond(
        200,
        msgspec.json.encode(_as_part(avtal.Delsvar, rad, tillfalle)),
        begaran_id=str(anrop.id),
        headers={"ETag": f'"{rad.version}"'},
    )


def _show_episode(anrop: Anrop, vardtillfalle_id: str) -> HttpResponse:
    tillfalle = _episode(anrop, vardtillfalle_id)
    kontakt = tillfalle.vardkontakt
    body = avtal.Vardtillfallessvar(
        vardtillfalle_id=vardtillfalle_id,
        lage=tillfalle.vardtillfalle.lage.value,
        vistelser=[_stay(v) for v in tillfalle.vardtillfalle.vistelser],
        delar=[_as_part(avtal.Vardtillfallesdel, rad, tillfalle) for rad in tillfalle.delar],
        vardkontakt=None
        if kontakt is None
        else avtal.Kontaktutfall(
            uuid=str(kontakt.uuid),
            version=kontakt.senaste_version,
            makulerad=tillfalle.vardtillfalle.innehall is None,
        ),
    )
    return respond(200, msgspec.json.encode(body), begaran_id=str(anrop.id))


# --- the addresses -------------------------------------------------------------------------------

_BESTAMD: Final = {
    Slag.INSKRIVNING: "inskrivningen",
    Slag.FLYTT: "flytten",
    Slag.UTSKRIVNING: "utskrivningen",
}
_OBESTAMD: Final = {
    Slag.INSKRIVNING: "en inskrivning",
    Slag.FLYTT: "en flytt",
    Slag.UTSKRIVNING: "en utskrivning",
}
_RAPPORTERA: Final = {
    Slag.INSKRIVNING: "Vårdtillfället får en vårdkontakt, och flyttar och utskrivning som väntade "
    "på inskrivningen kommer med av sig själva.",
    Slag.FLYTT: "Kommer flytten före inskrivningen väntar den (VANTAR) och kommer med av sig själv "
    "när inskrivningen finns.",
    Slag.UTSKRIVNING: "Vårdtillfället avslutas. Kommer utskrivningen före inskrivningen väntar den "
    "(VANTAR) och kommer med av sig själv när inskrivningen finns.",
}
_MAKULERA: Final = {
    Slag.INSKRIVNING: "Vårdkontakten makuleras; flyttar och utskrivning finns kvar och väntar.",
    Slag.FLYTT: "Patientens vistelser räknas om utan flytten.",
    Slag.UTSKRIVNING: "Vårdtillfället öppnas igen.",
}
_REGISTRERAT: Final = {200: avtal.Delregistrering, 201: avtal.Delregistrering}


def collection(slag: Slag) -> type[Vy]:
    """Return the view that takes new parts of a kind."""
    namn, ett = slag.value.capitalize(), _OBESTAMD[slag]

    class Delar(Vy):
        @schema.beskriv(
            f"rapportera{namn}",
            f"Rapportera {ett}",
            _RAPPORTERA[slag],
            avdelning=AVDELNING,
            svar=_REGISTRERAT,
            parametrar=[schema.TORRKORNING],
            kropp={"application/json": _KONTRAKT[slag]},
            problem=schema.SKRIVER,
            nyckel=True,
        )
        def post(self, request: Request) -> HttpResponse:
            """Report a new part."""
            return _write(request, slag, Avsikt.SKAPA, None)

    Delar.__doc__ = f"Report {slag.value.lower()} as a call of its own."
    return Delar


def addressed_by_key(slag: Slag) -> type[Vy]:
    """Return the view of a kind that is one an episode, also found by the inskrivning's facts."""
    namn, den = slag.value.capitalize(), _BESTAMD[slag]

    class Delar(collection(slag)):  # type: ignore[misc]  # a class made above
        @schema.beskriv(
            f"hitta{namn}",
            f"Läs {den} utan dess adress",
            "Pekar ut vårdtillfället med patientId, dag, tid och enhet, som i inskrivningen.",
            avdelning=AVDELNING,
            svar={200: avtal.Delsvar},
            parametrar=schema.VARDTILLFALLESNYCKEL,
            problem=(*schema.LASER, 409),
        )
        def get(self, request: Request) -> HttpResponse:
            """Read the part of the episode that the parameters point out."""
            anrop = read(request, NYCKEL)
            id_ = _point_out(anrop)
            return _show_part(anrop, slag, id_, id_)

        @schema.beskriv(
            f"hittaOchMakulera{namn}",
            f"Makulera {den} utan dess adress",
            "Pekar ut vårdtillfället med patientId, dag, tid och enhet, som i inskrivningen. "
            + _MAKULERA[slag],
            avdelning=AVDELNING,
            svar={200: avtal.Delregistrering},
            parametrar=[
                *schema.VARDTILLFALLESNYCKEL,
                schema.TORRKORNING,
                schema.VERSION,
                schema.ORSAK,
                schema.IF_MATCH,
            ],
            problem=schema.SKRIVER,
            nyckel=False,
        )
        def delete(self, request: Request) -> HttpResponse:
            """Cancel the part of the episode that the parameters point out."""
            return _write(request, slag, Avsikt.MAKULERA, None, parametrar=(*NYCKEL, *MAKULERING))

    Delar.__doc__ = f"Report {slag.value.lower()}; read or cancel it by the inskrivning's facts."
    return Delar


def one(slag: Slag, argument: str) -> type[Vy]:
    """Return the view of one part by its id."""
    namn, den = slag.value.capitalize(), _BESTAMD[slag]

    class EnDel(Vy):
        @schema.beskriv(
            f"las{namn}",
            f"Läs {den}",
            "Den senaste versionen, om den väntar och varför.",
            avdelning=AVDELNING,
            svar={200: avtal.Delsvar},
            vag=argument,
        )
        def get(self, request: Request, **vag: str) -> HttpResponse:
            """Read the newest version."""
            anrop, id_ = read(request, ()), readable(vag[argument])
            tillfalle = id_
            if slag is Slag.FLYTT:
                with databaskontext(alla=True):
                    rad = registrerade.newest(anrop.avsandare.kallsystem, slag, id_)
                if rad is None:
                    raise NotFound
                tillfalle = rad.vardtillfalle_id
            return _show_part(anrop, slag, tillfalle, id_)

        @schema.beskriv(
            f"ratta{namn}",
            f"Rätta {den}",
            "Registrerar en ny version och räknar om vårdtillfället. Samma innehåll igen ändrar "
            "inget, ett versionsnummer som inte är högre än det registrerade ger 409, och "
            "If-Match med en annan version ger 412.",
            avdelning=AVDELNING,
            svar=_REGISTRERAT,
            parametrar=[schema.TORRKORNING, schema.IF_MATCH],
            kropp={"application/json": _KONTRAKT[slag]},
            problem=schema.SKRIVER,
            nyckel=False,
            vag=argument,
        )
        def put(self, request: Request, **vag: str) -> HttpResponse:
            """Correct it, or report it if it is not registered."""
            return _write(request, slag, Avsikt.RATTA, vag[argument])

        @schema.beskriv(
            f"makulera{namn}",
            f"Makulera {den}",
            _MAKULERA[slag] + " Inget raderas, och en gång till ändrar inget.",
            avdelning=AVDELNING,
            svar={200: avtal.Delregistrering},
            parametrar=[schema.TORRKORNING, schema.VERSION, schema.ORSAK, schema.IF_MATCH],
            problem=schema.SKRIVER,
            nyckel=False,
            vag=argument,
        )
        def delete(self, request: Request, **vag: str) -> HttpResponse:
            """Cancel it."""
            return _write(
                request, slag, Avsikt.MAKULERA, readable(vag[argument]), parametrar=MAKULERING
            )

    EnDel.__doc__ = f"One {slag.value.lower()} by its id."
    return EnDel


Inskrivningar = addressed_by_key(Slag.INSKRIVNING)
Utskrivningar = addressed_by_key(Slag.UTSKRIVNING)
Flyttar = collection(Slag.FLYTT)
EnInskrivning = one(Slag.INSKRIVNING, "vardtillfalle_id")
EnUtskrivning = one(Slag.UTSKRIVNING, "vardtillfalle_id")
EnFlytt = one(Slag.FLYTT, "extern_id")


class Vardtillfallen(Vy):
    """Find an episode by what its inskrivning says."""

    @schema.beskriv(
        "hittaVardtillfalle",
        "Läs ett vårdtillfälle utan dess adress",
        "Pekar ut vårdtillfället med patientId, dag, tid och enhet, som i inskrivningen.",
        avdelning=AVDELNING,
        svar={200: avtal.Vardtillfallessvar},
        parametrar=schema.VARDTILLFALLESNYCKEL,
        problem=(*schema.LASER, 409),
    )
    def get(self, request: Request) -> HttpResponse:
        """Read the episode that the parameters point out."""
        anrop = read(request, NYCKEL)
        return _show_episode(anrop, _point_out(anrop))


class EttVardtillfalle(Vy):
    """One episode by its id."""

    @schema.beskriv(
        "lasVardtillfalle",
        "Läs ett vårdtillfälle",
        "Delarna i senaste version, vistelserna på varje enhet och vårdkontakten de bildar. En del "
        "som inte räknas in har vantar: true och skälet. Läs vårdkontakten själv på dess adress, "
        "med samma id.",
        avdelning=AVDELNING,
        svar={200: avtal.Vardtillfallessvar},
        vag="vardtillfalle_id",
    )
    def get(self, request: Request, vardtillfalle_id: str) -> HttpResponse:
        """Read every part and what they come to."""
        return _show_episode(read(request, ()), readable(vardtillfalle_id))


ADRESSER: Final = (
    path("inskrivningar", Inskrivningar.as_view(), name="inskrivningar"),
    path(
        "inskrivningar/<str:vardtillfalle_id>",
        EnInskrivning.as_view(),
        name="inskrivning",
    ),
    path("flyttar", Flyttar.as_view(), name="flyttar"),
    path("flyttar/<str:extern_id>", EnFlytt.as_view(), name="flytt"),
    path("utskrivningar", Utskrivningar.as_view(), name="utskrivningar"),
    path(
        "utskrivningar/<str:vardtillfalle_id>",
        EnUtskrivning.as_view(),
        name="utskrivning",
    ),
    path("vardtillfallen", Vardtillfallen.as_view(), name="vardtillfallen"),
    path(
        "vardtillfallen/<str:vardtillfalle_id>",
        EttVardtillfalle.as_view(),
        name="vardtillfalle",
    ),
)
