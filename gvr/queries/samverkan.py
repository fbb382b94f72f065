"""How parts stand to their contacts, and what becomes of an occasion when all of it is seen.

Everything here looks across providers – a tie is between two of them – so it needs a context that
shows all rows. What is shown on to whom is for the caller to decide: a party may know that the
others exist, by unit, role and state, and nothing else of theirs.

A constant number of statements, however many parts are asked about.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from gvr.core import samverkan as core
from gvr.core.avvikelse import Avvikelse
from gvr.core.register import Register
from gvr.core.samverkan import Annan, Huvudkontakt, Kopplad, Koppling, Part
from gvr.core.vardkontakt import Placering
from gvr.models import Aktivitet, Delkvittens, Deltagande
from gvr.queries import register
from gvr.queries.kontakter import fallback_days


class Utpekande(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part and the contact it points out: by its key, or by patient, day and unit."""

    nyckel: tuple[str, str]
    kallsystem: str = ""
    vardhandelse_id: str = ""
    enhet_id: int | None = None
    patient_id: str | None = None
    dag: date
    tid: time | None = None
    minuter: int | None = None
    avtal_id: int
    vardgivare_id: int

    @property
    def part(self) -> Part:
        """Return what the rules need of it."""
        return Part(
            nyckel=self.nyckel,
            avtal_id=self.avtal_id,
            dag=self.dag,
            tid=self.tid,
            minuter=self.minuter,
            patient_id=self.patient_id,
            vardgivare_id=self.vardgivare_id,
        )


class Delrad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A part in its newest version. `forst` is when its first version was registered."""

    id: int
    uuid: UUID
    version: int
    makulerad: bool
    vardgivare_id: int
    vardgivare: str
    enhet_id: int
    enhet: str
    kombika: str
    roll: str
    yrkeskategorier: tuple[str, ...]
    atgarder: tuple[str, ...]
    huvud_enhet: str
    huvud_kombika: str
    registrerad: datetime
    forst: datetime
    pekar: Utpekande

    @property
    def roll_i_text(self) -> str:
        """Return the role in words."""
        return core.ROLLER.get(self.roll, self.roll)


class Kontaktrad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A contact as an occasion sees it: the main contact, or another on the same day."""

    id: int
    uuid: UUID
    kallsystem: str
    vardhandelse_id: str
    version: int
    vardgivare_id: int | None
    vardgivare: str
    enhet_id: int | None
    enhet: str
    kombika: str
    atgarder: tuple[str, ...]
    yrkeskategorier: tuple[str, ...]
    huvud: Huvudkontakt


class Tillfalle(msgspec.Struct, frozen=True, kw_only=True):
    """An occasion as it is now: the contact, every part with how it stands, what is doubled."""

    huvud: Kontaktrad | None
    delar: tuple[tuple[Delrad, Kopplad], ...]
    avvikelser: tuple[Avvikelse, ...] = ()
    dubbletter: tuple[tuple[Kontaktrad, Avvikelse], ...] = ()

    def tie_of(self, nyckel: tuple[str, str]) -> Kopplad:
        """Return how a part stands. Raises KeyError for one that is not of the occasion."""
        return {rad.pekar.nyckel: dom for rad, dom in self.delar}[nyckel]

    def seen_by(self, nyckel: tuple[str, str]) -> "Tillfalle":
        """Return the occasion as the one with this part may see it.

        Only who is tied sees the others. Whoever could see more by pointing at a contact, a patient
        or a unit could ask in that way who has met whom.
        """
        if self.tie_of(nyckel).koppling is Koppling.KOPPLAD:
            return self
        return Tillfalle(
            huvud=None,
            delar=tuple((rad, dom) for rad, dom in self.delar if rad.pekar.nyckel == nyckel),
        )


def newest(
    modell: type[Deltagande] | type[Aktivitet], *, kallsystem: str, extern_id: str
) -> Deltagande | Aktivitet | None:
    """Return the newest version of what a system calls by this id, in a context that shows it."""
    rader = modell._default_manager.filter(kallsystem=kallsystem, extern_id=extern_id)
    return rader.order_by("-version").first()


