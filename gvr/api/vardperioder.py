"""The addresses of vårdansvar and vårdperioder: their start, their end, and what they come to."""

from typing import Any, Final

import msgspec
from django.http import HttpResponse
from django.urls import path
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from gvr.actions import logg, vardperioder
from gvr.actions.handelser import Besked, Rapport
from gvr.actions.leveranser import Begaran, Hinder, Svar
from gvr.actions.vardkontakter import AVVISAD
from gvr.api import avkodning, schema, svar
from gvr.api import vardperiodskontrakt as avtal
from gvr.api.anrop import Anrop, Vy, answer, read
from gvr.api.handelser import as_content, cancellation, readable, unreadable
from gvr.api.problem import Avvisat, as_fel, respond
from gvr.core.felkatalog import finding
from gvr.core.mottagning import Avsikt, identify
from gvr.core.vardperiod import Lage, Moment, Period, Slag, Slut, Start
from gvr.models import Ersattningshandelse, Periodrapport
from gvr.queries import vardperioder as registrerade
from gvr.queries.behorighet import databaskontext

JSON: Final = ("application/json",)
MAKULERING: Final = ("torrkorning", "version", "orsak")
AVDELNING: Final = "Vårdansvar och vårdperioder"
_KONTRAKT: Final[dict[Slag, type[Any]]] = {
    Slag.VARDANSVAR: avtal.Vardansvar,
    Slag.VARDPERIOD: avtal.Vardperiod,
}


