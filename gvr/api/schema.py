"""The OpenAPI document: what each address takes and gives, in the words of the contract.

msgspec describes its structs as JSON Schema; this hands those to drf-spectacular, which writes the
rest. `docs/api/openapi.yaml` is what it writes, and a test holds the two against each other.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from gvr.api import kontrakt
from gvr.api.problem import BEGARAN_ID, MEDIATYP, RETRY_AFTER
from gvr.core.avvikelse import camel
from gvr.core.ersmoindata_ut import FLEST_HANDELSER
from gvr.core.fritext import TECKEN

Metod = TypeVar("Metod", bound=Callable[..., Any])

#: What the parts of the document are, in Swedish; a struct's own docstring is for its reader.
BESKRIVNINGAR: Final = {
    "CV": "En kod i ett kodverk.",
    "II": "En identitet i en serie.",
    "Code": "En kod med sin plats i listan och vad den hör till.",
    "Residence": "Län, kommun och församling.",
    "PatientId": "Patientens nummer och vilket slags nummer det är.",
    "Patient": "Patienten som den rapporterats.",
    "Contract": "Ett uppdrag som enheten har den dagen. Betalaren är den som enhetens kund i "
    "Kodservern pekar ut; en okänd lämnas tom.",
    "CareUnit": "Enheten: HSA-id den dagen och kombika. Det som är okänt lämnas tomt.",
    "SourceSystem": "Vem som berättar.",
    "DatePeriod": "Första och sista dagen, båda inräknade.",
    "CareEvent": "En vårdhändelse med fälten i GetAdministrativeCareEvent 1.0. Det som är okänt "
    "lämnas tomt.",
    "EnVardhandelse": "En vårdhändelse. comment säger varför en betalare är tom.",
    "Tidsperiod": "Från och till, båda inräknade.",
    "Vardhandelsesvar": "Händelserna under en period. TRUNCATED: fråga igen från "
    "responseTimePeriod.end, eller med efter för det som är kvar.",
    "Vardkontakt": "En vårdkontakt som journalsystemet rapporterar den.",
    "Enhet": "Enheten på ett av tre sätt: inr, klin och avd; kombika; eller hsaId.",
    "Kodrad": "En kod med det som hör till den.",
    "Huvudkontakt": "Den vårdkontakt som deltagandet hör till: källsystem och vårdhändelse-id, "
    "eller den huvudansvarigas enhet (då anges också patientId).",
    "Deltagande": "En enhets del i ett tillfälle vars vårdkontakt en annan avtalspart rapporterar.",
    "Aktivitet": "Arbete för eller om en patient utan att patienten är med. Aldrig en vårdkontakt.",
    "Fel": "En avvikelse: kod, plats (JSON-pekare eller rad), vad som ska göras och av vem.",
    "Registrering": "Vad det blev av en vårdkontakt.",
    "Batchrad": "Vad det blev av en av många.",
    "Batchsvar": "Vad det blev av en leverans.",
    "Problem": "Ett svar enligt RFC 9457. type är kodens sida i felkatalogen.",
    "Kvittens": "K2 är registret, K3 ersättningen och K4 fakturan (förslag, godkänd, krediterad); "
    "K0 och K1 gäller hela leveransen. Betald finns inte: ingen berättar för registret. "
    "ersatter är den kvittens som inte längre gäller, senast den sista dagen att göra det som "
    "atgard säger för att komma med på månadens faktura.",
    "Kvittenser": "En sida av kvittenserna. Fråga igen med efter = nasta.",
    "Deltagare": "En annan avtalsparts del i vårdkontakten.",
    "Motpart": "En annan part i tillfället, så som den som deltar ser den.",
    "Vardkontaktsvar": "En registrerad vårdkontakt i sin senaste version.",
    "Anslutning": "Vem avsändaren är för oss och vad den får göra.",
    "Kvotlage": "En gräns per minut och vad som är kvar av den.",
    "Certifikatlage": "Certifikatet som visades. varning är 60, 30 eller 7 dagar före slutet.",
    "Leveranssvar": "En leverans, dess kvittenser K0 och K1 och det svar den fick.",
    "Leveranskvittens": "K0: mottagen. K1: formen är godkänd eller avvisad.",
    "Anropslogg": "En sida av vad systemet har skickat. Fråga igen med efter = nasta.",
    "Anropsrad": "Ett anrop och hur det gick.",
    "Ombudsratt": "En vårdgivare, eller en av dess enheter, som avsändaren får rapportera för.",
    "Samverkansvar": "Ett registrerat deltagande eller en aktivitet i senaste version.",
    "Reservnummeransokan": "Vad som är känt om patienten. Det som är okänt utelämnas.",
    "Reservnummersvar": "Det utfärdade numret. Vid torrkörning finns inget.",
    "Reservnummerkoppling": "Numret och personen, eller att kopplingen återkallas.",
    "Kopplingssvar": "Vad det blev av kopplingen.",
    "Inskrivning": "Patienten skrivs in.",
    "Flytt": "Patienten flyttar till en annan enhet hos samma vårdgivare. Diagnoser och åtgärder "
    "är de från enheten som lämnas.",
    "Utskrivning": "Patienten skrivs ut.",
    "Vistelse": "Tiden på en enhet. dygn är antalet nätter och saknas medan patienten är inne.",
    "Kontaktutfall": "Vårdkontakten som delarna bildar.",
    "Delregistrering": "Vad det blev av en del, och vad vårdtillfället nu är.",
    "Delsvar": "En registrerad del i senaste version. vantar är true när den inte räknas in.",
    "Vardansvar": "Ett ansvar för hemsjukvård börjar.",
    "Vardperiod": "En vårdperiod, som håller ihop vårdkontakter, börjar.",
    "Periodslut": "Perioden slutar. Id:t står i adressen.",
    "Periodregistrering": "Vad det blev av en start eller ett slut, och vad perioden nu är.",
    "Periodrapport": "En start eller ett slut i senaste version.",
    "Periodsvar": "En period som den är nu. kalla är FIL när den kom i en fil.",
    "Periodrad": "En period i en lista.",
    "Periodlista": "Patientens perioder i ordning efter start.",
    "Periodkoppling": "Hur vårdkontakten förhåller sig till den period den anger.",
    "Vantetid": "En väntan från remiss, beslut eller bokning till ett besök.",
    "Vantetidsregistrering": "Vad det blev av en väntetid, och hur den förhåller sig till besöket.",
    "Vantetidssvar": "En registrerad väntetid i senaste version. dagar är väntans längd.",
    "Vardtillfallesdel": "En del bland de andra i vårdtillfället.",
    "Webhookansokan": "En mottagare. Utan efter får den det som kommer från och med nu.",
    "Rotation": "overlappTimmar är hur länge den gamla hemligheten också gäller.",
    "Omspelning": "Allt efter kvittensen med numret skickas igen.",
    "Webhooksvar": "En mottagare och hur det går för den. sekvens är den sista kvittensen som "
    "lagts i ett meddelande; hemlighet finns bara i svaret när den skapas.",
    "Webhookrad": "En mottagare och hur det går för den. sekvens är den sista kvittensen som "
    "lagts i ett meddelande.",
    "Webhooklista": "Kontots mottagare.",
    "Hemlighetssvar": "Den nya hemligheten, och hur länge den gamla också gäller.",
    "Webhookmeddelande": "Ett meddelande. id är huvudet webhook-id i varje anrop; fel är varför "
    "det senaste anropet misslyckades.",
    "Webhookmeddelanden": "En sida av loggen. Fråga igen med fore = nasta.",
    "Provsvar": "Provmeddelandets webhook-id.",
    "Vardtillfallessvar": "Ett vårdtillfälle: delarna och vad de bildar.",
}


class Kontraktsschema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # untyped
    """Lets drf-spectacular take a msgspec struct wherever it takes a serializer."""

    target_class = "msgspec.Struct"
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str | None:
        """Return the name of the component."""
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """Return the struct's schema, and register those it refers to."""
        _, components = msgspec.json.schema_components(
            [self.target], ref_template="#/components/schemas/{name}"
        )
        own: dict[str, Any] = {}
        for name, schema in components.items():
            described = _in_swedish(name, schema)
            if name == self.target.__name__:
                own = described
                continue
            auto_schema.registry.register_on_missing(
                ResolvedComponent(  # type: ignore[no-untyped-call]  # untyped
                    name=name, type=ResolvedComponent.SCHEMA, object=name, schema=described
                )
            )
        return own


