"""Draft, handed in, approved by somebody else, published: what may happen, and what never can."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction
from django.urls import reverse

from ersattning import kedja
from ersattning.ersmo.models import Regelpaket
from ersattning.hej.actions import prislistor
from ersattning.hej.models import Beslut, Pris, Prislista
from gvr.actions import publicering, roller
from gvr.actions.publicering import UnableToPublish
from gvr.admin import yamltext
from gvr.bas import Status
from tests import world
from tests.factories import kontakter, publicerat, regionen
from tests.factories.kontakter import NU
from tests.factories.pengar import PAKET

LOSENORD = "aldrig-använt-i-testerna"
EN_PRISRAD = {"text": "Test", "fr_o_m": date(2020, 1, 1), "t_o_m": None, "kalla": "test"}
DOKUMENT = {
    "kod": "besok",
    "namn": "Besök",
    "avtalsomrade": "huslakarverksamhet",
    "giltig": {"fr_o_m": date(2020, 1, 1), "t_o_m": None},
    "avrundning": "HALF_UP",
    "kalla": "test",
    "priser": [
        {**EN_PRISRAD, "produktkod": "LAK", "belopp": "1000.00"},
        {**EN_PRISRAD, "produktkod": "AVG", "belopp": "275.00"},
    ],
}
LAKARBESOK = {"dag": date(2026, 11, 18), "btyp": "1", "yrkeskategorier": ["01"]}
SSK_BESOK = {**LAKARBESOK, "yrkeskategorier": ["70"]}


def pack(lakarbesok):
    """Return a pack of one rule with two examples: this contact hits, a nurse's misses."""
    exempel = [
        {"namn": "Läkare", "kontakt": lakarbesok, "utfall": "träff", "rader": {"LAK": 1}},
        {"namn": "Sjuksköterska", "kontakt": SSK_BESOK, "utfall": "miss", "rader": {}},
    ]
    return {**PAKET, "regler": [{**PAKET["regler"][0], "exempel": exempel}]}


@pytest.fixture
def varld(db):
    return world.load_providers()


@pytest.fixture
def anna(varld):
    return regionen.anna()


@pytest.fixture
def astrid(varld):
    return regionen.staff("astrid", roller.ADMINISTRATOR, roller.PRISANSVARIG, roller.REGELANSVARIG)


@pytest.fixture
def utkast(anna):
    lista = prislistor.create_draft(DOKUMENT, by=anna, at=NU)
    assert isinstance(lista, Prislista), lista
    return lista


@pytest.fixture
def inlamnad(utkast, anna):
    return prislistor.submit(utkast, by=anna, at=NU)


@pytest.fixture
def publicerad(inlamnad, astrid):
    publicering.approve(inlamnad, by=astrid, at=NU, innehall_hash=inlamnad.innehall_hash)
    return publicering.publish(inlamnad, by=astrid, at=NU)


# Two persons ------------------------------------------------------------------------------------


def test_who_wrote_or_handed_in_cannot_approve(inlamnad, anna):
    with pytest.raises(UnableToPublish, match="kollega"):
        publicering.approve(inlamnad, by=anna, at=NU, innehall_hash=inlamnad.innehall_hash)

    inlamnad.refresh_from_db()
    assert inlamnad.status == Status.INLAMNAD


def test_an_approval_holds_for_the_content_that_was_read_and_no_other(inlamnad, astrid):
    with pytest.raises(UnableToPublish, match="ändrats"):
        publicering.approve(inlamnad, by=astrid, at=NU, innehall_hash="0" * 64)


@pytest.mark.parametrize("steg", ["approve", "publish"])
def test_no_step_can_be_jumped_over(utkast, astrid, steg):
    fler = {"innehall_hash": utkast.innehall_hash} if steg == "approve" else {}

    with pytest.raises(UnableToPublish, match="utkast"):
        getattr(publicering, steg)(utkast, by=astrid, at=NU, **fler)


def test_taking_back_takes_the_approval_away(inlamnad, astrid):
    publicering.approve(inlamnad, by=astrid, at=NU, innehall_hash=inlamnad.innehall_hash)

    publicering.withdraw(inlamnad, by=astrid, skal="Fel belopp")

    inlamnad.refresh_from_db()
    assert inlamnad.status == Status.UTKAST
    assert inlamnad.godkand_hash == ""
    with pytest.raises(UnableToPublish):
        publicering.publish(inlamnad, by=astrid, at=NU)


# What the database refuses, whoever asks --------------------------------------------------------