def _write(
    request: Request, slag: Slag, moment: Moment, avsikt: Avsikt, id_: str | None
) -> HttpResponse:
    versioner: list[int] = []

    def work(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
        rapport = (
            cancellation(anrop, id_ or "")
            if avsikt is Avsikt.MAKULERA
            else _report(anrop, slag, moment, avsikt, id_, body)
        )

        def utforma(besked: Besked) -> Svar:
            versioner[:] = [besked.version] if besked.version else []
            return _as_answer(besked, slag, moment, str(anrop.id), torrkorning=anrop.torrkorning)

        return vardperioder.receive(
            rapport,
            slag,
            moment,
            avsandare=anrop.avsandare,
            begaran=begaran,
            today=anrop.today,
            utforma=utforma,
            torrkorning=anrop.torrkorning,
        )

    cancels = avsikt is Avsikt.MAKULERA
    return answer(
        request,
        MAKULERING if cancels else ("torrkorning",),
        work,
        mediatyper=() if cancels else JSON,
        key_required=avsikt is Avsikt.SKAPA,
        headers=lambda: {"ETag": f'"{versioner[0]}"'} if versioner else {},
    )


def _report(
    anrop: Anrop, slag: Slag, moment: Moment, avsikt: Avsikt, id_: str | None, body: bytes
) -> Rapport:
    vantad = anrop.expected_version() if avsikt is Avsikt.RATTA else None
    post = avkodning.decode(body, avtal.Periodslut if moment is Moment.SLUT else _KONTRAKT[slag])
    if isinstance(post, list):
        return Rapport(id="", avsikt=avsikt, avvikelser=tuple(post))
    eget = str(id_) if moment is Moment.SLUT else str(post.id)
    enhet = post.enhet.reference()
    fynd = unreadable(eget, enhet, post.orsak)
    if moment is Moment.START and id_ is not None and post.id != id_:
        fynd.append(finding("ID_STAMMER_EJ", pekare="/id"))
    for namn in ("diagnoser", "tillstand"):
        for plats, kod in enumerate(getattr(post, namn, ())):
            if not kod.isalnum():
                fynd.append(finding("FEL_FORMAT", pekare=f"/{namn}/{plats}"))
    if fynd:
        return Rapport(id="", avsikt=avsikt, avvikelser=tuple(fynd))
    gemensamt: dict[str, Any] = {
        "id": eget,
        "patient_id": identify(post.patient_id, day=post.dag, fodd=None, kon=None)[0],
        "enhet": enhet or "",
        "dag": post.dag,
        "diagnoser": post.diagnoser,
    }
    innehall: Start | Slut
    if moment is Moment.SLUT:
        innehall = Slut(**gemensamt)
    else:
        innehall = Start(
            **gemensamt,
            typ=post.typ,
            tillstand=post.tillstand,
            diagnosgrupp=getattr(post, "diagnosgrupp", None),
            kontaktvag=getattr(post, "kontaktvag", None),
            kontaktvag_dag=getattr(post, "kontaktvag_dag", None),
            patientkategori=getattr(post, "patientkategori", None),
            missbruksdiagnos=getattr(post, "missbruksdiagnos", None),
        )
    return Rapport(
        id=eget,
        avsikt=avsikt,
        innehall=innehall,
        version=post.version,
        vantad=vantad,
        orsak=post.orsak,
    )


def _as_answer(
    besked: Besked, slag: Slag, moment: Moment, begaran_id: str, *, torrkorning: bool
) -> Svar:
    if besked.utfall == AVVISAD:
        return svar.refuse(begaran_id, besked.status, besked.avvikelser)
    period: Period = besked.mer
    body = avtal.Periodregistrering(
        utfall=besked.utfall,  # type: ignore[arg-type]  # one of the literals
        slag=slag.value,
        moment=moment.value,
        id=besked.id,
        version=besked.version,
        makulerad=besked.makulerad,
        lage=period.lage.value,
        fran=None if period.start is None else period.start.dag.isoformat(),
        till=None if period.slut is None else period.slut.isoformat(),
        leverans=None if torrkorning else begaran_id,
        torrkorning=torrkorning,
        anmarkningar=as_fel(besked.avvikelser),
    )
    status = 200 if torrkorning else besked.status
    return Svar(status=status, kropp=msgspec.json.encode(body))


# --- reading -------------------------------------------------------------------------------------


def _show(request: Request, slag: Slag, id_: str) -> HttpResponse:
    """Show a period of either door; the reading is logged."""
    anrop, id_ = read(request, ()), readable(id_)
    avsandare = anrop.avsandare
    delar = registrerade.visible(
        avsandare.kallsystem,
        slag,
        id_,
        vardgivare=avsandare.synliga,
        enheter=avsandare.enheter,
    )
    with databaskontext(vardgivare=avsandare.synliga, enheter=avsandare.enheter):
        handelse = registrerade.event(avsandare.kallsystem, slag, id_)
    forst = None if delar is None else delar.start or delar.slut
    if forst is None and handelse is None:
        raise NotFound
    patient = forst.patient_id if forst is not None else handelse.patient_id  # type: ignore[union-attr]  # one of them is there
    vardgivare = forst.vardgivare_id if forst is not None else handelse.vardgivare_id  # type: ignore[union-attr]  # one of them is there
    with databaskontext(vardgivare=avsandare.synliga, enheter=avsandare.enheter):
        kontakter = registrerade.contacts_of(avsandare.kallsystem, slag, id_, patient)
    with databaskontext(alla=True):
        logg.record(
            by=request.user,
            handelse="LAS",
            patienter=[patient],
            at=anrop.at,
            objekt=f"{'vårdansvar' if slag is Slag.VARDANSVAR else 'vårdperiod'}",
            vardgivare_id=vardgivare,
        )
    if delar is not None and forst is not None:
        body = _of_parts(slag, id_, delar, forst, kontakter)
        version = forst.version
    else:
        assert handelse is not None  # noqa: S101  - said above
        body, version = _of_file(slag, handelse, kontakter), 1
    return respond(
        200,
        msgspec.json.encode(body),
        begaran_id=str(anrop.id),
        headers={"ETag": f'"{version}"'},
    )


def _of_parts(
    slag: Slag,
    id_: str,
    delar: registrerade.Delar,
    forst: Periodrapport,
    kontakter: list[str],
) -> avtal.Periodsvar:
    period = delar.period
    return avtal.Periodsvar(
        slag=slag.value,
        id=id_,
        lage=period.lage.value,
        kalla="DELAR",
        patient_id=forst.patient_id,
        enhet=svar.as_unit(forst.enhet_ref),
        fran=None if period.start is None else period.start.dag.isoformat(),
        till=None if period.slut is None else period.slut.isoformat(),
        typ=None if period.start is None else period.start.typ,
        start=_report_of(delar.start),
        slut=_report_of(delar.slut),
        kontakter=kontakter,
        anmarkningar=as_fel(period.fynd),
    )


def _report_of(rad: Periodrapport | None) -> avtal.Periodrapport | None:
    if rad is None:
        return None
    innehall = as_content(registrerade.as_part(rad))
    if rad.moment == Moment.SLUT:
        del innehall["id"]  # stands in the address
    return avtal.Periodrapport(
        version=rad.version,
        registrerad=rad.registrerad.isoformat(),
        innehall=innehall,
        makulerad=rad.makulerad,
    )


def _of_file(slag: Slag, handelse: Ersattningshandelse, kontakter: list[str]) -> avtal.Periodsvar:
    return avtal.Periodsvar(
        slag=slag.value,
        id=handelse.handelse_id,
        lage=_lage(handelse).value,
        kalla="FIL",
        patient_id=handelse.patient_id,
        enhet=svar.as_unit(handelse.enhet_ref),
        fran=handelse.dag.isoformat(),
        till=None if handelse.slutdag is None else handelse.slutdag.isoformat(),
        typ=_typ(handelse),
        kontakter=kontakter,
    )


def _lage(handelse: Ersattningshandelse) -> Lage:
    if handelse.makulerad:
        return Lage.MAKULERAD
    return Lage.PAGAR if handelse.slutdag is None else Lage.AVSLUTAD


def _typ(handelse: Ersattningshandelse) -> str | None:
    typ = handelse.innehall.get("Händelsetyp") or handelse.innehall.get("typ")
    if typ is None:
        return None
    return {"Basal": "BASAL", "Avancerad": "AVANCERAD", "Okänt": "OKANT"}.get(typ, str(typ))


def _list(request: Request, slag: Slag) -> HttpResponse:
    anrop = read(request, ("patientId",))
    nummer = anrop.parametrar.get("patientId")
    if not nummer or len(nummer) > 32:
        raise Avvisat("OGILTIG_PARAMETER", text="Ange patientId, högst 32 tecken.")
    patient = identify(nummer, day=anrop.today, fodd=None, kon=None)[0]
    rader = registrerade.of_patient(
        slag,
        kallsystem=anrop.avsandare.kallsystem,
        patient_id=patient,
        vardgivare=anrop.avsandare.synliga,
        enheter=anrop.avsandare.enheter,
    )
    if rader:
        with databaskontext(alla=True):
            logg.record(
                by=request.user,
                handelse="LAS",
                patienter=[patient],
                at=anrop.at,
                objekt="vårdansvar" if slag is Slag.VARDANSVAR else "vårdperioder",
                vardgivare_id=rader[0].vardgivare_id,
            )
    body = avtal.Periodlista(
        perioder=[
            avtal.Periodrad(
                id=rad.handelse_id,
                lage=_lage(rad).value,
                enhet=svar.as_unit(rad.enhet_ref),
                fran=rad.dag.isoformat(),
                till=None if rad.slutdag is None else rad.slutdag.isoformat(),
                typ=_typ(rad),
            )
            for rad in rader
        ]
    )
    return respond(200, msgspec.json.encode(body), begaran_id=str(anrop.id))


# --- the addresses -------------------------------------------------------------------------------

_NAMN: Final = {Slag.VARDANSVAR: "Vardansvar", Slag.VARDPERIOD: "Vardperiod"}
_ETT: Final = {Slag.VARDANSVAR: "ett vårdansvar", Slag.VARDPERIOD: "en vårdperiod"}
_DET: Final = {Slag.VARDANSVAR: "vårdansvaret", Slag.VARDPERIOD: "vårdperioden"}
_NAMNS: Final = {Slag.VARDANSVAR: "tillhorVardansvar", Slag.VARDPERIOD: "vardperiod"}
_REGISTRERAT: Final = {200: avtal.Periodregistrering, 201: avtal.Periodregistrering}


def collection(slag: Slag) -> type[Vy]:
    """Return the view that takes new periods and lists a patient's."""

    class Perioder(Vy):
        @schema.beskriv(
            f"borja{_NAMN[slag]}",
            f"Rapportera att {_ETT[slag]} börjar",
            f"Vårdkontakter hör till {_DET[slag]} genom att ange dess id i {_NAMNS[slag]}, och "
            "kopplas vilken som än kommer först.",
            avdelning=AVDELNING,
            svar=_REGISTRERAT,
            parametrar=[schema.TORRKORNING],
            kropp={"application/json": _KONTRAKT[slag]},
            problem=schema.SKRIVER,
            nyckel=True,
        )
        def post(self, request: Request) -> HttpResponse:
            """Report a new start."""
            return _write(request, slag, Moment.START, Avsikt.SKAPA, None)

        @schema.beskriv(
            f"lista{_NAMN[slag]}",
            f"Lista patientens {'vårdansvar' if slag is Slag.VARDANSVAR else 'vårdperioder'}",
            "De som systemet rapporterat, i ordning efter start.",
            avdelning=AVDELNING,
            svar={200: avtal.Periodlista},
            parametrar=[schema.PATIENT],
        )
        def get(self, request: Request) -> HttpResponse:
            """List a patient's periods."""
            return _list(request, slag)

    Perioder.__doc__ = f"Report the start of a {slag.value.lower()}; list a patient's."
    return Perioder


def one(slag: Slag) -> type[Vy]:
    """Return the view of one period by its id."""

    class EnPeriod(Vy):
        @schema.beskriv(
            f"las{_NAMN[slag]}",
            f"Läs {_ETT[slag]}",
            "Perioden som den är nu, dess start och slut i senaste version och de vårdkontakter "
            "som hör till den.",
            avdelning=AVDELNING,
            svar={200: avtal.Periodsvar},
            vag="extern_id",
        )
        def get(self, request: Request, extern_id: str) -> HttpResponse:
            """Read the period, its reports and its contacts."""
            return _show(request, slag, extern_id)

        @schema.beskriv(
            f"ratta{_NAMN[slag]}",
            f"Rätta starten på {_ETT[slag]}",
            "Samma regler för versioner som för en vårdkontakt.",
            avdelning=AVDELNING,
            svar=_REGISTRERAT,
            parametrar=[schema.TORRKORNING, schema.IF_MATCH],
            kropp={"application/json": _KONTRAKT[slag]},
            problem=schema.SKRIVER,
            nyckel=False,
            vag="extern_id",
        )
        def put(self, request: Request, extern_id: str) -> HttpResponse:
            """Correct the start, or report it if it is not registered."""
            return _write(request, slag, Moment.START, Avsikt.RATTA, extern_id)

        @schema.beskriv(
            f"makulera{_NAMN[slag]}",
            f"Ta bort {_ETT[slag]}",
            "Perioden makuleras; inget raderas. Ett rapporterat slut finns kvar och väntar.",
            avdelning=AVDELNING,
            svar={200: avtal.Periodregistrering},
            parametrar=[schema.TORRKORNING, schema.VERSION, schema.ORSAK, schema.IF_MATCH],
            problem=schema.SKRIVER,
            nyckel=False,
            vag="extern_id",
        )
        def delete(self, request: Request, extern_id: str) -> HttpResponse:
            """Cancel the period."""
            return _write(request, slag, Moment.START, Avsikt.MAKULERA, readable(extern_id))

    EnPeriod.__doc__ = f"One {slag.value.lower()} by its id."
    return EnPeriod


def end(slag: Slag) -> type[Vy]:
    """Return the view of one period's end."""

    class Slutet(Vy):
        @schema.beskriv(
            f"avsluta{_NAMN[slag]}",
            f"Rapportera att {_ETT[slag]} slutar",
            "Kommer slutet före starten väntar det (VANTAR) och kommer med av sig självt.",
            avdelning=AVDELNING,
            svar=_REGISTRERAT,
            parametrar=[schema.TORRKORNING],
            kropp={"application/json": avtal.Periodslut},
            problem=schema.SKRIVER,
            nyckel=True,
            vag="extern_id",
        )
        def post(self, request: Request, extern_id: str) -> HttpResponse:
            """Report a new end."""
            return _write(request, slag, Moment.SLUT, Avsikt.SKAPA, readable(extern_id))

        @schema.beskriv(
            f"rattaSlut{_NAMN[slag]}",
            f"Rätta slutet på {_ETT[slag]}",
            "Samma regler för versioner som för en vårdkontakt.",
            avdelning=AVDELNING,
            svar=_REGISTRERAT,
            parametrar=[schema.TORRKORNING, schema.IF_MATCH],
            kropp={"application/json": avtal.Periodslut},
            problem=schema.SKRIVER,
            nyckel=False,
            vag="extern_id",
        )
        def put(self, request: Request, extern_id: str) -> HttpResponse:
            """Correct the end, or report it if it is not registered."""
            return _write(request, slag, Moment.SLUT, Avsikt.RATTA, readable(extern_id))

        @schema.beskriv(
            f"makuleraSlut{_NAMN[slag]}",
            f"Ta bort slutet på {_ETT[slag]}",
            "Perioden pågår igen; inget raderas.",
            avdelning=AVDELNING,
            svar={200: avtal.Periodregistrering},
            parametrar=[schema.TORRKORNING, schema.VERSION, schema.ORSAK, schema.IF_MATCH],
            problem=schema.SKRIVER,
            nyckel=False,
            vag="extern_id",
        )
        def delete(self, request: Request, extern_id: str) -> HttpResponse:
            """Cancel the end."""
            return _write(request, slag, Moment.SLUT, Avsikt.MAKULERA, readable(extern_id))

    Slutet.__doc__ = f"The end of one {slag.value.lower()}."
    return Slutet


ADRESSER: Final = tuple(
    path(f"{adress}{tillagg}", vy(slag).as_view(), name=f"{namn}")
    for slag, adress, namnen in (
        (Slag.VARDANSVAR, "vardansvar", ("vardansvar", "ett_vardansvar", "vardansvar_slut")),
        (Slag.VARDPERIOD, "vardperioder", ("vardperioder", "vardperiod", "vardperiod_slut")),
    )
    for vy, tillagg, namn in zip(
        (collection, one, end),
        ("", "/<str:extern_id>", "/<str:extern_id>/slut"),
        namnen,
        strict=True,
    )
)