#: What a struct cannot say of itself: a unit is named in exactly one way; and whole examples.
_TILLAGG: Final[dict[str, dict[str, Any]]] = {
    "Vardkontakt": {
        "examples": [
            {
                "vardhandelseId": "A-2026-000123",
                "enhet": {"kombika": "90001311001"},
                "patientId": "191212121212",
                "dag": "2026-01-15",
                "tid": "14:30",
                "btyp": "1",
                "taxa": "01",
                "yrkeskategorier": ["01"],
                "diagnoser": ["J459"],
                "atgarder": ["XS012", {"kod": "AL008", "diagnosnr": 1}],
            }
        ]
    },
    "Deltagande": {
        "examples": [
            {
                "id": "D-2026-000017",
                "huvudkontakt": {"kallsystem": "JOURNAL-B", "vardhandelseId": "B-2026-000042"},
                "enhet": {"kombika": "90001311001"},
                "dag": "2026-01-15",
                "tid": "13:00",
                "yrkeskategorier": ["77"],
                "minuter": 30,
                "atgarder": ["XS007"],
            },
            {
                "id": "D-2026-000018",
                "huvudkontakt": {"enhet": {"kombika": "90002312001"}},
                "patientId": "191212121212",
                "enhet": {"kombika": "90001311001"},
                "dag": "2026-01-15",
                "yrkeskategorier": ["77", "70"],
                "roll": "KONSULT",
            },
        ]
    },
    "Aktivitet": {
        "examples": [
            {
                "id": "K-2026-000008",
                "typ": "REHABKOORDINATOR",
                "enhet": {"kombika": "90001311001"},
                "dag": "2026-01-15",
                "yrkeskategori": "74",
                "patientId": "191212121212",
                "minuter": 45,
                "diagnoser": ["F329"],
                "atgarder": ["GC001", "XS008"],
            }
        ]
    },
    "Vardansvar": {
        "examples": [
            {
                "id": "VA-2026-000004",
                "patientId": "191212121212",
                "enhet": {"kombika": "90001311001"},
                "dag": "2026-01-15",
                "typ": "BASAL",
            }
        ]
    },
    "Vardperiod": {
        "examples": [
            {
                "id": "90001311001-17",
                "patientId": "191212121212",
                "enhet": {"kombika": "90001311001"},
                "dag": "2026-01-15",
                "typ": "PSYKIATRI",
            }
        ]
    },
    "Vantetid": {
        "examples": [
            {
                "id": "B-2026-000512",
                "patientId": "191212121212",
                "enhet": {"kombika": "90001311001"},
                "remissdag": "2026-01-07",
                "beslutsdag": "2026-01-12",
                "bokad": "2026-01-13",
                "besoksdag": "2026-01-30",
            }
        ]
    },
    "Periodslut": {
        "examples": [
            {
                "patientId": "191212121212",
                "enhet": {"kombika": "90001311001"},
                "dag": "2026-03-31",
            }
        ]
    },
    "Inskrivning": {
        "examples": [
            {
                "vardtillfalleId": "T-2026-000031",
                "patientId": "191212121212",
                "enhet": {"kombika": "90001311001"},
                "dag": "2026-01-15",
                "tid": "14:30",
                "ikod": "1",
                "akut": "1",
            }
        ]
    },
    "Flytt": {
        "examples": [
            {
                "id": "F-2026-000031-1",
                "vardtillfalleId": "T-2026-000031",
                "patientId": "191212121212",
                "enhet": {"kombika": "90001311001"},
                "dag": "2026-01-17",
                "tid": "09:00",
            }
        ]
    },
    "Utskrivning": {
        "examples": [
            {
                "vardtillfalleId": "T-2026-000031",
                "patientId": "191212121212",
                "enhet": {"kombika": "90001311001"},
                "dag": "2026-01-20",
                "tid": "11:15",
                "ukod": "1",
                "vplan": "1",
                "diagnoser": ["J459", "I109"],
                "atgarder": [{"kod": "AL008", "datum": "2026-01-16", "diagnosnr": 1}],
            }
        ]
    },
    "Huvudkontakt": {
        "examples": [{"kallsystem": "JOURNAL-B", "vardhandelseId": "B-2026-000042"}],
        "oneOf": [
            {"required": ["kallsystem", "vardhandelseId"], "maxProperties": 2},
            {"required": ["enhet"], "maxProperties": 1},
        ],
    },
    "Enhet": {
        "examples": [{"kombika": "90001311001"}],
        "oneOf": [
            {"required": ["inr", "klin", "avd"], "maxProperties": 3},
            {"required": ["kombika"], "maxProperties": 1},
            {"required": ["hsaId"], "maxProperties": 1},
        ],
    },
}


