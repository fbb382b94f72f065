"""Exports of the code server read in: compared, shown, and applied whole in one transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection, transaction

from gvr.actions import andringar, arenden, koder, organisation
from gvr.actions.kopiering import Tabell, column, copy
from gvr.actions.organisation import Inlast
from gvr.core import enhetsbild, kodserverdiff
from gvr.core.kodserver import (
    AVD,
    FORETAG,
    SAMVERKS,
    UPPDRAGSTYP,
    Filfel,
    Lank,
    Post,
    Radfel,
    read,
)
from gvr.core.kodserverdiff import Andrad, Skillnad
from gvr.core.kodserverindex import Index
from gvr.core.kodverk import Kodrad, Kodverk
from gvr.models import Kodserverpost, Vardgivare
from gvr.models import Kodverk as Kodverksrad
from gvr.queries import kodserver

KALLA = "Kodserverns export UPPDRAGSTYP"
POST: Final = Tabell(
    "gvr_kodserverpost",
    (
        column("tabell", "text", returning=True),
        column("kod", "text"),
        column("giltig", "daterange"),
        column("innehall", "jsonb"),
    ),
)


class Inlasning(msgspec.Struct, frozen=True, kw_only=True):
    """What a file led to: the entries that differ, and what that made of the register.

    `nya_vardgivare` counts legal persons that FORETAG names and that were not known. `fynd` are
    entries that are stored but could not become a unit, a commission or a code.
    """

    tabell: str
    skillnad: Skillnad
    register: Inlast
    nya_vardgivare: int = 0
    fynd: tuple[Radfel, ...] = ()


def import_table(
    chunks: Iterable[bytes],
    *,
    tabell: str,
    at: datetime,
    by: Any = None,
    skal: str = "Inläsning från Kodservern",
    vardgivare_id: int | None = None,
    dry_run: bool = False,
) -> Inlasning | Filfel:
    """Read one table in. Returns what it led to, or why the file cannot be read.

    1. Read the file and compare it with the entries that are stored.
    2. Write the entries that differ; a row with a fault is left out, and so is the rest of its id.
    3. Make units, commissions, codes and legal persons of the ids that changed.

    With `dry_run` the same steps are taken and then undone, so a preview cannot promise anything
    else than what would come. `vardgivare_id` owns new units whose company is not known; None
    leaves them unwritten as findings. What contacts this touches is found by itself: see
    `gvr.queries.berorda`.
    """
    with transaction.atomic():
        skillnad = kodserverdiff.compare(kodserver.stored(tabell), read(chunks, tabell=tabell))
        if isinstance(skillnad, Filfel):
            return skillnad
        if skillnad.empty:
            return Inlasning(tabell=tabell, skillnad=skillnad, register=Inlast())
        with transaction.atomic():
            andringar.sign(by=by, skal=skal)
            _store(tabell, skillnad)
            svar = _apply(tabell, skillnad, vardgivare_id=vardgivare_id, by=by, skal=skal, at=at)
            if dry_run:
                transaction.set_rollback(True)
        if not dry_run:
            arenden.ring()
    return svar


def _store(tabell: str, skillnad: Skillnad) -> None:
    """Take away, move and add; entries of an id may trade places, so the fence is shut last."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints kodserverpost_overlappar_ej deferred")
        Kodserverpost.objects.filter(pk__in=[rad.id for rad in skillnad.borttagna]).delete()
        _move((*skillnad.avslutade, *skillnad.andrade))
        copy(
            POST,
            [
                (
                    tabell,
                    post.kod,
                    (post.giltig.start, post.giltig.slut),
                    kodserver.as_document(post).encode(),
                )
                for post in skillnad.nya
            ],
        )
        cursor.execute("set constraints kodserverpost_overlappar_ej immediate")


def _move(andrade: tuple[Andrad, ...]) -> None:
    if not andrade:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update gvr_kodserverpost p set giltig = daterange(ny.start, ny.slut),"
            " innehall = ny.innehall::jsonb"
            " from unnest(%s::bigint[], %s::date[], %s::date[], %s::text[])"
            " as ny(id, start, slut, innehall) where p.id = ny.id",
            [
                [rad.id for rad in andrade],
                [rad.efter.giltig.start for rad in andrade],
                [rad.efter.giltig.slut for rad in andrade],
                [kodserver.as_document(rad.efter) for rad in andrade],
            ],
        )


def _apply(
    tabell: str,
    skillnad: Skillnad,
    *,
    vardgivare_id: int | None,
    by: Any,
    skal: str,
    at: datetime,
) -> Inlasning:
    nya_vardgivare = 0
    fynd: list[Radfel] = []
    kombikor: frozenset[str] = frozenset()
    uppdrag: frozenset[str] = frozenset()
    if tabell == AVD:
        kombikor = skillnad.ids
    elif tabell == SAMVERKS:
        uppdrag = skillnad.ids
        kombikor = kodserver.units_linked_to("SAMVERKS", uppdrag)
    elif tabell == FORETAG:
        nya_vardgivare = _companies(skillnad.ids, fynd)
        kombikor = kodserver.units_linked_to("FORETAG", skillnad.ids)
    elif tabell == UPPDRAGSTYP:
        fynd.extend(_types(skillnad.ids, by=by, skal=skal, at=at))
    register = rebuild(kombikor, uppdrag, vardgivare_id=vardgivare_id)
    return Inlasning(
        tabell=tabell,
        skillnad=skillnad,
        register=register,
        nya_vardgivare=nya_vardgivare,
        fynd=(*fynd, *register.fynd),
    )