def receipts(rad: Deltagande | Aktivitet, *, antal: int = 50) -> Sequence[Delkvittens]:
    """Return the newest receipts of a part, oldest first; there are none of other work."""
    if not isinstance(rad, Deltagande):
        return ()
    rader = Delkvittens.objects.filter(uuid=rad.uuid, kallsystem=rad.kallsystem)
    return list(reversed(rader.order_by("-sekvens")[:antal]))


# Occasions --------------------------------------------------------------------------------------


def occasions(nycklar: Collection[tuple[str, str]]) -> dict[tuple[str, str], Tillfalle]:
    """Return the occasion of each of these parts, by the part's key; cancelled ones have none."""
    return _see(parts_by_key(nycklar))


def occasions_of_contacts(kontakt_ids: Collection[int]) -> dict[int, Tillfalle]:
    """Return the occasion of each contact that some part points out, by the contact's id."""
    kontakter = _contacts("k.id = any(%s::bigint[])", [list(kontakt_ids)])
    sedda = _see(_pointing_at(kontakter.values()))
    return {
        bild.huvud.id: bild
        for bild in sedda.values()
        if bild.huvud is not None and bild.huvud.id in kontakter
    }


def stand(ny: Utpekande) -> Kopplad:
    """Return how a part would stand that is not registered yet, among those that are."""
    return _judge_all([ny])[0][ny.nyckel].dom


def doubled(kontakt_id: int) -> tuple[Avvikelse, ...]:
    """Return the findings of other occasions that this contact reports once more."""
    egen = _contacts("k.id = %s", [kontakt_id]).get(kontakt_id)
    if egen is None or egen.huvud.makulerad:
        return ()
    samma_dag = [rad.id for rad in _same_day([egen]) if rad.id != kontakt_id]
    fynd: dict[str, Avvikelse] = {}
    for bild in occasions_of_contacts(samma_dag).values() if samma_dag else ():
        fynd |= {a.kod: a for rad, a in bild.dubbletter if rad.id == kontakt_id}
    return tuple(fynd[kod] for kod in sorted(fynd))


def _see(delar: Iterable[Delrad]) -> dict[tuple[str, str], Tillfalle]:
    """Widen the parts to whole occasions, and judge them."""
    rader = {rad.pekar.nyckel: rad for rad in delar if not rad.makulerad}
    domar, grannar = _judge_all([rad.pekar for rad in rader.values()])
    alla = grannar | rader
    return {
        nyckel: Tillfalle(
            huvud=domar[nyckel].huvud,
            delar=tuple((alla[n], domar[n].dom) for n in domar[nyckel].delar),
            avvikelser=domar[nyckel].avvikelser,
            dubbletter=domar[nyckel].dubbletter,
        )
        for nyckel in rader
    }


class _Dom(msgspec.Struct, frozen=True, kw_only=True):
    """How one part stands, with the keys of all parts of its occasion."""

    dom: Kopplad
    delar: tuple[tuple[str, str], ...]
    huvud: Kontaktrad | None = None
    avvikelser: tuple[Avvikelse, ...] = ()
    dubbletter: tuple[tuple[Kontaktrad, Avvikelse], ...] = ()


_Domar = dict[tuple[str, str], _Dom]


def _judge_all(givna: Sequence[Utpekande]) -> tuple[_Domar, dict[tuple[str, str], Delrad]]:
    """Judge the parts with all others of their occasions; also return those others.

    1. Find the contact that each part points out.
    2. Find every part that points out the same contact, in either way, and which they really mean.
    3. Find the other contacts of the same patients and days.
    4. Judge each occasion. A part without a contact waits, together with those that point out the
       same; one that may mean several contacts is wrong by itself.
    """
    hittade, _ = _resolve(givna)
    egna = {rad.nyckel for rad in givna}
    grannar = {
        rad.pekar.nyckel: rad
        for rad in _pointing_at(hittade.values(), lika=givna)
        if rad.pekar.nyckel not in egna
    }
    alla = [*givna, *(rad.pekar for rad in grannar.values())]
    huvud_av, tvetydiga = _resolve(alla)
    med: defaultdict[int, list[Utpekande]] = defaultdict(list)
    utan: defaultdict[tuple[Any, ...], list[Utpekande]] = defaultdict(list)
    for rad in alla:
        if rad.nyckel in huvud_av:
            med[huvud_av[rad.nyckel].id].append(rad)
        else:
            utan[_reference(rad)].append(rad)
    kontakter = {rad.id: rad for rad in huvud_av.values()}
    per_dag: defaultdict[tuple[str, date], list[Kontaktrad]] = defaultdict(list)
    for kontakt in _same_day(list(kontakter.values())):
        per_dag[kontakt.huvud.patient_id, kontakt.huvud.dag].append(kontakt)
    svar: _Domar = {}
    for pk, delar in med.items():
        svar |= _occasion(kontakter[pk], delar, per_dag)
    for delar in utan.values():
        for rad in delar:
            svar[rad.nyckel] = _Dom(
                dom=core.TVETYDIG if rad.nyckel in tvetydiga else core.VANTAR,
                delar=_keys(delar),
            )
    return svar, grannar


