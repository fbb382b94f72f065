"""Who is given what: accounts, and grants on Vardgivare and Enhet."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm

from gvr.actions import ombud
from gvr.models import Maskinkonto, Vardgivare
from gvr.queries.behorighet import REGION

VIEW = "view_vardgivare"
APPROVE = "attestera_vardgivare"
REPORT = "rapportera_vardgivare"  # for people; a machine account's right is an Ombud
REGISTER = "registrera_vardgivare"
FORSTA_DAGEN = date(2000, 1, 1)  # before anything was reported


def token_hash(token: str) -> str:
    """Return what is kept of a machine account's token: its sha256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_user(
    *, namn: str, anvandarnamn: str, losenord: str, region: bool, grupper: Sequence[str]
) -> Any:
    """Create a person's account, or give an existing one these groups. Groups are made as needed.

    `region` makes a member of the region's staff, who sees every provider and the admin.
    """
    fornamn, _, efternamn = namn.partition(" ")
    user, new = get_user_model().objects.get_or_create(
        username=anvandarnamn,
        defaults={"first_name": fornamn, "last_name": efternamn, "is_staff": region},
    )
    if new:
        user.set_password(losenord)
        user.save(update_fields=["password"])
    for grupp in (*grupper, *([REGION] if region else [])):
        user.groups.add(Group.objects.get_or_create(name=grupp)[0])
    return user


def people(*anvandarnamn: str) -> list[Any]:
    """Return these accounts, in this order. Raises KeyError for one that does not exist."""
    per_namn = get_user_model().objects.in_bulk(list(anvandarnamn), field_name="username")
    return [per_namn[namn] for namn in anvandarnamn]


def grant(*, user: Any, permission: str, vardgivare: Sequence[Vardgivare]) -> None:
    """Let the user see, approve or report for these providers, and no others."""
    for rad in vardgivare:
        assign_perm(permission, user, rad)


def create_machine_account(
    *,
    namn: str,
    kallsystem: str,
    hsa_id: str,
    token: str,
    vardgivare: Sequence[Vardgivare],
    fr_o_m: date = FORSTA_DAGEN,
    grund: str = "Kontot skapades för vårdgivaren",
) -> Maskinkonto:
    """Create a sending system's account that may report for these providers from a day on."""
    user, _ = get_user_model().objects.get_or_create(username=f"maskin-{kallsystem.lower()}")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    konto, _ = Maskinkonto.objects.get_or_create(
        kallsystem=kallsystem,
        defaults={
            "namn": namn,
            "hsa_id": hsa_id,
            "anvandare": user,
            "token_hash": token_hash(token),
        },
    )
    for rad in vardgivare:
        ombud.appoint(konto, rad, fr_o_m=fr_o_m, grund=grund)
    return konto
