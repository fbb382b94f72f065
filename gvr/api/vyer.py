"""The addresses of the API. Each translates in, makes one call, translates out."""

from typing import Any, Final

import msgspec
from django.http import HttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from gvr.actions import ersmofiler, logg, vardkontakter
from gvr.actions.leveranser import Begaran, Hinder, Svar
from gvr.api import avkodning, kontrakt, kvot, schema, svar
from gvr.api.anrop import Anrop, Vy, answer, read
from gvr.api.problem import Avvisat, as_fel, respond
from gvr.core.ersmoindata import Filfel
from gvr.core.felkatalog import FELKATALOG, finding
from gvr.core.fritext import contains_identity, is_plain
from gvr.core.mottagning import Avsikt, Inkommet, identify
from gvr.models import Vardkontaktversion
from gvr.queries import kvittenser as feed
from gvr.queries import kvittensform, samverkan, vardperioder
from gvr.queries import vardkontakter as registrerade
from gvr.queries.behorighet import databaskontext

JSON: Final = ("application/json",)
BATCH: Final = ("application/json", "application/x-ndjson", "application/ndjson")
XML: Final = ("application/xml", "text/xml")

TORRKORNING: Final = ("torrkorning",)
NATURLIG_NYCKEL: Final = (
    "vardhandelseId",
    "patientId",
    "dag",
    "enhet.inr",
    "enhet.klin",
    "enhet.avd",
    "enhet.kombika",
    "enhet.hsaId",
)
MAKULERING: Final = ("torrkorning", "version", "orsak")


# --- vårdkontakter -------------------------------------------------------------------------------


class Vardkontakter(Vy):
    """Report a contact; read or cancel one that the parameters point out."""

    @schema.beskriv(
        "rapporteraVardkontakt",
        "Rapportera en vårdkontakt",
        "Registrerar en ny vårdkontakt och svarar med alla avvikelser på en gång. Finns den redan "
        "med samma innehåll ändras inget; med annat innehåll blir svaret 409.",
        avdelning="Vårdkontakter",
        svar={200: kontrakt.Registrering, 201: kontrakt.Registrering},
        parametrar=[schema.TORRKORNING],
        kropp={"application/json": kontrakt.Vardkontakt},
        problem=schema.SKRIVER,
        nyckel=True,
    )
    def post(self, request: Request) -> HttpResponse:
        """Report a new contact."""
        return _report(request, Avsikt.SKAPA, None)

    @schema.beskriv(
        "hittaVardkontakt",
        "Läs en vårdkontakt utan dess adress",
        "Pekar ut vårdkontakten med vardhandelseId, eller med patientId, dag och enhet.",
        avdelning="Vårdkontakter",
        svar={200: kontrakt.Vardkontaktsvar},
        parametrar=schema.NATURLIG_NYCKEL,
        problem=(*schema.LASER, 409),
    )
    def get(self, request: Request) -> HttpResponse:
        """Read a contact by its id, or by patient, day and unit."""
        anrop = read(request, NATURLIG_NYCKEL)
        return _show(anrop, _find(anrop))

    @schema.beskriv(
        "hittaOchMakuleraVardkontakt",
        "Makulera en vårdkontakt utan dess adress",
        "Pekar ut vårdkontakten med vardhandelseId, eller med patientId, dag och enhet.",
        avdelning="Vårdkontakter",
        svar={200: kontrakt.Registrering},
        parametrar=[
            *schema.NATURLIG_NYCKEL,
            schema.TORRKORNING,
            schema.VERSION,
            schema.ORSAK,
            schema.IF_MATCH,
        ],
        problem=schema.SKRIVER,
        nyckel=False,
    )
    def delete(self, request: Request) -> HttpResponse:
        """Cancel a contact by its id, or by patient, day and unit."""
        return _cancel(request, (*NATURLIG_NYCKEL, *MAKULERING), None)