def refused(sats, *parametrar):
    """Run SQL as the application does; return what the database says, or None when it obeys."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sats, parametrar)
    except Error as fault:
        return str(fault)
    return None


def test_the_database_refuses_an_approval_by_the_author(inlamnad, anna):
    svar = refused(
        "update hej_prislista set status = 'GODKAND', godkand = %s, godkand_av_id = %s,"
        " godkand_hash = innehall_hash where id = %s",
        NU,
        anna.pk,
        inlamnad.pk,
    )

    assert svar
    assert "tva_personer" in svar


def test_the_database_refuses_an_approval_of_other_content(inlamnad, astrid):
    svar = refused(
        "update hej_prislista set status = 'GODKAND', godkand = %s, godkand_av_id = %s,"
        " godkand_hash = %s where id = %s",
        NU,
        astrid.pk,
        "0" * 64,
        inlamnad.pk,
    )

    assert svar
    assert "tva_personer" in svar


@pytest.mark.parametrize(
    "sats",
    [
        "update hej_prislista set giltig = daterange('2021-01-01', null) where id = %s",
        "update hej_prislista set innehall_hash = repeat('1', 64) where id = %s",
        "update hej_pris set belopp = belopp + 1 where prislista_id = %s",
        "delete from hej_pris where prislista_id = %s",
        "insert into hej_pris (prislista_id, produktkod, giltig, belopp, exempel, kalla, text)"
        " values (%s, 'NY', daterange('2020-01-01', null), 1, false, '', '')",
    ],
    ids=["giltighet", "hash", "belopp", "borttaget pris", "nytt pris"],
)
@pytest.mark.parametrize("lage", ["inlamnad", "publicerad"])
def test_the_database_refuses_to_change_what_is_handed_in_or_published(request, lage, sats):
    lista = request.getfixturevalue(lage)
    fore = prislistor.export(lista)

    assert refused(sats, lista.pk)

    assert prislistor.export(Prislista.objects.get(pk=lista.pk)) == fore


@pytest.mark.parametrize(
    "sats",
    [
        "update hej_prislista set namn = 'Annat' where id = %s",
        "update hej_prislista set status = 'UTKAST', publicerad = null where id = %s",
        "delete from hej_prislista where id = %s",
    ],
    ids=["namn", "status", "borttagen"],
)
def test_the_database_refuses_to_touch_a_published_list_at_all(publicerad, sats):
    assert "Publicerat" in (refused(sats, publicerad.pk) or "")


def test_a_draft_can_be_changed_and_thrown_away(utkast, anna):
    assert refused("update hej_pris set belopp = 1 where prislista_id = %s", utkast.pk) is None

    publicering.discard(utkast, by=anna, skal="Behövs inte")

    assert not Prislista.objects.exists()
    assert not Pris.objects.exists()


def test_two_published_packs_of_an_area_never_hold_the_same_day(varld):
    publicerat.publish_pack(PAKET)

    with pytest.raises(Error, match="exclusion constraint"), transaction.atomic():
        publicerat.publish_pack({**PAKET, "modell": "annan", "version": "1"})


# The pages --------------------------------------------------------------------------------------


def step(klient, rad, namn, **falt):
    """Take a step on its page as a person would, with the hash that the page shows."""
    app = rad._meta.app_label
    adress = reverse(f"admin:{app}_{rad._meta.model_name}_steg", args=[rad.pk, namn])
    sida = klient.get(adress)
    if sida.status_code != 200:
        return sida
    falt.setdefault("innehall_hash", sida.context["hash"])
    return klient.post(adress, falt)


def status_of(rad):
    rad.refresh_from_db()
    return rad.status


def test_a_pack_goes_from_text_to_published_by_two_persons_on_the_pages(anna, astrid):
    skriver, laser = regionen.client(anna), regionen.client(astrid)
    dokument = pack(LAKARBESOK)

    svar = skriver.post(
        reverse("admin:ersmo_regelpaket_add"),
        {"text": yamltext.write(dokument), "skal": "Ny modell"},
    )

    assert svar.status_code == 302, svar.context["fynd"]
    paket = Regelpaket.objects.get()
    assert step(skriver, paket, "lamna-in").status_code == 302
    assert status_of(paket) == Status.INLAMNAD
    egen = step(skriver, paket, "godkann", losenord=LOSENORD)
    assert "kollega" in egen.content.decode()
    fel = step(laser, paket, "godkann", losenord="gissar")
    assert "Lösenordet stämmer inte" in fel.content.decode()
    gammal = step(laser, paket, "godkann", losenord=LOSENORD, innehall_hash="0" * 64)
    assert "ändrats sedan du läste" in gammal.content.decode()
    assert status_of(paket) == Status.INLAMNAD
    assert step(laser, paket, "godkann", losenord=LOSENORD).status_code == 302
    assert step(laser, paket, "publicera", losenord=LOSENORD).status_code == 302
    assert status_of(paket) == Status.PUBLICERAD
    sida = laser.get(reverse("admin:ersmo_regelpaket_change", args=[paket.pk])).content.decode()
    assert "Lämna in" not in sida
    assert "Kasta utkastet" not in sida


def test_a_pack_whose_example_fails_cannot_be_handed_in(anna):
    klient = regionen.client(anna)
    dokument = pack(SSK_BESOK)
    klient.post(
        reverse("admin:ersmo_regelpaket_add"),
        {"text": yamltext.write(dokument), "skal": "Ny modell"},
    )
    paket = Regelpaket.objects.get()

    svar = step(klient, paket, "lamna-in")

    assert "exemplet ”Läkare”" in svar.content.decode()
    assert status_of(paket) == Status.UTKAST


def test_who_may_only_read_takes_no_step(inlamnad, varld):
    rune = regionen.client(regionen.staff("rune", roller.REVISOR))

    for namn in ("godkann", "publicera", "ta-tillbaka"):
        assert step(rune, inlamnad, namn).status_code == 403
    assert status_of(inlamnad) == Status.INLAMNAD


def test_what_waits_for_a_price_is_paid_when_the_price_is_published(anna, astrid):
    publicerat.publish_pack(PAKET)
    pk = kontakter.register("v1", kontakter.innehall())
    kedja.decide_next(at=NU)
    assert Beslut.objects.get().utfall == "VANTAR"

    lista = prislistor.submit(prislistor.create_draft(DOKUMENT, by=anna, at=NU), by=anna, at=NU)
    klient = regionen.client(astrid)
    step(klient, lista, "godkann", losenord=LOSENORD)
    step(klient, lista, "publicera", losenord=LOSENORD)
    assert kedja.offer_waiting(at=NU) == 1
    kedja.decide_next(at=NU)

    senaste = Beslut.objects.order_by("-pk").first()
    assert (senaste.vardkontakt_id, senaste.utfall) == (pk, "ERSATTS")
    assert senaste.summa == Decimal("725.00")
