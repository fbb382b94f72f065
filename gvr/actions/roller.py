"""The region's role groups and what each may do in the admin."""

from collections.abc import Iterable

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from gvr.queries.behorighet import REGION, REGIONSYSTEM

ADMINISTRATOR = "Administratör"
PRISANSVARIG = "Prisansvarig"
REGELANSVARIG = "Regelansvarig"
KODANSVARIG = "Kodansvarig"
REVISOR = "Revisor"

#: Acts that are no plain add, change or view of a row: (model, code, Swedish name).
_EGNA = (
    ("gvr.vardkontakt", "ratta_vardkontakt", "Kan rätta och makulera vårdkontakter"),
    ("gvr.deltagande", "registrera_samverkan", "Kan registrera deltaganden och aktiviteter"),
    ("gvr.vardkontakt", "lamna_ut_vardkontakt", "Kan lämna ut vårdkontakter som fil"),
    ("gvr.vardkontakt", "visa_identitet", "Kan visa patientens hela nummer, med skäl"),
    ("gvr.arende", "slappa_arende", "Kan släppa parkerade ärenden"),
    ("gvr.maskinkonto", "nyckla_maskinkonto", "Kan skapa maskinkonton och ge dem nya nycklar"),
    ("vardfaktura.manadsstangning", "stang_manad", "Kan stänga en månad"),
    ("hej.kontaktlage", "avgor", "Kan avgöra att väntande vårdkontakter inte ger ersättning"),
    ("hej.kontaktlage", "simulera", "Kan simulera en ny prissättning"),
)
#: Models whose rows travel by file.
_FILER = (
    "gvr.kod",
    "gvr.vardgivare",
    "gvr.enhet",
    "gvr.uppdrag",
    "gvr.avtal",
    "gvr.formagekrav",
    "hej.pris",
)
_VERB = {
    "add": "Kan lägga till",
    "change": "Kan ändra",
    "delete": "Kan ta bort",
    "view": "Kan se",
    "import": "Kan importera",
    "export": "Kan exportera",
}

_STAMDATA = ("vardgivare", "enhet", "uppdrag", "enhetsuppdrag", "avtalsomrade", "avtal")
_KEDJAN = (
    *("gvr." + namn for namn in ("leverans", "avvisning", "kvittens", "vardkontakt", "arende")),
    *("gvr." + namn for namn in ("nekatanrop", "webhook", "webhookmeddelande")),
    *("gvr." + namn for namn in ("vardkontaktversion", "ersattningshandelse")),
    *("gvr." + namn for namn in ("reservnummer", "reservnummerkoppling")),
    *("gvr." + namn for namn in ("samverkanstillfalle", "deltagande", "aktivitet")),
    *("gvr." + namn for namn in ("vardtillfallesdel", "periodrapport", "vantetid")),
    *("gvr." + namn for namn in ("deltagandearende", "delkvittens")),
    *("hej." + namn for namn in ("beslut", "delbeslut", "kontaktlage", "post")),
    *("vardfaktura." + namn for namn in ("faktura", "verifikation", "manadsstangning")),
)
_UNDERLAG = (
    *("gvr." + namn for namn in (*_STAMDATA, "kodverk", "kod", "regelallvar", "formagekrav")),
    "ersmo.regelpaket",
    "hej.prislista",
    "hej.pris",
)


def _all(models: Iterable[str], *verbs: str) -> set[str]:
    svar = set()
    for label in models:
        app, model = label.split(".")
        svar |= {f"{app}.{verb}_{model}" for verb in verbs}
    return svar


def _workflow(label: str) -> set[str]:
    return _all([label], "add", "change", "view", "submit", "approve", "publish")