def rebuild(
    kombikor: frozenset[str],
    uppdrag: frozenset[str] = frozenset(),
    *,
    vardgivare_id: int | None = None,
) -> Inlast:
    """Make units and commissions anew of what is stored about these; must run in a transaction.

    A kombika without an entry in AVD is none of the code server's: its unit keeps its days, owner
    and commissions, and gets the HSA-ids that MEK has for it.
    """
    per_kombika = kodserver.versions(AVD, kombikor)
    enheter = [post for poster in per_kombika.values() for post in poster]
    mappningar = kodserver.mappings(kombikor)
    foretag = kodserver.versions(
        FORETAG, {lank.kod for post in enheter for lank in post.links("FORETAG")}
    )
    rader, fel = enhetsbild.commissions(
        post for poster in kodserver.versions(SAMVERKS, uppdrag).values() for post in poster
    )
    inlast = organisation.write(
        Index(
            (
                *enhetsbild.units(
                    enheter,
                    mappningar=mappningar,
                    foretag=foretag,
                    starter=kodserver.first_days(kombikor),
                ),
                *enhetsbild.remapped(
                    kodserver.units(kombikor - per_kombika.keys()), mappningar=mappningar
                ),
            ),
            tuple(rader),
        ),
        vardgivare_id=vardgivare_id,
    )
    inlast.fynd[:0] = fel
    return inlast


def _companies(koder_: frozenset[str], fynd: list[Radfel]) -> int:
    """Add the legal persons that are not known. What is known of others is not touched.

    A new one has no account: nothing can be paid to it until a person has given one.
    """
    bolag: dict[str, Post] = {}
    for poster in kodserver.versions(FORETAG, koder_).values():
        for post in sorted(poster, key=lambda rad: rad.giltig.start):
            orgnr = enhetsbild.organisation_number(post)
            if orgnr:
                bolag[orgnr] = post
            else:
                fynd.append(
                    Radfel(
                        kod=post.kod,
                        fr_o_m=str(post.giltig.start),
                        rad=None,
                        text="Företaget har inget organisationsnummer på tio siffror.",
                    )
                )
    kanda = set(Vardgivare.objects.filter(orgnr__in=list(bolag)).values_list("orgnr", flat=True))
    nya = [
        Vardgivare(
            orgnr=orgnr,
            namn=post.name[:200],
            adress=post.texter.get("officestreetaddress", "")[:200],
            postnummer=post.texter.get("postnumber", "").replace(" ", "")[:6],
            ort=post.texter.get("postoffice", "")[:100],
        )
        for orgnr, post in bolag.items()
        if orgnr not in kanda
    ]
    Vardgivare.objects.bulk_create(nya)
    return len(nya)


def _types(koder_: frozenset[str], *, by: Any, skal: str, at: datetime) -> list[Radfel]:
    """Write the kinds of commission into their code list; return what the list refuses."""
    lista = Kodverksrad.objects.filter(kod=UPPDRAGSTYP).first()
    svar = koder.import_kodverk(
        Kodverk(
            kodverk=UPPDRAGSTYP,
            namn=lista.namn if lista else "Uppdragstyper",
            klass=(lista.klass or None) if lista else None,
            kallor=tuple(lista.kalla.splitlines()) if lista else (KALLA,),
            fullstandig=lista.fullstandigt if lista else False,
            rader=tuple(
                _type(post)
                for poster in kodserver.versions(UPPDRAGSTYP, koder_).values()
                for post in poster
            ),
        ),
        at=at,
        by=by,
        skal=skal,
    )
    if not isinstance(svar, tuple):
        return []
    return [Radfel(kod=rad.pekare, fr_o_m="", rad=None, text=rad.text) for rad in svar]


def _type(post: Post) -> Kodrad:
    kort, lang = post.texter.get("shortname", ""), post.texter.get("longname", "")
    egenskaper: dict[str, str | bool | list[str]] = {}
    flagga = {"J": True, "N": False}.get(post.texter.get("Vårdval_LOV", ""))
    if flagga is not None:
        egenskaper["vardval_lov"] = flagga
    budget: tuple[Lank, ...] = post.links("BUDOMR")
    if budget:
        egenskaper["budgetomrade"] = budget[-1].kod
    if lang and lang != kort:
        egenskaper["langnamn"] = lang
    return Kodrad(
        kod=post.kod, text=kort or lang or None, giltig=post.giltig, egenskaper=egenskaper
    )