def _in_swedish(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    without = {nyckel: varde for nyckel, varde in schema.items() if nyckel != "description"}
    if name in BESKRIVNINGAR:
        without["description"] = BESKRIVNINGAR[name]
    return without | _TILLAGG.get(name, {})


# --- parameters ----------------------------------------------------------------------------------


def _query(namn: str, typ: Any, text: str, **falt: Any) -> OpenApiParameter:
    return OpenApiParameter(namn, typ, OpenApiParameter.QUERY, description=text, **falt)


TORRKORNING: Final = _query(
    "torrkorning",
    OpenApiTypes.BOOL,
    "Pröva utan att något lagras: svaret är vad det skulle ha blivit, med produkter och belopp.",
)
ATOMAR: Final = _query(
    "atomar", OpenApiTypes.BOOL, "Registrera alla eller ingen. Annars prövas var och en för sig."
)
ANTAL_KONTAKTER: Final = _query(
    "antal",
    {"type": "integer", "minimum": 0, "maximum": kontrakt.FLEST_KONTAKTER},
    "Hur många vårdkontakter leveransen ska ha; stämmer det inte avvisas hela.",
)
VERSION: Final = _query(
    "version",
    {"type": "integer", "minimum": 1, "maximum": 1_000_000_000},
    "Avsändarens nummer på makuleringen.",
)
ORSAK: Final = _query(
    "orsak",
    {"type": "string", "maxLength": 500, "pattern": TECKEN},
    "Varför den makuleras. Aldrig patientens nummer.",
)
NATURLIG_NYCKEL: Final = (
    _query("vardhandelseId", {"type": "string", "maxLength": 64}, "Journalsystemets id."),
    _query("patientId", {"type": "string", "maxLength": 32}, "Patientens nummer."),
    _query("dag", OpenApiTypes.DATE, "Dagen för vården."),
    _query("enhet.inr", {"type": "string", "pattern": "^[0-9]{5}$"}, "Inrättning."),
    _query("enhet.klin", {"type": "string", "pattern": "^[0-9]{3}$"}, "Klinik."),
    _query("enhet.avd", {"type": "string", "pattern": "^[A-Za-zÅÄÖåäö0-9]{1,3}$"}, "Avdelning."),
    _query(
        "enhet.kombika",
        {"type": "string", "pattern": "^[0-9]{8}[A-Za-zÅÄÖåäö0-9]{1,3}$"},
        "Kombika, i stället för delarna.",
    ),
    _query(
        "enhet.hsaId",
        {"type": "string", "pattern": "^SE[0-9]{10}-[A-Za-z0-9]{1,18}$"},
        "HSA-id, i stället för kombika.",
    ),
)
PATIENT: Final = _query(
    "patientId",
    {"type": "string", "minLength": 1, "maxLength": 32},
    "Patientens nummer.",
    required=True,
)
VARDTILLFALLESNYCKEL: Final = (
    *(rad for rad in NATURLIG_NYCKEL if rad.name != "vardhandelseId"),
    _query(
        "tid",
        {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"},
        "Inskrivningens klockslag; behövs när patienten skrivits in flera gånger samma dag.",
    ),
)
EFTER: Final = _query(
    "efter", {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}, "Det sista nummer du har."
)
FORE: Final = _query("fore", OpenApiTypes.DATETIME, "Bara anrop före tidpunkten.")
EFTER_ANROP: Final = _query(
    "efter", OpenApiTypes.UUID, "Fortsätt efter anropet: nasta från sidan innan."
)
FRAN: Final = _query("fran", OpenApiTypes.DATETIME, "Bara anrop från och med tidpunkten.")
STATUS: Final = _query(
    "status", {"type": "string", "pattern": "^[1-5]([0-9]{2}|xx)$"}, "Svarskod, eller som 4xx."
)
LEVERANS: Final = OpenApiParameter(
    "uuid", OpenApiTypes.UUID, OpenApiParameter.PATH, description="Leveransens id."
)
ANTAL_KVITTENSER: Final = _query(
    "antal", {"type": "integer", "minimum": 1, "maximum": 1000}, "Hur många, annars 100."
)
UPPDATERAD: Final = (
    _query(
        "uppdateradFrom",
        OpenApiTypes.DATETIME,
        "Tidpunkt med tidszon, inräknad.",
        required=True,
        examples=[OpenApiExample("Från", value="2026-11-01T00:00:00+01:00")],
    ),
    _query(
        "uppdateradTill",
        OpenApiTypes.DATETIME,
        "Tidpunkt med tidszon, inräknad.",
        required=True,
        examples=[OpenApiExample("Till", value="2026-11-30T23:59:59+01:00")],
    ),
    _query("efter", {"type": "string", "maxLength": 80}, "Var förra svaret slutade."),
    _query(
        "antal",
        {"type": "integer", "minimum": 1, "maximum": FLEST_HANDELSER},
        "Flest händelser, annars 5 000.",
    ),
)
IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": '^("?[1-9][0-9]{0,8}"?|\\*)$'},
    OpenApiParameter.HEADER,
    description='Den version som ändras, som "3". Är den en annan blir svaret 412.',
)


def _key(*, required: bool) -> OpenApiParameter:
    return OpenApiParameter(
        "Idempotency-Key",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        OpenApiParameter.HEADER,
        required=required,
        description="Samma nyckel och kropp ger samma svar igen; nycklar behålls minst 30 dagar.",
    )


def _path(namn: str) -> OpenApiParameter:
    return OpenApiParameter(
        namn,
        {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "pattern": "^[0-9A-Za-zÅÄÖåäö][0-9A-Za-zÅÄÖåäö._:+|@=-]*$",
        },
        OpenApiParameter.PATH,
        description="Journalsystemets id.",
    )


# --- what the parts have to do with each other ---------------------------------------------------


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what the views cannot say one by one; drf-spectacular's hook.

    A body is never optional. What was created (201) can be read, corrected and cancelled under the
    id that was sent, and the answer links to it. A rehearsal answers 200 and creates nothing, so
    there is no link from a 200.
    """
    paths = result["paths"]
    for path, operations in paths.items():
        for operation in operations.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
        created = operations.get("post", {}).get("responses", {}).get("201")
        one = next((p for p in paths if p.startswith(path + "/{")), None)
        if created is not None and one is not None:
            body = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
            sent = result["components"]["schemas"][body["$ref"].rpartition("/")[2]]["properties"]
            created["links"] = _links(sent, paths[one], one)
    return result


def _links(sent: dict[str, Any], operations: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a link to each operation on the one that a POST creates by its own id."""
    parameter = path.rpartition("{")[2].rstrip("}")
    id_ = camel(parameter) if camel(parameter) in sent else "id"
    return {
        operation["operationId"]: {
            "operationId": operation["operationId"],
            "parameters": {parameter: f"$request.body#/{id_}"},
        }
        for operation in operations.values()
    }


# --- answers -------------------------------------------------------------------------------------

_PROBLEM: Final = {
    400: "Anropet är fel skrivet.",
    401: "Kontot är inte inloggat.",
    403: "Kontot får inte.",
    404: "Finns inte.",
    405: "Metoden finns inte.",
    406: "Svaret finns inte i det formatet.",
    409: "Krockar med det som är registrerat, eller pågår.",
    412: "En annan version är registrerad.",
    413: "För stort.",
    415: "Fel medietyp.",
    422: "Innehållet är fel; alla avvikelser räknas upp.",
    429: "För många anrop.",
    503: "Tillfälligt otillgängligt; försök igen med samma nyckel.",
}
LASER: Final = (400, 401, 403, 404, 406, 429, 503)
SKRIVER: Final = (400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 429, 503)


def _headers(status: Sequence[int], ok: Sequence[int], *, writes: bool) -> list[OpenApiParameter]:
    def header(namn: str, svar: Sequence[int], text: str) -> OpenApiParameter:
        return OpenApiParameter(
            namn,
            OpenApiTypes.STR,
            OpenApiParameter.HEADER,
            description=text,
            response=[str(kod) for kod in svar],
        )

    found = [header(BEGARAN_ID, [*ok, *status], "Uppges när du frågar om anropet.")]
    if writes:
        found.append(header("Idempotens-Upprepad", ok, "true när svaret getts förut."))
    if 409 in status:
        found.append(header(RETRY_AFTER, [409, 429, 503], "Sekunder att vänta."))
    return found


def beskriv(
    id_: str,
    titel: str,
    text: str,
    *,
    avdelning: str,
    svar: dict[int, Any],
    parametrar: Sequence[OpenApiParameter] = (),
    kropp: dict[str, Any] | None = None,
    problem: Sequence[int] = LASER,
    nyckel: bool | None = None,
    vag: str | None = None,
    exempel: Sequence[OpenApiExample] = (),
    mediatyp: str = "application/json",
) -> Callable[[Metod], Metod]:
    """Return a decorator that describes one operation; `nyckel` None takes no idempotency key."""
    extra = [_key(required=nyckel)] if nyckel is not None else []
    vagar = [_path(vag)] if vag is not None else []
    answers: dict[Any, Any] = {
        (status, mediatyp) if typ is not None else status: OpenApiResponse(
            typ, description=_OK[status]
        )
        for status, typ in svar.items()
    }
    for status in problem:
        answers[status, MEDIATYP] = OpenApiResponse(kontrakt.Problem, description=_PROBLEM[status])
    return extend_schema(
        operation_id=id_,
        summary=titel,
        description=text,
        tags=[avdelning],
        parameters=[
            *vagar,
            *parametrar,
            *extra,
            *_headers(problem, list(svar), writes=nyckel is not None),
        ],
        request=kropp,
        responses=answers,
        examples=list(exempel),
    )


_OK: Final = {
    200: "Klart; eller redan gjort, oförändrat.",
    201: "Registrerat.",
    202: "Mottaget; görs strax.",
    204: "Det finns inget att lämna.",
    207: "En del är avvisat: se varje rad.",
}

BATCHKROPP: Final = {
    "application/json": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Vardkontakt"},
        "maxItems": kontrakt.FLEST_KONTAKTER,
    },
    "application/x-ndjson": {
        "type": "string",
        "description": "En vårdkontakt på varje rad.",
    },
}
XMLKROPP: Final = {
    "application/xml": {
        "type": "string",
        "format": "binary",
        "description": "ERSMOIndata 2.2, kodad som ISO-8859-1.",
    }
}
