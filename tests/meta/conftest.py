"""
The small world of the access matrix: the demo's providers, nine identities, objects of provider A.

To add an object for a route with arguments, write a property on `Varld` with the name that
atkomst.yaml uses; to add an identity, a user in `_people` and a column in the matrix.
"""

import uuid
from datetime import date
from functools import cached_property

import pytest


class Varld:
    """Provider A with a paid visit, an approved invoice and a proposal; provider B beside it."""

    IDENTITIES = (
        "anonym",
        "ekonom_a",
        "ekonom_b",
        "attestant_a",
        "enhet_a",
        "sys_a",
        "sys_b",
        "revisor",
        "administrator",
    )
    losenord = "samma-lösenord-för-alla"
    TOKENS = {"sys_a": "token-for-system-a", "sys_b": "token-for-system-b"}

    def __init__(self):
        from ersattning.vardfaktura.actions import fakturor, stangningar  # noqa: PLC0415
        from ersattning.vardfaktura.models import Faktura  # noqa: PLC0415
        from gvr.actions import roller  # noqa: PLC0415
        from tests.factories import pengar  # noqa: PLC0415 - Django is ready only now

        roller.ensure_groups()
        vardgivare = pengar.region()
        self.a, self.b = vardgivare["A"], vardgivare["B"]
        self.users = self._people()
        for namn, manad, dag in (
            ("v-oktober", pengar.OKTOBER, date(2026, 10, 6)),
            ("v-november", pengar.NOVEMBER, date(2026, 11, 3)),
        ):
            self.kontakt = pengar.visit(namn, dag)
            stangningar.close(manad, pengar.at(manad))
        self.godkand, self.forslag = Faktura.objects.order_by("pk")
        fakturor.approve(
            faktura_id=self.godkand.pk,
            by=self.users["attestant_a"],
            at=pengar.at(pengar.OKTOBER, 6),
        )
        self.godkand.refresh_from_db()

    # Identities

    def _people(self):
        from guardian.shortcuts import assign_perm  # noqa: PLC0415 - Django is ready only now

        from gvr.actions import behorigheter, roller  # noqa: PLC0415
        from gvr.models import Enhet  # noqa: PLC0415

        def person(namn, grupper=()):
            return behorigheter.create_user(
                namn=f"{namn} Prov",
                anvandarnamn=namn,
                losenord=self.losenord,
                region=bool(grupper),
                grupper=grupper,
            )

        def grant(namn, vardgivare, *rattigheter):
            user = person(namn)
            for rattighet in rattigheter:
                behorigheter.grant(user=user, permission=rattighet, vardgivare=[vardgivare])
            return user

        enhet_a = person("enhet_a")
        assign_perm("gvr.view_enhet", enhet_a, Enhet.objects.filter(vardgivare=self.a).first())
        for namn, system, vardgivare in (
            ("sys_a", "JOURNAL-A", self.a),
            ("sys_b", "JOURNAL-B", self.b),
        ):
            behorigheter.create_machine_account(
                namn=namn,
                kallsystem=system,
                hsa_id="",
                token=self.TOKENS[namn],
                vardgivare=[vardgivare],
            )
        return {
            "ekonom_a": grant("ekonom_a", self.a, behorigheter.VIEW),
            "ekonom_b": grant("ekonom_b", self.b, behorigheter.VIEW),
            "attestant_a": grant(
                "attestant_a",
                self.a,
                behorigheter.VIEW,
                behorigheter.APPROVE,
                behorigheter.REGISTER,
            ),
            "enhet_a": enhet_a,
            "revisor": person("revisor", [roller.REVISOR]),
            "administrator": person("administrator", [roller.ADMINISTRATOR]),
        }

    @cached_property
    def clients(self):
        """A test client for each identity, logged in once: a session is dearer than a page."""
        from django.test import Client  # noqa: PLC0415 - Django is ready only now

        klienter = {}
        for namn in self.IDENTITIES:
            token = self.TOKENS.get(namn)
            huvud = {"Authorization": f"Bearer {token}"} if token else {}
            klienter[namn] = Client(raise_request_exception=False, headers=huvud)
            if namn in self.users:
                klienter[namn].force_login(self.users[namn])
        return klienter

    # Objects: arguments of routes, all belonging to provider A

    @cached_property
    def saknas(self):
        """The key of nothing."""
        return 2_000_000_000

    @cached_property
    def vardgivare_a(self):
        """Provider A's key."""
        return self.a.pk

    @cached_property
    def kontakt_a(self):
        """The key of a paid contact."""
        return self.kontakt

    @cached_property
    def kontakt_uuid_a(self):
        """The outward id of a paid contact."""
        from gvr.models import Vardkontakt  # noqa: PLC0415 - Django is ready only now

        return Vardkontakt.objects.get(pk=self.kontakt).uuid

    @cached_property
    def rapp_kontakt_uuid_a(self):
        """The outward id of a contact that attestant_a registered by hand."""
        from gvr.actions import rapp  # noqa: PLC0415 - Django is ready only now
        from gvr.core.vardkontakt import Innehall  # noqa: PLC0415
        from tests.factories import pengar  # noqa: PLC0415

        resultat = rapp.register(
            Innehall(
                enhet="90001311001",
                patient_id="191212121212",
                dag=date(2026, 11, 3),
                btyp="1",
                taxa="01",
                yrkeskategorier=("01",),
            ),
            vardhandelse_id="R261103-BCDFGHJK",
            by=rapp.Handlaggare(anvandare=self.users["attestant_a"], vardgivare_id=self.a.pk),
            at=pengar.at(pengar.NOVEMBER),
        )
        return resultat.uuid

    @cached_property
    def patient_nyckel(self):
        """The key under which attestant_a's session keeps a patient that was searched."""
        svar = self.clients["attestant_a"].post("/registrera/sok/", {"patient": "191212121212"})
        return svar["Location"].split("/")[3]

    @cached_property
    def faktura_a(self):
        """The key of an approved invoice."""
        return self.godkand.pk

    @cached_property
    def faktura_uuid_a(self):
        """The outward id of an approved invoice."""
        return self.godkand.uuid

    @cached_property
    def forslag_uuid_a(self):
        """The outward id of a proposal that waits for approval."""
        return self.forslag.uuid

    @cached_property
    def faktura_nummer_a(self):
        """The number of an approved invoice."""
        return self.godkand.nummer

    @cached_property
    def forslag_a(self):
        """The key of a proposal that waits for approval."""
        return self.forslag.pk

    @cached_property
    def enhet_i_a(self):
        """The key of a unit of A."""
        from gvr.models import Enhet  # noqa: PLC0415 - Django is ready only now

        return Enhet.objects.filter(vardgivare=self.a).first().pk

    @cached_property
    def ekonom_hos_a(self):
        """The key of a user who may see A."""
        return self.users["ekonom_a"].pk

    @cached_property
    def grupp(self):
        """The key of a group."""
        return self.users["revisor"].groups.first().pk

    @cached_property
    def konto_a(self):
        """The key of A's sending system."""
        from gvr.models import Maskinkonto  # noqa: PLC0415 - Django is ready only now

        return Maskinkonto.objects.get(kallsystem="JOURNAL-A").pk

    @cached_property
    def ombud_a(self):
        """The key of that account's right to report for provider A."""
        from gvr.models import Ombud  # noqa: PLC0415 - Django is ready only now

        return Ombud.objects.get(maskinkonto__kallsystem="JOURNAL-A").pk

    def _by_form(self, innehall):
        from gvr.actions import samverkansformular  # noqa: PLC0415 - Django is ready only now
        from gvr.core.rapp import system_of  # noqa: PLC0415
        from tests.factories import pengar  # noqa: PLC0415

        besked = samverkansformular.report(
            innehall,
            vardgivare=[self.a.pk],
            kallsystem=system_of(self.a.pk),
            by=self.users["administrator"],
            at=pengar.at(pengar.NOVEMBER, 20),
        )
        assert besked.uuid, besked
        return besked.uuid

    @cached_property
    def deltagande_uuid_a(self):
        """The outward id of a part that A has reported by form."""
        from gvr.core.samverkan import Del  # noqa: PLC0415 - Django is ready only now
        from tests.factories.sandare import EKBACKEN  # noqa: PLC0415

        return self._by_form(
            Del(
                id="W-" + "0" * 32,
                enhet=EKBACKEN,
                dag=date(2026, 11, 3),
                yrkeskategorier=("77",),
                huvud_kallsystem="JOURNAL-B",
                huvud_vardhandelse_id="hos-b",
            )
        )

    @cached_property
    def aktivitet_uuid_a(self):
        """The outward id of an activity that A has reported by form."""
        from gvr.core.aktivitet import Insats  # noqa: PLC0415 - Django is ready only now
        from tests.factories.sandare import EKBACKEN  # noqa: PLC0415

        return self._by_form(
            Insats(
                id="W-" + "1" * 32,
                typ="SAMVERKAN",
                avser="INGEN",
                enhet=EKBACKEN,
                dag=date(2026, 11, 3),
                yrkeskategori="77",
            )
        )

    @cached_property
    def leverans_uuid_a(self):
        """The id of a request from A's journal system."""
        from django.utils import timezone  # noqa: PLC0415 - Django is ready only now

        from gvr.models import Leverans, Maskinkonto  # noqa: PLC0415

        return Leverans.objects.create(
            uuid=uuid.uuid4(),
            maskinkonto=Maskinkonto.objects.get(kallsystem="JOURNAL-A"),
            metod="POST",
            resurs="/api/v1/vardkontakter",
            kropp=b"{}",
            sha256=b"",
            mottagen=timezone.localtime(),
            status=201,
            svar=b"{}",
        ).uuid

    @cached_property
    def webhook_uuid_a(self):
        """The id of a receiver of A's journal system."""
        from django.utils import timezone  # noqa: PLC0415 - Django is ready only now

        from gvr.models import Maskinkonto, Webhook, Webhooklage  # noqa: PLC0415

        nu = timezone.localtime()
        webhook = Webhook.objects.create(
            uuid=uuid.uuid4(),
            maskinkonto=Maskinkonto.objects.get(kallsystem="JOURNAL-A"),
            adress="https://journal.example/mottag",
            nivaer=["K3"],
            skapad=nu,
            skapad_av="sys_a",
        )
        Webhooklage.objects.create(webhook=webhook, hemlighet=b"", sekvens=0, nasta=nu)
        return webhook.uuid

    @cached_property
    def nytt_besok(self):
        """A visit at a unit of A, as a journal system reports it."""
        from tests.factories import sandare  # noqa: PLC0415 - Django is ready only now

        return sandare.besok("v-ny")

    @cached_property
    def rattat_besok(self):
        """The same for a contact that is registered already."""
        from tests.factories import sandare  # noqa: PLC0415 - Django is ready only now

        return sandare.besok("v-november", version=2)

    @cached_property
    def nya_besok(self):
        """A batch of one."""
        return [self.nytt_besok]

    @cached_property
    def webhook_inat(self):
        """A receiver of webhooks that nobody is given."""
        return {"adress": "https://127.0.0.1/"}

    @cached_property
    def regelpaket(self):
        """The key of a published rule pack."""
        from ersattning.ersmo.models import Regelpaket  # noqa: PLC0415

        return Regelpaket.objects.get().pk

    @cached_property
    def prislista(self):
        """The key of a published price list."""
        from ersattning.hej.models import Prislista  # noqa: PLC0415

        return Prislista.objects.get().pk


@pytest.fixture(scope="module")
def varld(egen_databas_modul):
    """The small world, built once; every test takes back what it did."""
    return Varld()
