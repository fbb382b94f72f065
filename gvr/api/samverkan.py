"""Deltaganden and aktiviteter over the API: collaboration, and work without the patient."""

from datetime import date, time
from typing import Any

import msgspec
from django.http import HttpResponse
from django.urls import path
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from gvr.actions import logg, samverkan
from gvr.actions.leveranser import Begaran, Hinder, Svar
from gvr.actions.samverkan import Rapport
from gvr.api import avkodning, kontrakt, schema, svar
from gvr.api.anrop import Anrop, Vy, answer, read
from gvr.api.problem import as_fel, respond
from gvr.api.vyer import JSON, TORRKORNING
from gvr.core.aktivitet import Avser, Insats
from gvr.core.avvikelse import Avvikelse
from gvr.core.felkatalog import finding
from gvr.core.mottagning import Avsikt, identify
from gvr.core.samverkan import Del
from gvr.models import Aktivitet, Deltagande
from gvr.queries import samverkan as samverkansfragor
from gvr.queries.behorighet import databaskontext


class Samverkansvy(Vy):
    """What deltaganden and aktiviteter share."""

    modell: type[Deltagande] | type[Aktivitet]

    def _write(
        self,
        request: Request,
        avsikt: Avsikt,
        extern_id: str | None,
        *,
        parametrar: tuple[str, ...] = TORRKORNING,
    ) -> HttpResponse:
        def work(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
            return samverkan.receive(
                self._rapport(anrop, avsikt, extern_id, body),
                self.modell,
                avsandare=anrop.avsandare,
                begaran=begaran,
                today=anrop.today,
                utforma=svar.collaboration(str(anrop.id), torrkorning=anrop.torrkorning),
                torrkorning=anrop.torrkorning,
            )

        return answer(
            request,
            parametrar,
            work,
            mediatyper=() if avsikt is Avsikt.MAKULERA else JSON,
            key_required=avsikt is Avsikt.SKAPA,
        )

    def _rapport(self, anrop: Anrop, avsikt: Avsikt, extern_id: str | None, body: bytes) -> Rapport:
        vantad = None if avsikt is Avsikt.SKAPA else anrop.expected_version()
        if avsikt is Avsikt.MAKULERA:
            version = anrop.number("version", fran=1, till=1_000_000_000)
            return Rapport(id=extern_id or "", avsikt=avsikt, version=version, vantad=vantad)
        slag: type[Any] = kontrakt.Deltagande
        if self.modell is Aktivitet:
            slag = kontrakt.Aktivitet
        post = avkodning.decode(body, slag)
        if isinstance(post, list):
            return Rapport(id="", avsikt=avsikt, avvikelser=tuple(post))
        findings = []
        if extern_id is not None and post.id != extern_id:
            findings.append(finding("ID_STAMMER_EJ", pekare="/id"))
        if not post.id.isprintable():
            findings.append(finding("FEL_FORMAT", pekare="/id"))
        tid = avkodning.as_time(post.tid) if post.tid is not None else None
        if post.tid is not None and tid is None:
            findings.append(finding("FEL_FORMAT", pekare="/tid"))
        enhet = post.enhet.reference()
        if enhet is None:
            findings.append(finding("ENHET_OTYDLIG", pekare="/enhet"))
        for namn in ("atgarder", "diagnoser"):
            for plats, kod in enumerate(getattr(post, namn, ())):
                if not kod.isalnum():
                    findings.append(finding("FEL_FORMAT", pekare=f"/{namn}/{plats}"))
        huvud = ""
        if isinstance(post, kontrakt.Deltagande):
            huvud, fel = _main_unit(post.huvudkontakt)
            findings += fel
        if findings:
            id_ = post.id if post.id.isprintable() else ""
            return Rapport(id=id_, avsikt=avsikt, avvikelser=tuple(findings))
        return Rapport(
            id=post.id,
            avsikt=avsikt,
            innehall=(
                _as_part(post, enhet or "", tid, huvud)
                if isinstance(post, kontrakt.Deltagande)
                else _as_activity(post, enhet or "", tid)
            ),
            version=post.version,
            vantad=vantad,
        )

    def _read_one(self, request: Request, extern_id: str) -> HttpResponse:
        """Show what a system has reported under an id; a part with how it stands to its contact."""
        anrop = read(request, ())
        avsandare = anrop.avsandare
        if "\x00" in extern_id:
            raise NotFound
        nyckel = (avsandare.kallsystem, extern_id)
        with databaskontext(vardgivare=avsandare.synliga, enheter=avsandare.enheter):
            rad = samverkansfragor.newest(
                self.modell, kallsystem=avsandare.kallsystem, extern_id=extern_id
            )
            if rad is None:
                raise NotFound
            innehall = _content(rad)
            kvittenser = samverkansfragor.receipts(rad)
        tillfalle = None
        fynd = samverkan.code_findings(rad)
        with databaskontext(alla=True):
            if isinstance(rad, Deltagande):
                tillfalle = samverkansfragor.occasions([nyckel]).get(nyckel)
            if rad.patient_id is not None:
                logg.record(
                    by=request.user,
                    handelse="LAS",
                    patienter=[rad.patient_id],
                    at=anrop.at,
                    objekt=f"{rad._meta.verbose_name} {rad.uuid}",
                    vardgivare_id=rad.vardgivare_id,
                )
        body = kontrakt.Samverkansvar(
            uuid=str(rad.uuid),
            id=rad.extern_id,
            version=rad.version,
            utfall="MAKULERAD" if rad.makulerad else "REGISTRERAD",
            makulerad=rad.makulerad,
            innehall=innehall,
            kvittenser=[svar.as_part_receipt(kvittens) for kvittens in kvittenser],
        )
        if tillfalle is not None:
            dom = tillfalle.tie_of(nyckel)
            body.koppling = dom.koppling.value
            body.motparter = svar.as_counterparts(tillfalle, nyckel)
            fynd = (*fynd, *dom.avvikelser)
        body.anmarkningar = as_fel(fynd)
        return respond(
            200,
            msgspec.json.encode(body),
            begaran_id=str(anrop.id),
            headers={"ETag": f'"{rad.version}"'},
        )


def _main_unit(post: kontrakt.Huvudkontakt) -> tuple[str, list[Avvikelse]]:
    """Return the main unit's kombika or HSA-id, empty when it is not how it is pointed out."""
    if not isinstance(post.enhet, kontrakt.Enhet):
        return "", []
    enhet = post.enhet.reference()
    if enhet is None:
        return "", [finding("ENHET_OTYDLIG", pekare="/huvudkontakt/enhet")]
    return enhet, []


def _as_part(post: kontrakt.Deltagande, enhet: str, tid: time | None, huvud: str) -> Del:
    utpekad = post.huvudkontakt
    return Del(
        id=post.id,
        huvud_kallsystem=utpekad.kallsystem or "",
        huvud_vardhandelse_id=utpekad.vardhandelse_id or "",
        huvud_enhet=huvud,
        enhet=enhet,
        dag=post.dag,
        yrkeskategorier=post.yrkeskategorier,
        patient_id=_patient(post.patient_id, post.dag),
        tid=tid,
        minuter=post.minuter,
        atgarder=post.atgarder,
        roll=post.roll,
    )


def _as_activity(post: kontrakt.Aktivitet, enhet: str, tid: time | None) -> Insats:
    avser = post.avser or (Avser.INGEN if post.patient_id is None else Avser.PATIENT)
    return Insats(
        id=post.id,
        typ=post.typ,
        avser=avser,
        enhet=enhet,
        dag=post.dag,
        yrkeskategori=post.yrkeskategori,
        patient_id=_patient(post.patient_id, post.dag),
        tid=tid,
        minuter=post.minuter,
        diagnoser=post.diagnoser,
        atgarder=post.atgarder,
    )


def _patient(patient_id: str | None, dag: date) -> str | None:
    if patient_id is None:
        return None
    return identify(patient_id, day=dag, fodd=None, kon=None)[0]


def _content(rad: Deltagande | Aktivitet) -> dict[str, Any]:
    """Return the content in the contract's form."""
    innehall: dict[str, Any] = {
        "id": rad.extern_id,
        "enhet": svar.as_unit(rad.enhet.kombika),
        "dag": rad.dag.isoformat(),
        "atgarder": rad.atgarder,
    }
    if rad.tid is not None:
        innehall["tid"] = rad.tid.isoformat()
    if rad.minuter is not None:
        innehall["minuter"] = rad.minuter
    if rad.patient_id is not None:
        innehall["patientId"] = rad.patient_id
    if isinstance(rad, Aktivitet):
        return innehall | {
            "yrkeskategori": rad.yrkeskategori,
            "typ": rad.typ,
            "avser": rad.avser,
            "diagnoser": rad.diagnoser,
        }
    huvud: dict[str, Any] = {}
    if rad.huvud_enhet is not None:
        huvud["enhet"] = svar.as_unit(rad.huvud_enhet.kombika)
    if rad.tillfalle is not None:
        huvud["kallsystem"] = rad.tillfalle.huvud_kallsystem
        huvud["vardhandelseId"] = rad.tillfalle.huvud_vardhandelse_id
    return innehall | {
        "yrkeskategorier": rad.yrkeskategorier,
        "roll": rad.roll,
        "huvudkontakt": huvud,
    }


class Deltaganden(Samverkansvy):
    """Report a part in another party's contact."""

    modell = Deltagande

    @schema.beskriv(
        "rapporteraDeltagande",
        "Rapportera ett deltagande",
        "Deltagandet pekar ut den vårdkontakt som en annan avtalspart rapporterar (BTYP "
        "A eller B) och kopplas till den, vilken som än kommer först. Vårdkontakten pekas ut med "
        "källsystem och vårdhändelse-id eller, när de inte är kända, med patientId, dag och den "
        "huvudansvarigas enhet.",
        avdelning="Samverkan",
        svar={200: kontrakt.Samverkansvar, 201: kontrakt.Samverkansvar},
        parametrar=[schema.TORRKORNING],
        kropp={"application/json": kontrakt.Deltagande},
        problem=schema.SKRIVER,
        nyckel=True,
    )
    def post(self, request: Request) -> HttpResponse:
        """Report a new part."""
        return self._write(request, Avsikt.SKAPA, None)


class EttDeltagande(Samverkansvy):
    """One part by its id."""

    modell = Deltagande

    @schema.beskriv(
        "lasDeltagande",
        "Läs ett deltagande",
        "Den senaste versionen.",
        avdelning="Samverkan",
        svar={200: kontrakt.Samverkansvar},
        vag="extern_id",
    )
    def get(self, request: Request, extern_id: str) -> HttpResponse:
        """Read the newest version and how it stands to its contact."""
        return self._read_one(request, extern_id)

    @schema.beskriv(
        "rattaDeltagande",
        "Rätta ett deltagande",
        "Samma regler för versioner som för en vårdkontakt.",
        avdelning="Samverkan",
        svar={200: kontrakt.Samverkansvar, 201: kontrakt.Samverkansvar},
        parametrar=[schema.TORRKORNING, schema.IF_MATCH],
        kropp={"application/json": kontrakt.Deltagande},
        problem=schema.SKRIVER,
        nyckel=False,
        vag="extern_id",
    )
    def put(self, request: Request, extern_id: str) -> HttpResponse:
        """Correct it, or report it if it is not registered."""
        return self._write(request, Avsikt.RATTA, extern_id)

    @schema.beskriv(
        "makuleraDeltagande",
        "Makulera ett deltagande",
        "Registrerar en makulerad version; inget raderas.",
        avdelning="Samverkan",
        svar={200: kontrakt.Samverkansvar},
        parametrar=[schema.TORRKORNING, schema.VERSION, schema.IF_MATCH],
        problem=schema.SKRIVER,
        nyckel=False,
        vag="extern_id",
    )
    def delete(self, request: Request, extern_id: str) -> HttpResponse:
        """Cancel it."""
        return self._write(
            request, Avsikt.MAKULERA, extern_id, parametrar=("torrkorning", "version")
        )


class Aktiviteter(Samverkansvy):
    """Report work without patient contact."""

    modell = Aktivitet

    @schema.beskriv(
        "rapporteraAktivitet",
        "Rapportera en aktivitet",
        "Arbete utan att patienten är med, till exempel en rehabkoordinators. Blir "
        "aldrig en vårdkontakt.",
        avdelning="Samverkan",
        svar={200: kontrakt.Samverkansvar, 201: kontrakt.Samverkansvar},
        parametrar=[schema.TORRKORNING],
        kropp={"application/json": kontrakt.Aktivitet},
        problem=schema.SKRIVER,
        nyckel=True,
    )
    def post(self, request: Request) -> HttpResponse:
        """Report a new activity."""
        return self._write(request, Avsikt.SKAPA, None)


class EnAktivitet(Samverkansvy):
    """One activity by its id."""

    modell = Aktivitet

    @schema.beskriv(
        "lasAktivitet",
        "Läs en aktivitet",
        "Den senaste versionen.",
        avdelning="Samverkan",
        svar={200: kontrakt.Samverkansvar},
        vag="extern_id",
    )
    def get(self, request: Request, extern_id: str) -> HttpResponse:
        """Read the newest version."""
        return self._read_one(request, extern_id)

    @schema.beskriv(
        "rattaAktivitet",
        "Rätta en aktivitet",
        "Samma regler för versioner som för en vårdkontakt.",
        avdelning="Samverkan",
        svar={200: kontrakt.Samverkansvar, 201: kontrakt.Samverkansvar},
        parametrar=[schema.TORRKORNING, schema.IF_MATCH],
        kropp={"application/json": kontrakt.Aktivitet},
        problem=schema.SKRIVER,
        nyckel=False,
        vag="extern_id",
    )
    def put(self, request: Request, extern_id: str) -> HttpResponse:
        """Correct it, or report it if it is not registered."""
        return self._write(request, Avsikt.RATTA, extern_id)

    @schema.beskriv(
        "makuleraAktivitet",
        "Makulera en aktivitet",
        "Registrerar en makulerad version; inget raderas.",
        avdelning="Samverkan",
        svar={200: kontrakt.Samverkansvar},
        parametrar=[schema.TORRKORNING, schema.VERSION, schema.IF_MATCH],
        problem=schema.SKRIVER,
        nyckel=False,
        vag="extern_id",
    )
    def delete(self, request: Request, extern_id: str) -> HttpResponse:
        """Cancel it."""
        return self._write(
            request, Avsikt.MAKULERA, extern_id, parametrar=("torrkorning", "version")
        )


ADRESSER = (
    path("deltaganden", Deltaganden.as_view(), name="deltaganden"),
    path("deltaganden/<str:extern_id>", EttDeltagande.as_view(), name="deltagande"),
    path("aktiviteter", Aktiviteter.as_view(), name="aktiviteter"),
    path("aktiviteter/<str:extern_id>", EnAktivitet.as_view(), name="aktivitet"),
)
