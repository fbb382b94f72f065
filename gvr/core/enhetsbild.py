"""Units and commissions as the tables of the code server and MEK together describe them.

AVD says when a kombika is a unit, and links it to its company and its commissions; MEK says which
HSA-id it has; FORETAG which legal person a company is; SAMVERKS what a commission is. Each has
days of its own. A unit is divided where its HSA-id or its owner changes, a commission where its
kind, type or contract does, and a unit works under a commission on the days when the entry and the
link both say so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from gvr.core.kodserver import INGET_UPPDRAG, Lank, Post, Radfel
from gvr.core.kodserverindex import Enhetsrad, Uppdragslank, Uppdragsrad, divide
from gvr.core.period import Period

#: The kinds of commission (STYP) that are care; 01-05 group organisations and are never paid.
STYP_VARD: Final = frozenset({"06", "07", "08", "09", "10", "11", "12", "13"})
_ORGNR_SIFFROR: Final = 10
_NAMN: Final = 200


class Mappning(msgspec.Struct, frozen=True):
    """The HSA-id of a kombika during a period."""

    hsa_id: str
    giltig: Period


def units(
    poster: Iterable[Post],
    *,
    mappningar: Mapping[str, Sequence[Mappning]],
    foretag: Mapping[str, Sequence[Post]],
    starter: Mapping[str, Sequence[date]],
) -> tuple[Enhetsrad, ...]:
    """Return the units of AVD entries.

    `starter` are the first days of the rows that are registered for each kombika: a unit is
    divided there too, so that a row which contacts point at stays where it was.
    """
    return tuple(
        rad
        for post in poster
        for rad in _unit(
            post, mappningar.get(post.kod, ()), foretag, tuple(starter.get(post.kod, ()))
        )
    )


def remapped(
    rader: Iterable[Enhetsrad], *, mappningar: Mapping[str, Sequence[Mappning]]
) -> tuple[Enhetsrad, ...]:
    """Return units with the HSA-ids of MEK, divided where those change; all else stays."""
    svar = []
    for rad in rader:
        egna = mappningar.get(rad.kombika, ())
        for del_ in divide(rad.giltig, [m.giltig for m in egna]):
            svar.append(
                msgspec.structs.replace(
                    rad,
                    giltig=del_,
                    hsa_id=next((m.hsa_id for m in egna if m.giltig.contains(del_.start)), ""),
                    uppdrag=tuple(
                        Uppdragslank(lank.samverks_id, gemensam)
                        for lank in rad.uppdrag
                        if (gemensam := lank.giltig.intersection(del_)) is not None
                    ),
                )
            )
    return tuple(svar)


def _unit(
    post: Post,
    mappningar: Sequence[Mappning],
    foretag: Mapping[str, Sequence[Post]],
    starter: Sequence[date],
) -> Iterable[Enhetsrad]:
    agare = post.links("FORETAG")
    bolag = [rad.giltig for lank in agare for rad in foretag.get(lank.kod, ())]
    granser = [
        *(rad.giltig for rad in mappningar),
        *(rad.giltig for rad in agare),
        *bolag,
        *(Period(start) for start in starter),
    ]
    uppdrag = [lank for lank in post.links("SAMVERKS") if lank.kod != INGET_UPPDRAG]
    for del_ in divide(post.giltig, granser):
        yield Enhetsrad(
            kombika=post.kod,
            hsa_id=next((m.hsa_id for m in mappningar if m.giltig.contains(del_.start)), ""),
            giltig=del_,
            uppdrag=_commissions_within(uppdrag, del_),
            orgnr=_owner(agare, foretag, del_.start),
            namn=post.name[:_NAMN],
        )


def _commissions_within(lankar: Sequence[Lank], giltig: Period) -> tuple[Uppdragslank, ...]:
    """Return the commissions on the unit's days; days that two links repeat count once."""
    per_kod: dict[str, list[Period]] = {}
    for lank in lankar:
        gemensam = lank.giltig.intersection(giltig)
        if gemensam is not None:
            per_kod.setdefault(lank.kod, []).append(gemensam)
    return tuple(
        Uppdragslank(kod, period)
        for kod, perioder in sorted(per_kod.items())
        for period in _joined(perioder)
    )


def _joined(perioder: Sequence[Period]) -> list[Period]:
    svar: list[Period] = []
    for period in sorted(perioder, key=lambda rad: rad.start):
        sist = svar[-1] if svar else None
        if sist is not None and (sist.slut is None or period.start <= sist.slut):
            oppen = sist.slut is None or period.slut is None
            slut = None if oppen else max(sist.slut, period.slut)  # type: ignore[type-var]
            svar[-1] = Period(sist.start, slut)
        else:
            svar.append(period)
    return svar


def _owner(agare: Sequence[Lank], foretag: Mapping[str, Sequence[Post]], dag: date) -> str:
    """Return the organisation number of the owner on a day; empty when the tables do not say."""
    nummer = {
        organisation_number(bolag)
        for lank in agare
        if lank.giltig.contains(dag)
        for bolag in foretag.get(lank.kod, ())
        if bolag.giltig.contains(dag)
    } - {""}
    return nummer.pop() if len(nummer) == 1 else ""


def organisation_number(post: Post) -> str:
    """Return the ten digits of a company's organisation number, empty when it has none."""
    siffror = "".join(filter(str.isdigit, post.texter.get("Organisationsnr", "")))
    if len(siffror) == _ORGNR_SIFFROR + 2 and siffror.startswith("16"):
        siffror = siffror[2:]
    return siffror if len(siffror) == _ORGNR_SIFFROR else ""


def commissions(poster: Iterable[Post]) -> tuple[list[Uppdragsrad], list[Radfel]]:
    """Return the commissions of SAMVERKS entries, and those that cannot be read as one.

    Groupings of organisations (STYP 01-05) are no commissions and are left out without a word.
    """
    rader: list[Uppdragsrad] = []
    fel: list[Radfel] = []
    for post in poster:
        if not {lank.kod for lank in post.links("STYP")} & STYP_VARD:
            continue
        svar = _commission(post)
        if isinstance(svar, Radfel):
            fel.append(svar)
        else:
            rader.extend(svar)
    return rader, fel


def _commission(post: Post) -> list[Uppdragsrad] | Radfel:
    lankar = [rad for system in ("STYP", "UPPDRAGSTYP", "AVTAL") for rad in post.links(system)]
    mall = post.texter.get("Följer mall", "").upper()
    rader = []
    for del_ in divide(post.giltig, [lank.giltig for lank in lankar]):
        styp = set(post.linked_on("STYP", del_.start))
        typ = set(post.linked_on("UPPDRAGSTYP", del_.start))
        avtal = set(post.linked_on("AVTAL", del_.start))
        if len(styp) > 1 or len(typ) > 1 or len(avtal) > 1:
            return _fault(post, f"Har flera STYP, uppdragstyper eller avtal den {del_.start}.")
        if not styp & STYP_VARD:
            continue  # no commission of care on these days
        if not typ:
            return _fault(post, f"Har ingen uppdragstyp den {del_.start}.")
        rader.append(
            Uppdragsrad(
                samverks_id=post.kod,
                styp=styp.pop(),
                uppdragstyp=typ.pop(),
                avtal=avtal.pop() if avtal else "",
                giltig=del_,
                namn=post.name[:_NAMN],
                test={"N": True, "J": False}.get(mall),
            )
        )
    return rader


def _fault(post: Post, text: str) -> Radfel:
    return Radfel(kod=post.kod, fr_o_m=str(post.giltig.start), rad=None, text=text)
