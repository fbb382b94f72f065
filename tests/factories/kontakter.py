"""Registered contacts, straight into the tables: for tests of what comes after the register."""

import hashlib
from datetime import date, datetime
from zoneinfo import ZoneInfo

import uuid_utils.compat as uuid

from gvr.core.vardkontakt import Innehall
from gvr.models import Arende, Vardkontakt, Vardkontaktversion

NU = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
PATIENT = "191212121212"


def innehall(**falt):
    """Return a plain visit at Ekbacken; name what the test is about."""
    return Innehall(
        **{
            "enhet": "90001311001",
            "patient_id": PATIENT,
            "dag": date(2026, 11, 18),
            "btyp": "1",
            "taxa": "01",
            "yrkeskategorier": ("01",),
            "diagnoser": ("I109",),
            "lkf": "018001",
            **falt,
        }
    )


def register(
    vardhandelse_id,
    innehall,
    *,
    kallsystem="JOURNAL-A",
    makulerad=False,
    arende=True,
    detaljer=None,
):
    """Register a contact, or the next version of one, and return its id."""
    kontakt, ny = Vardkontakt.objects.get_or_create(
        kallsystem=kallsystem,
        vardhandelse_id=vardhandelse_id,
        defaults={"uuid": uuid.uuid7()},
    )
    if not ny:
        kontakt.senaste_version += 1
        kontakt.save(update_fields=["senaste_version"])
    falt = {namn: getattr(innehall, namn) for namn in innehall.__struct_fields__}
    falt["enhet_ref"] = falt.pop("enhet")
    falt["form"] = str(falt["form"])
    for namn, varde in falt.items():
        if isinstance(varde, tuple):
            falt[namn] = list(varde)
    Vardkontaktversion.objects.create(
        vardkontakt=kontakt,
        version=kontakt.senaste_version,
        makulerad=makulerad,
        innehall_sha256=hashlib.sha256(repr(innehall).encode()).digest(),
        registrerad=NU,
        detaljer=detaljer,
        **falt,
    )
    if arende:
        Arende.objects.get_or_create(vardkontakt=kontakt, defaults={"skapad": NU})
    return kontakt.pk
