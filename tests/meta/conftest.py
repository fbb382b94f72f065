"""
The small world of the access matrix: two providers, nine identities, and objects of provider A.

To add an object for a route with arguments, write a method on `Varld` with the name that
atkomst.yaml uses; to add an identity, one on `Varld` and a column in the matrix.
"""

import hashlib
from datetime import date
from functools import cached_property

import pytest


class Varld:
    """Providers A and B with one unit each; everything else is made when it is asked for."""

    IDENTITIES = (
        "anonym",
        "ekonom_a",
        "ekonom_b",
        "attestant_a",
        "enhet_a",
        "sys_a",
        "sys_b",
        "revisor",
        "region",
    )

    def __init__(self):
        from psycopg.types.range import DateRange  # noqa: PLC0415 - with Django only

        from gvr import models  # noqa: PLC0415 - with Django only

        giltig = DateRange(date(2020, 1, 1), None)
        self.a, self.b = (
            models.Vardgivare.objects.create(namn=f"Prov {x}", orgnr=orgnr)
            for x, orgnr in (("A", "5560000001"), ("B", "5560000002"))
        )
        self.enhet_av_a, self.enhet_av_b = (
            models.Enhet.objects.create(
                vardgivare=v, kombika=k, namn=f"Mottagning {k}", giltig=giltig
            )
            for v, k in ((self.a, "11111111001"), (self.b, "22222222001"))
        )

    # Identities: each returns what a test client needs to be that person or system

    def login(self, klient, namn):
        """Let the client be this identity; return the headers its requests carry."""
        if namn == "anonym":
            return {}
        svar = getattr(self, f"_{namn}")
        if namn.startswith("sys_"):
            return {"Authorization": f"Bearer {svar}"}
        klient.force_login(svar)
        return {}

    def _user(self, namn, **falt):
        from django.contrib.auth import get_user_model  # noqa: PLC0415 - with Django only

        user = get_user_model()(username=namn, **falt)
        user.set_unusable_password()
        user.save()
        return user

    def _granted(self, namn, *rattigheter):
        from guardian.shortcuts import assign_perm  # noqa: PLC0415 - with Django only

        user = self._user(namn)
        for rattighet, objekt in rattigheter:
            assign_perm(f"gvr.{rattighet}", user, objekt)
        return user

    @cached_property
    def _ekonom_a(self):
        return self._granted("ekonom_a", ("view_vardgivare", self.a))

    @cached_property
    def _ekonom_b(self):
        return self._granted("ekonom_b", ("view_vardgivare", self.b))

    @cached_property
    def _attestant_a(self):
        return self._granted(
            "attestant_a", ("view_vardgivare", self.a), ("attestera_vardgivare", self.a)
        )

    @cached_property
    def _enhet_a(self):
        return self._granted("enhet_a", ("view_enhet", self.enhet_av_a))

    @cached_property
    def _sys_a(self):
        return self._machine("sys_a", self.a)

    @cached_property
    def _sys_b(self):
        return self._machine("sys_b", self.b)

    def _machine(self, namn, vardgivare):
        from gvr.models import Maskinkonto  # noqa: PLC0415 - with Django only

        token = f"token-for-{namn}"
        Maskinkonto.objects.create(
            namn=namn,
            kallsystem=namn,
            anvandare=self._granted(namn, ("rapportera_vardgivare", vardgivare)),
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
        )
        return token

    @cached_property
    def _revisor(self):
        """Someone of the region who may look at everything and change nothing."""
        from django.contrib.auth.models import Permission  # noqa: PLC0415 - with Django only

        user = self._region_user("revisor")
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        return user

    @cached_property
    def _region(self):
        """An administrator of the region, with every permission on every model."""
        from django.contrib.auth.models import Permission  # noqa: PLC0415 - with Django only

        user = self._region_user("region")
        user.user_permissions.set(Permission.objects.all())
        return user

    def _region_user(self, namn):
        from django.contrib.auth.models import Group  # noqa: PLC0415 - with Django only

        user = self._user(namn, is_staff=True)
        user.groups.add(Group.objects.get_or_create(name="Region")[0])
        return user

    # Objects: arguments of routes, all belonging to provider A

    @cached_property
    def saknas(self):
        """The key of nothing."""
        return 2_000_000_000

    @cached_property
    def vardgivare_a(self):
        """Provider A's key."""
        return self.a.pk


@pytest.fixture
def varld(db):
    """The small world, new in every test."""
    return Varld()