#: What each role may do, as permission codes. A name here that no permission has is an error.
ROLLER: dict[str, frozenset[str]] = {
    ADMINISTRATOR: frozenset(
        _all(_UNDERLAG, "view")
        | _all(_KEDJAN, "view")
        | _all([f"gvr.{namn}" for namn in _STAMDATA], "add", "change")
        | _all(("gvr.vardgivare", "gvr.enhet", "gvr.uppdrag", "gvr.avtal"), "import", "export")
        | _all(("gvr.formagekrav",), "view", "add", "change", "import", "export")
        | _all(("gvr.maskinkonto",), "view", "change", "nyckla")
        | _all(("gvr.ombud", "gvr.regelallvar"), "view", "add", "change")
        | _all(("auth.user", "auth.group"), "view", "add", "change")
        | {
            "gvr.view_andring",
            "gvr.view_loggpost",
            "gvr.ratta_vardkontakt",
            "gvr.registrera_samverkan",
            "gvr.visa_identitet",
            "gvr.lamna_ut_vardkontakt",
            "gvr.slappa_arende",
            "vardfaktura.stang_manad",
            "hej.avgor",
            "hej.simulera",
        }
    ),
    PRISANSVARIG: frozenset(
        _all(_UNDERLAG, "view")
        | _workflow("hej.prislista")
        | _all(["hej.pris"], "import", "export", "view")
        | {"hej.simulera", "hej.view_kontaktlage"}
    ),
    REGELANSVARIG: frozenset(
        _all(_UNDERLAG, "view")
        | _workflow("ersmo.regelpaket")
        | {"hej.simulera", "hej.view_kontaktlage"}
    ),
    KODANSVARIG: frozenset(
        _all(_UNDERLAG, "view")
        | _all(("gvr.kodverk", "gvr.kod"), "add", "change")
        | _all(["gvr.kod"], "import", "export")
    ),
    REVISOR: frozenset(
        _all(_UNDERLAG, "view")
        | _all(_KEDJAN, "view")
        | _all(("gvr.maskinkonto", "gvr.ombud", "gvr.andring", "gvr.loggpost"), "view")
        | _all(("auth.user", "auth.group"), "view")
    ),
}


#: Everything that some role may do: nothing else is worth giving to a group.
GIVBARA = frozenset().union(*ROLLER.values())


@transaction.atomic
def ensure_groups() -> dict[str, Group]:
    """Create the role groups with exactly these permissions; safe to run again.

    1. Create the permissions that are no plain add, change or view, and name all in Swedish.
    2. Give each role its permissions, no more and no less.

    Raises LookupError when a role names a permission that does not exist.
    """
    _ensure_permissions()
    finns = {
        f"{rad.content_type.app_label}.{rad.codename}": rad
        for rad in Permission.objects.select_related("content_type")
    }
    grupper = {}
    for namn, koder in ROLLER.items():
        saknas = koder - finns.keys()
        if saknas:
            raise LookupError(f"Rollen {namn} nämner okända behörigheter: {sorted(saknas)}")
        grupp, _ = Group.objects.get_or_create(name=namn)
        grupp.permissions.set([finns[kod] for kod in koder])
        grupper[namn] = grupp
    for namn in (REGION, REGIONSYSTEM):
        grupper[namn], _ = Group.objects.get_or_create(name=namn)
    return grupper


def _ensure_permissions() -> None:
    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0)
    egna = [
        *_EGNA,
        *((label, f"{verb}_{label.split('.')[1]}", "") for label in _FILER for verb in _FIL_VERB),
    ]
    for label, kod, namn in egna:
        model = apps.get_model(label)
        Permission.objects.get_or_create(
            content_type=ContentType.objects.get_for_model(model),
            codename=kod,
            defaults={"name": namn},
        )
    _name_in_swedish()


_FIL_VERB = ("import", "export")


def _name_in_swedish() -> None:
    """Django names permissions in English when it creates them; people read them here."""
    andrade = []
    for rad in Permission.objects.select_related("content_type"):
        model = rad.content_type.model_class()
        verb, _, rest = rad.codename.partition("_")
        if model is None or verb not in _VERB or rest != model._meta.model_name:
            continue
        namn = f"{_VERB[verb]} {model._meta.verbose_name_plural}"
        if rad.name != namn:
            rad.name = namn
            andrade.append(rad)
    Permission.objects.bulk_update(andrade, ["name"])
