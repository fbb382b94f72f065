"""Published rule packs and price lists, straight into the tables."""

from datetime import date
from itertools import count

from django.contrib.auth import get_user_model

from ersattning.ersmo.core import regelpaket as regelkarna
from ersattning.ersmo.models import Regelpaket
from ersattning.hej.models import Pris, Prislista
from gvr.bas import Status
from gvr.models import Avtalsomrade
from tests.factories.kontakter import NU

_nr = count(1)


def _two_persons():
    users = get_user_model().objects
    return (
        users.get_or_create(username="anna", defaults={"is_staff": True})[0],
        users.get_or_create(username="astrid", defaults={"is_staff": True})[0],
    )


def person():
    """Return a person of the region."""
    return _two_persons()[0]


def _published(hash_):
    anna, astrid = _two_persons()
    return {
        "status": Status.PUBLICERAD,
        "innehall_hash": hash_,
        "godkand_hash": hash_,
        "skapad": NU,
        "skapad_av": anna,
        "inlamnad": NU,
        "inlamnad_av": anna,
        "godkand": NU,
        "godkand_av": astrid,
        "publicerad": NU,
    }


def publish_pack(dokument, *, version=1, fr_o_m=date(2020, 1, 1), till=None):
    """Publish a rule pack as if two persons had stood behind it."""
    paket = regelkarna.parse(dokument)
    assert not isinstance(paket, tuple), [a.text for a in paket]
    return Regelpaket.objects.create(
        modell=dokument["modell"],
        version=version,
        namn=dokument["namn"],
        avtalsomrade=Avtalsomrade.objects.get(kod=dokument["avtalsomrade"]),
        giltig=(fr_o_m, till),
        innehall=dokument,
        **_published(regelkarna.content_hash(dokument)),
    )


def publish_prices(kod, avtalsomrade, priser, *, version=1, fr_o_m=date(2020, 1, 1), till=None):
    """Publish a price list; `priser` maps product to kronor, or to a dict of the price's fields."""
    lista = Prislista.objects.create(
        kod=kod,
        version=version,
        namn=kod,
        avtalsomrade=Avtalsomrade.objects.get(kod=avtalsomrade),
        giltig=(fr_o_m, till),
        kalla="test",
        **{**_published(f"{next(_nr):064d}"), "status": Status.UTKAST, "publicerad": None},
    )
    Pris.objects.bulk_create(
        Pris(
            prislista=lista,
            produktkod=produkt,
            giltig=(fr_o_m, till),
            **(pris if isinstance(pris, dict) else {"belopp": pris}),
        )
        for produkt, pris in priser.items()
    )
    lista.status, lista.publicerad = Status.PUBLICERAD, NU
    lista.save()
    return lista