def _occasion(
    kontakt: Kontaktrad,
    delar: Sequence[Utpekande],
    per_dag: Mapping[tuple[str, date], Sequence[Kontaktrad]],
) -> _Domar:
    andra = {
        rad.id: rad
        for rad in per_dag.get((kontakt.huvud.patient_id, kontakt.huvud.dag), ())
        if rad.id != kontakt.id
    }
    bild = core.judge(
        kontakt.huvud,
        [rad.part for rad in delar],
        [
            Annan(
                kontakt_id=pk, btyp=rad.huvud.btyp, tid=rad.huvud.tid, avtal_id=rad.huvud.avtal_id
            )
            for pk, rad in andra.items()
        ],
    )
    dubbletter = tuple((andra[pk], fynd) for pk, fynd in sorted(bild.dubbletter.items()))
    return {
        rad.nyckel: _Dom(
            dom=bild.delar[rad.nyckel],
            delar=_keys(delar),
            huvud=kontakt,
            avvikelser=bild.avvikelser,
            dubbletter=dubbletter,
        )
        for rad in delar
    }


def _keys(delar: Sequence[Utpekande]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(rad.nyckel for rad in delar))


def _reference(rad: Utpekande) -> tuple[Any, ...]:
    if rad.vardhandelse_id:
        return rad.kallsystem, rad.vardhandelse_id
    return rad.patient_id, rad.dag, rad.enhet_id


# Statements -------------------------------------------------------------------------------------

_KONTAKT = """
    k.id, k.uuid, k.kallsystem, k.vardhandelse_id, v.version, k.vardgivare_id,
    coalesce(vg.namn, ''), k.enhet_id, coalesce(e.namn, ''), coalesce(e.kombika, v.enhet_ref),
    v.atgarder, v.yrkeskategorier, v.btyp, v.dag, v.makulerad, v.tid, v.patient_id,
    v.enhet_ref, v.ers_uppdrag, v.slutdag
"""
_KONTAKTTABELLER = """
    gvr_vardkontakt k
    join gvr_vardkontaktversion v on v.vardkontakt_id = k.id and v.version = k.senaste_version
    left join gvr_vardgivare vg on vg.id = k.vardgivare_id
    left join gvr_enhet e on e.id = k.enhet_id
"""


def _contact(rad: Sequence[Any], bild: Register) -> Kontaktrad:
    plats = bild.place(
        rad[17], rad[13], ers_uppdrag=rad[18], fallback=fallback_days(rad[13], rad[19], ())
    )
    return Kontaktrad(
        id=rad[0],
        uuid=rad[1],
        kallsystem=rad[2],
        vardhandelse_id=rad[3],
        version=rad[4],
        vardgivare_id=rad[5],
        vardgivare=rad[6],
        enhet_id=rad[7],
        enhet=rad[8],
        kombika=rad[9],
        atgarder=tuple(rad[10]),
        yrkeskategorier=tuple(rad[11]),
        huvud=Huvudkontakt(
            btyp=rad[12],
            dag=rad[13],
            makulerad=rad[14],
            tid=rad[15],
            patient_id=rad[16],
            avtal_id=plats.avtal_id if isinstance(plats, Placering) else None,
            vardgivare_id=rad[5],
        ),
    )