class Vardkontakt(Vy):
    """One contact by its id."""

    @schema.beskriv(
        "lasVardkontakt",
        "Läs en vårdkontakt",
        "Den senaste versionen, kvittenserna och andra parters deltagande. En makulerad "
        "vårdkontakt finns kvar och har makulerad: true.",
        avdelning="Vårdkontakter",
        svar={200: kontrakt.Vardkontaktsvar},
        vag="vardhandelse_id",
    )
    def get(self, request: Request, vardhandelse_id: str) -> HttpResponse:
        """Read the newest version."""
        anrop = read(request, ())
        return _show(anrop, _find_by_id(anrop, vardhandelse_id))

    @schema.beskriv(
        "rattaVardkontakt",
        "Rätta en vårdkontakt",
        "Registrerar en ny version. Är vårdkontakten inte registrerad blir den det (201). Samma "
        "innehåll igen ändrar inget. Ett versionsnummer som inte är högre än det registrerade "
        "ger 409, och If-Match med en annan version ger 412.",
        avdelning="Vårdkontakter",
        svar={200: kontrakt.Registrering, 201: kontrakt.Registrering},
        parametrar=[schema.TORRKORNING, schema.IF_MATCH],
        kropp={"application/json": kontrakt.Vardkontakt},
        problem=schema.SKRIVER,
        nyckel=False,
        vag="vardhandelse_id",
    )
    def put(self, request: Request, vardhandelse_id: str) -> HttpResponse:
        """Correct it, or report it if it is not registered."""
        return _report(request, Avsikt.RATTA, vardhandelse_id)

    @schema.beskriv(
        "makuleraVardkontakt",
        "Makulera en vårdkontakt",
        "Registrerar en makulerad version; inget raderas. En gång till ändrar inget.",
        avdelning="Vårdkontakter",
        svar={200: kontrakt.Registrering},
        parametrar=[schema.TORRKORNING, schema.VERSION, schema.ORSAK, schema.IF_MATCH],
        problem=schema.SKRIVER,
        nyckel=False,
        vag="vardhandelse_id",
    )
    def delete(self, request: Request, vardhandelse_id: str) -> HttpResponse:
        """Cancel it."""
        return _cancel(request, MAKULERING, vardhandelse_id)