def _contacts(villkor: str, parametrar: Sequence[Any]) -> dict[int, Kontaktrad]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {_KONTAKT} from {_KONTAKTTABELLER} where {villkor}",  # noqa: S608 - ours
            parametrar,
        )
        rader = cursor.fetchall()
    bild = register.current()
    return {rad[0]: _contact(rad, bild) for rad in rader}


def _resolve(
    delar: Sequence[Utpekande],
) -> tuple[dict[tuple[str, str], Kontaktrad], set[tuple[str, str]]]:
    """Return the contact that each part means, and the parts that may mean several."""
    if not delar:
        return {}, set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            with p as (
                select * from unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::date[],
                    %s::bigint[]) as t(nr, kallsystem, handelse, patient, dag, enhet))
            select p.nr, {_KONTAKT} from {_KONTAKTTABELLER}
                join p on k.kallsystem = p.kallsystem and k.vardhandelse_id = p.handelse
            union all
            select p.nr, {_KONTAKT} from {_KONTAKTTABELLER}
                join p on v.patient_id = p.patient and v.dag = p.dag and k.enhet_id = p.enhet
            where not v.makulerad and v.btyp in ('A', 'B')
            """,  # noqa: S608 - our own lists of columns
            [
                list(range(len(delar))),
                [rad.kallsystem for rad in delar],
                [rad.vardhandelse_id for rad in delar],
                [rad.patient_id for rad in delar],
                [rad.dag for rad in delar],
                [rad.enhet_id for rad in delar],
            ],
        )
        rader = cursor.fetchall()
    bild = register.current()
    kandidater: defaultdict[int, list[Kontaktrad]] = defaultdict(list)
    for rad in rader:
        kandidater[rad[0]].append(_contact(rad[1:], bild))
    hittade, tvetydiga = {}, set()
    for nr, lista in kandidater.items():
        lista.sort(key=lambda rad: rad.id)
        vald = core.choose([rad.huvud for rad in lista], delar[nr].tid)
        if vald is None:
            tvetydiga.add(delar[nr].nyckel)
        else:
            hittade[delar[nr].nyckel] = lista[vald]
    return hittade, tvetydiga


def _same_day(kontakter: Sequence[Kontaktrad]) -> list[Kontaktrad]:
    """Return every contact, not cancelled, of the same patients on the same days."""
    if not kontakter:
        return []
    nycklar = {(rad.huvud.patient_id, rad.huvud.dag) for rad in kontakter}
    return list(
        _contacts(
            "(v.patient_id, v.dag) in (select * from unnest(%s::text[], %s::date[]))"
            " and not v.makulerad",
            [[patient for patient, _ in nycklar], [dag for _, dag in nycklar]],
        ).values()
    )


_DEL = """
    d.id, d.uuid, d.version, d.makulerad, d.vardgivare_id, vg.namn, d.enhet_id, e.namn, e.kombika,
    d.roll, d.yrkeskategorier, d.atgarder, coalesce(h.namn, ''), coalesce(h.kombika, ''),
    d.registrerad,
    (select min(f.registrerad) from gvr_deltagande f
        where f.kallsystem = d.kallsystem and f.extern_id = d.extern_id),
    d.kallsystem, d.extern_id, coalesce(t.huvud_kallsystem, ''),
    coalesce(t.huvud_vardhandelse_id, ''), d.huvud_enhet_id, d.patient_id, d.dag, d.tid, d.minuter,
    d.avtal_id
"""
_DELTABELLER = """
    gvr_deltagande d
    join gvr_vardgivare vg on vg.id = d.vardgivare_id
    join gvr_enhet e on e.id = d.enhet_id
    left join gvr_samverkanstillfalle t on t.id = d.tillfalle_id
    left join gvr_enhet h on h.id = d.huvud_enhet_id
"""
_NYAST = """
    not exists (select from gvr_deltagande ny where ny.kallsystem = d.kallsystem
        and ny.extern_id = d.extern_id and ny.version > d.version)
"""


def _part(rad: Sequence[Any], bild: Register) -> Delrad:
    """Read a part. Its contract is that of its unit as the register says now, like a contact's."""
    plats = bild.place(rad[8], rad[22])
    return Delrad(
        id=rad[0],
        uuid=rad[1],
        version=rad[2],
        makulerad=rad[3],
        vardgivare_id=rad[4],
        vardgivare=rad[5],
        enhet_id=rad[6],
        enhet=rad[7],
        kombika=rad[8],
        roll=rad[9],
        yrkeskategorier=tuple(rad[10]),
        atgarder=tuple(rad[11]),
        huvud_enhet=rad[12],
        huvud_kombika=rad[13],
        registrerad=rad[14],
        forst=rad[15],
        pekar=Utpekande(
            nyckel=(rad[16], rad[17]),
            kallsystem=rad[18],
            vardhandelse_id=rad[19],
            enhet_id=rad[20],
            patient_id=rad[21],
            dag=rad[22],
            tid=rad[23],
            minuter=rad[24],
            avtal_id=plats.avtal_id if isinstance(plats, Placering) else rad[25],
            vardgivare_id=rad[4],
        ),
    )


def parts_where(villkor: str, parametrar: Sequence[Any], *, slut: str = "") -> list[Delrad]:
    """Return parts in their newest version. `villkor` and `slut` are SQL of our own making."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {_DEL} from {_DELTABELLER} where {_NYAST} and ({villkor}) {slut}",  # noqa: S608
            parametrar,
        )
        rader = cursor.fetchall()
    bild = register.current()
    return [_part(rad, bild) for rad in rader]


def parts_by_key(nycklar: Collection[tuple[str, str]]) -> list[Delrad]:
    """Return the newest version of these parts, also cancelled ones."""
    if not nycklar:
        return []
    lista = sorted(nycklar)
    return parts_where(
        "(d.kallsystem, d.extern_id) in (select * from unnest(%s::text[], %s::text[]))",
        [[system for system, _ in lista], [id_ for _, id_ in lista]],
    )


def _pointing_at(
    kontakter: Iterable[Kontaktrad], *, lika: Sequence[Utpekande] = ()
) -> list[Delrad]:
    """Return every part that points out one of these contacts, or the same as these parts do."""
    per_id = {(rad.kallsystem, rad.vardhandelse_id) for rad in lika if rad.vardhandelse_id}
    per_enhet = {(rad.patient_id, rad.dag, rad.enhet_id) for rad in lika if rad.enhet_id}
    for rad in kontakter:
        per_id.add((rad.kallsystem, rad.vardhandelse_id))
        if rad.enhet_id is not None:
            per_enhet.add((rad.huvud.patient_id, rad.huvud.dag, rad.enhet_id))
    if not per_id and not per_enhet:
        return []
    return parts_where(
        "not d.makulerad and (d.tillfalle_id in (select s.id from gvr_samverkanstillfalle s"
        " join unnest(%s::text[], %s::text[]) as n(a, b)"
        " on s.huvud_kallsystem = n.a and s.huvud_vardhandelse_id = n.b)"
        " or (d.patient_id, d.dag, d.huvud_enhet_id) in"
        " (select * from unnest(%s::text[], %s::date[], %s::bigint[])))",
        [
            [system for system, _ in per_id],
            [id_ for _, id_ in per_id],
            [patient for patient, _, _ in per_enhet],
            [dag for _, dag, _ in per_enhet],
            [enhet for _, _, enhet in per_enhet],
        ],
    )


def contacts_with_parts(
    vardgivare_id: int, *, fran: date, till: date, limit: int
) -> Mapping[int, Kontaktrad]:
    """Return a provider's own contacts in [fran, till] that some part points out."""
    return _contacts(
        "v.vardgivare_id = %s and v.dag between %s and %s and (exists (select"
        " from gvr_samverkanstillfalle s join gvr_deltagande d on d.tillfalle_id = s.id"
        " where s.huvud_kallsystem = k.kallsystem and s.huvud_vardhandelse_id = k.vardhandelse_id)"
        " or exists (select from gvr_deltagande d where d.patient_id = v.patient_id"
        " and d.dag = v.dag and d.huvud_enhet_id = k.enhet_id and v.btyp in ('A', 'B')))"
        " order by v.dag desc, k.id desc limit %s",
        [vardgivare_id, fran, till, limit],
    )