class Vardkontaktbatch(Vy):
    """Report up to 5 000 contacts at once."""

    @schema.beskriv(
        "rapporteraVardkontakter",
        "Rapportera många vårdkontakter",
        "Högst 5 000 vårdkontakter, som en JSON-lista eller som NDJSON. Var och en prövas för "
        "sig: 200 när alla togs emot, 207 när någon avvisades. Med atomar=true registreras alla "
        "eller ingen. Samma id två gånger i en leverans avvisas på båda ställena.",
        avdelning="Vårdkontakter",
        svar={200: kontrakt.Batchsvar, 207: kontrakt.Batchsvar},
        parametrar=[schema.TORRKORNING, schema.ATOMAR, schema.ANTAL_KONTAKTER],
        kropp=schema.BATCHKROPP,
        problem=schema.SKRIVER,
        nyckel=True,
    )
    def post(self, request: Request) -> HttpResponse:
        """Take each contact for itself, or with `atomar` all or none."""

        def work(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
            return vardkontakter.receive(
                _read_batch(anrop, body),
                avsandare=anrop.avsandare,
                begaran=begaran,
                today=anrop.today,
                utforma=svar.many(str(anrop.id), torrkorning=anrop.torrkorning),
                atomar=anrop.flag("atomar"),
                torrkorning=anrop.torrkorning,
            )

        return answer(
            request,
            ("torrkorning", "atomar", "antal"),
            work,
            mediatyper=BATCH,
            key_required=True,
        )


class Ersmoindata(Vy):
    """Deliver an ERSMOIndata file."""

    @schema.beskriv(
        "levereraErsmoindata",
        "Leverera en fil med ersättningshändelser",
        "En fil i formatet ERSMOIndata 2.2. Följer den inte schemat avvisas hela med radnummer, "
        "annars tas den emot händelse för händelse. Samma händelse igen ändrar inget, och den som "
        "levereras sist gäller.",
        avdelning="Leveranser",
        svar={200: kontrakt.Batchsvar, 207: kontrakt.Batchsvar},
        parametrar=[schema.TORRKORNING],
        kropp=schema.XMLKROPP,
        problem=schema.SKRIVER,
        nyckel=True,
    )
    def post(self, request: Request) -> HttpResponse:
        """Refuse the whole file when it does not follow the schema, else take it event by event."""

        def work(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
            fil = ersmofiler.read(body)
            if isinstance(fil, tuple):
                raise Avvisat(fil[0].kod, text=fil[0].text, fel=[_file_fault(f) for f in fil])
            kvot.spend_contacts(anrop.request, len(fil.handelser), at=anrop.at)
            rader = {handelse.plats: handelse.rad for handelse in fil.handelser}
            return ersmofiler.receive(
                fil,
                avsandare=anrop.avsandare,
                begaran=begaran,
                today=anrop.today,
                utforma=svar.many(str(anrop.id), torrkorning=anrop.torrkorning, rader=rader),
                torrkorning=anrop.torrkorning,
            )

        return answer(request, TORRKORNING, work, mediatyper=XML, key_required=True)


def _report(request: Request, avsikt: Avsikt, vardhandelse_id: str | None) -> HttpResponse:
    """Take one contact, new or corrected."""
    form: list[svar.Enskild] = []

    def work(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
        utforma = svar.Enskild(str(anrop.id), torrkorning=anrop.torrkorning)
        form.append(utforma)
        return vardkontakter.receive(
            [_read_contact(anrop, body, avsikt, vardhandelse_id)],
            avsandare=anrop.avsandare,
            begaran=begaran,
            today=anrop.today,
            utforma=utforma,
            torrkorning=anrop.torrkorning,
        )

    return answer(
        request,
        TORRKORNING,
        work,
        mediatyper=JSON,
        key_required=avsikt is Avsikt.SKAPA,
        headers=lambda: form[0].headers() if form else {},
    )


def _read_contact(
    anrop: Anrop, body: bytes, avsikt: Avsikt, vardhandelse_id: str | None
) -> Inkommet:
    kvot.spend_contacts(anrop.request, 1, at=anrop.at)
    vantad = anrop.expected_version() if avsikt is Avsikt.RATTA else None
    post = avkodning.decode(body, kontrakt.Vardkontakt)
    if isinstance(post, list):
        read_, findings = avkodning.collect(body, kontrakt.Vardkontakt)
        return avkodning.as_refused(read_, findings or post, plats=0, avsikt=avsikt)
    inkommet = avkodning.as_arrived(post, plats=0, avsikt=avsikt, vantad=vantad)
    if vardhandelse_id is not None and post.vardhandelse_id != vardhandelse_id:
        inkommet.avvikelser = (
            *inkommet.avvikelser,
            finding("ID_STAMMER_EJ", pekare="/vardhandelseId"),
        )
    return inkommet


def _read_batch(anrop: Anrop, body: bytes) -> list[Inkommet]:
    lines = (anrop.request.content_type or "").partition(";")[0].strip().lower() != JSON[0]
    inkomna = [
        avkodning.as_refused(read_, findings, plats=plats, avsikt=Avsikt.SKAPA)
        if post is None
        else avkodning.as_arrived(post, plats=plats, avsikt=Avsikt.SKAPA)
        for plats, (post, read_, findings) in enumerate(
            avkodning.decode_many(body, kontrakt.Vardkontakt, lines=lines)
        )
    ]
    antal = anrop.number("antal", fran=0, till=kontrakt.FLEST_KONTAKTER)
    if len(inkomna) > kontrakt.FLEST_KONTAKTER:
        raise Avvisat("FOR_MANGA_KONTAKTER")
    if antal is not None and antal != len(inkomna):
        raise Avvisat(
            "FEL_ANTAL", text=f"Leveransen har {len(inkomna)} vårdkontakter, inte {antal}."
        )
    kvot.spend_contacts(anrop.request, len(inkomna), at=anrop.at)
    return inkomna


def _cancel(
    request: Request, parametrar: tuple[str, ...], vardhandelse_id: str | None
) -> HttpResponse:
    form: list[svar.Enskild] = []

    def work(anrop: Anrop, begaran: Begaran, body: bytes) -> Svar | Hinder:
        utforma = svar.Enskild(str(anrop.id), torrkorning=anrop.torrkorning)
        form.append(utforma)
        orsak = anrop.parametrar.get("orsak", "")
        if len(orsak) > 500 or not is_plain(orsak):
            raise Avvisat(
                "OGILTIG_PARAMETER", text="orsak ska vara högst 500 tecken som går att läsa."
            )
        if contains_identity(orsak):
            raise Avvisat("IDENTITET_I_TEXT")
        return vardkontakter.receive(
            [
                Inkommet(
                    plats=0,
                    avsikt=Avsikt.MAKULERA,
                    vardhandelse_id=vardhandelse_id or _point_out(anrop),
                    version=anrop.number("version", fran=1, till=1_000_000_000),
                    vantad=anrop.expected_version(),
                    makulerad=True,
                    orsak=orsak,
                )
            ],
            avsandare=anrop.avsandare,
            begaran=begaran,
            today=anrop.today,
            utforma=utforma,
            torrkorning=anrop.torrkorning,
        )

    return answer(request, parametrar, work, headers=lambda: form[0].headers() if form else {})


def _point_out(anrop: Anrop) -> str:
    """Return the id of the contact to cancel: as given, or of the one that the rest points out."""
    vardhandelse_id = anrop.parametrar.get("vardhandelseId")
    if vardhandelse_id is not None and len(anrop.parametrar.keys() & set(NATURLIG_NYCKEL)) == 1:
        return vardhandelse_id
    return str(_find(anrop).vardkontakt.vardhandelse_id)


def _find(anrop: Anrop) -> Vardkontaktversion:
    """Return the one contact that the parameters point out."""
    p = anrop.parametrar
    try:
        enhet = msgspec.convert(
            {namn.partition(".")[2]: p[namn] for namn in NATURLIG_NYCKEL[3:] if namn in p},
            kontrakt.Enhet,
        ).reference()
    except msgspec.ValidationError:
        raise Avvisat("OGILTIG_PARAMETER", text="Enheten är inte skriven som den ska.") from None
    dag = anrop.day("dag")
    whole = "patientId" in p and dag is not None and enhet is not None
    if "vardhandelseId" not in p and not whole:
        raise Avvisat(
            "OGILTIG_PARAMETER",
            text="Ange vardhandelseId, eller patientId, dag och enhet (inr, klin och avd; "
            "kombika; eller hsaId).",
        )
    patient = None
    if "patientId" in p:
        patient = identify(p["patientId"], day=dag or anrop.today, fodd=None, kon=None)[0]
    return _only(
        registrerade.find(
            kallsystem=anrop.avsandare.kallsystem,
            vardgivare=anrop.avsandare.synliga,
            enheter=anrop.avsandare.enheter,
            vardhandelse_id=p.get("vardhandelseId"),
            patient_id=patient,
            dag=dag,
            enhet=enhet,
        )
    )


def _find_by_id(anrop: Anrop, vardhandelse_id: str) -> Vardkontaktversion:
    if "\x00" in vardhandelse_id:
        raise NotFound
    return _only(
        registrerade.find(
            kallsystem=anrop.avsandare.kallsystem,
            vardgivare=anrop.avsandare.synliga,
            enheter=anrop.avsandare.enheter,
            vardhandelse_id=vardhandelse_id,
        )
    )


def _only(funna: list[Vardkontaktversion]) -> Vardkontaktversion:
    if not funna:
        raise NotFound
    if len(funna) > 1:
        raise Avvisat("FLERA_TRAFFAR")
    return funna[0]


def _show(anrop: Anrop, rad: Vardkontaktversion) -> HttpResponse:
    """Show a contact, what has become of it and who else took part; the reading is logged."""
    kontakt = rad.vardkontakt
    with databaskontext(alla=True):
        tillfalle = samverkan.occasions_of_contacts([kontakt.pk]).get(kontakt.pk)
        dubbel = samverkan.doubled(kontakt.pk)
        kvitton = feed.of_contact(kontakt.pk, kallsystem=kontakt.kallsystem)
        perioder = vardperioder.ties(
            kontakt.kallsystem,
            patient_id=rad.patient_id,
            dag=rad.dag,
            namnda=vardperioder.named_by(rad),
        )
        logg.record(
            by=anrop.request.user,
            handelse="LAS",
            patienter=[rad.patient_id],
            at=anrop.at,
            objekt=f"vårdkontakt {kontakt.uuid}",
            vardgivare_id=kontakt.vardgivare_id,
        )
    body = kontrakt.Vardkontaktsvar(
        uuid=str(kontakt.uuid),
        version=rad.version,
        makulerad=rad.makulerad,
        registrerad=rad.registrerad.isoformat(),
        vardkontakt=svar.as_contact(rad),
        anmarkningar=[
            *svar.stored_findings(rad.anmarkningar),
            *as_fel((*(tillfalle.avvikelser if tillfalle is not None else ()), *dubbel)),
        ],
        kvittenser=[kvittensform.as_kvittens(kvitto) for kvitto in kvitton],
        deltagare=svar.as_participants(tillfalle),
        perioder=svar.as_ties(perioder),
    )
    return respond(
        200,
        msgspec.json.encode(body),
        begaran_id=str(anrop.id),
        headers={"ETag": f'"{rad.version}"'},
    )


def _file_fault(fel: Filfel) -> kontrakt.Fel:
    post = FELKATALOG[fel.kod]
    return kontrakt.Fel(
        kod=fel.kod,
        allvar="STOPP",
        pekare="",
        text=fel.text,
        atgard=post.atgard,
        agare=post.agare,
        kalla=post.kalla,
        rad=fel.rad,
    )


# --- receipts ------------------------------------------------------------------------------------


class Kvittenser(Vy):
    """The feed of receipts."""

    @schema.beskriv(
        "lasKvittenser",
        "Läs kvittenser",
        "Vad det har blivit av det som systemet rapporterat, i den ordning det hände. Den som "
        "frågar igen med efter = nasta missar inget.",
        avdelning="Kvittenser",
        svar={200: kvittensform.Kvittenser},
        parametrar=[schema.EFTER, schema.ANTAL_KVITTENSER],
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the receipts after a number, in order."""
        anrop = read(request, ("efter", "antal"))
        efter = anrop.number("efter", fran=0, till=2**63 - 1) or 0
        antal = anrop.number("antal", fran=1, till=1000) or 100
        rader = feed.after(
            efter,
            kallsystem=anrop.avsandare.kallsystem,
            vardgivare=anrop.avsandare.synliga,
            enheter=anrop.avsandare.enheter,
            antal=antal + 1,
        )
        sida = rader[:antal]
        body = kvittensform.Kvittenser(
            kvittenser=[kvittensform.as_kvittens(rad) for rad in sida],
            nasta=sida[-1].sekvens if sida else efter,
            fler=len(rader) > antal,
        )
        return respond(200, msgspec.json.encode(body), begaran_id=str(anrop.id))


class HittasInte(Vy):
    """Every other address under the API, so that it too is answered with a problem document."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    schema = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer 404."""
        raise NotFound

    post = put = patch = delete = head = get
    options = get  # type: ignore[assignment]  # DRF's own describes the view
