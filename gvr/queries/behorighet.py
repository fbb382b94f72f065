"""Who may see what. The only file that asks django-guardian."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import msgspec
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from gvr.queries import forberett
from gvr.queries.forberett import BOOL, DAY, INT, TEXT, TEXTS

REGIONSYSTEM = "Regionens system"  # machine accounts that read every provider's events
REGION = "Region"  # the group whose members work for the region and see every provider
#: What is granted on single objects: the second on an Enhet, the others on a Vardgivare.
GRANTED = (
    "view_vardgivare",
    "view_enhet",
    "attestera_vardgivare",
    "rapportera_vardgivare",
    "registrera_vardgivare",
)


class Omfang(msgspec.Struct, frozen=True, kw_only=True):
    """The reach of a user: ids of what may be seen, approved and reported for.

    `rapport` is a system's right to report, `registrera` a person's to do it by hand.
    """

    alla: bool = False
    vardgivare: frozenset[int] = frozenset()
    enheter: frozenset[int] = frozenset()
    attest: frozenset[int] = frozenset()
    rapport: frozenset[int] = frozenset()
    rapport_enheter: frozenset[int] = frozenset()
    registrera: frozenset[int] = frozenset()

    @property
    def nobody(self) -> bool:
        """True when nothing at all may be seen."""
        return not (self.alla or self.vardgivare or self.enheter)


def scope_of(user: Any) -> Omfang:
    """Return what the user may see, by the grants given on Vardgivare and Enhet.

    Neither superuser nor a model-wide permission widens the reach: both are guardian's defaults,
    and both would show one provider all the others.
    """
    if not user.is_authenticated or not user.is_active:
        return Omfang()
    if user.is_staff and user.groups.filter(name=REGION).exists():
        return Omfang(alla=True)
    granted = _grants(user.pk)
    return Omfang(
        vardgivare=granted["view_vardgivare"],
        enheter=granted["view_enhet"],
        attest=granted["attestera_vardgivare"],
        rapport=granted["rapportera_vardgivare"],
        registrera=granted["registrera_vardgivare"],
    )


#: Grants to a user and to the user's groups, as texts "permission:id".
_GRANTS_OF = """array(
    select p.codename || ':' || g.object_pk
    from (
        select permission_id, object_pk from guardian_userobjectpermission
        where user_id = {user}
        union all
        select i_grupp.permission_id, i_grupp.object_pk
        from guardian_groupobjectpermission i_grupp
        join auth_user_groups med using (group_id)
        where med.user_id = {user}
    ) g
    join auth_permission p on p.id = g.permission_id
    join django_content_type slag on slag.id = p.content_type_id and slag.app_label = 'gvr'
)"""


def _grants(user_id: int) -> dict[str, frozenset[int]]:
    """Return the ids granted under each permission, to the user or a group, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {_GRANTS_OF.format(user='%s')}", [user_id, user_id])
        return _by_permission(cursor.fetchone()[0])


def _by_permission(texts: Iterable[str]) -> dict[str, frozenset[int]]:
    granted: dict[str, set[int]] = {kod: set() for kod in GRANTED}
    for text in texts:
        kod, _, pk = text.partition(":")
        if kod in granted:
            granted[kod].add(int(pk))
    return {kod: frozenset(ids) for kod, ids in granted.items()}


class Maskin(msgspec.Struct, frozen=True, kw_only=True):
    """A sending system's account and the user it acts as."""

    konto_id: int
    kallsystem: str
    stoppdatum: date | None
    anvandare: Any
    omfang: Omfang
    inloggning: str = "TOKEN"
    certifikat_till: datetime | None = None
    anrop_per_minut: int | None = None
    kontakter_per_minut: int | None = None


#: Conditions follow, with places from $2 on; $1 is the day.
_ACCOUNT = (
    "select k.id, k.kallsystem, k.stoppdatum, u.id, u.username, u.is_active,"  # noqa: S608
    f" {_GRANTS_OF.format(user='u.id')},"
    # For whom the account is agent on the day, as texts "provider:unit"; unit 0 is all of them.
    " array(select o.vardgivare_id || ':' || coalesce(o.enhet_id, 0) from gvr_ombud o"
    "  where o.maskinkonto_id = k.id and o.giltig @> $1::date and o.aterkallat is null),"
    " k.anrop_per_minut, k.kontakter_per_minut"
    " from gvr_maskinkonto k join auth_user u on u.id = k.anvandare_id"
    " where "
)


def machine_account(token_hash: str, *, day: date) -> Maskin | None:
    """Return the account of a token with its reach on a day; None when it is unknown."""
    return _account("k.token_hash = $2::text", [token_hash], day=day)


def certified_account(*, utfardare: str, hsa_id: str, sha256: str, day: date) -> Maskin | None:
    """Return the account that a certificate of this issuer and HSA-id belongs to.

    None when no account has a certificate of the two that is not revoked, or when this very
    certificate (by its fingerprint) is revoked.
    """
    maskin = _account(
        "k.id = (select c.maskinkonto_id from gvr_certifikat c"
        " where c.utfardare = $2::text and c.hsa_id = $3::text and c.aterkallat is null limit 1)"
        " and not exists (select from gvr_certifikat c"
        " where c.sha256 = $4::text and c.aterkallat is not null)",
        [utfardare, hsa_id, sha256],
        day=day,
    )
    return maskin and msgspec.structs.replace(maskin, inloggning="CERTIFIKAT")


def account_of(konto_id: int, *, day: date) -> Maskin | None:
    """Return a sending system's account with its reach on a day, for work done in its place."""
    return _account("k.id = $2::bigint", [str(konto_id)], day=day)


def _account(villkor: str, parametrar: Sequence[Any], *, day: date) -> Maskin | None:
    """Return a sending system's account with its reach on a day, in one statement.

    Whom it may report for is said by Ombud, not by guardian's grants, which are for people. Who may
    report may also see what has been reported. Asked on every request, so it is written out:
    building the same statement anew costs more than running it.
    """
    rows = forberett.rows(
        _ACCOUNT + villkor,
        [day.isoformat(), *parametrar],
        (INT, TEXT, DAY, INT, TEXT, BOOL, TEXTS, TEXTS, INT, INT),
    )
    if not rows:
        return None
    row = rows[0]
    granted = _by_permission(row[6])
    rapport, rapport_enheter = _agent_for(row[7])
    return Maskin(
        konto_id=row[0],
        kallsystem=row[1],
        stoppdatum=row[2],
        anvandare=get_user_model()(id=row[3], username=row[4], is_active=row[5]),
        anrop_per_minut=row[8],
        kontakter_per_minut=row[9],
        omfang=Omfang(
            vardgivare=granted["view_vardgivare"] | rapport,
            enheter=granted["view_enhet"] | rapport_enheter,
            rapport=rapport,
            rapport_enheter=rapport_enheter,
        ),
    )


def _agent_for(texts: Iterable[str]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the providers and the single units that the texts name."""
    par = [tuple(map(int, text.split(":"))) for text in texts]
    return (
        frozenset(vardgivare for vardgivare, enhet in par if not enhet),
        frozenset(enhet for _, enhet in par if enhet),
    )


def is_region_system(user: Any) -> bool:
    """Say whether the account is one of the region's own systems, which read all events."""
    return bool(user.groups.filter(name=REGIONSYSTEM).exists())


@contextmanager
def databaskontext(
    *, alla: bool = False, vardgivare: Collection[int] = (), enheter: Collection[int] = ()
) -> Iterator[None]:
    """Open a transaction in which row level security shows these rows and no others.

    Inside another transaction, what that one might see is given back at the end.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _reach() if nested else ()
        set_reach(alla=alla, vardgivare=vardgivare, enheter=enheter)
        yield
        if nested:
            _apply(before)


@contextmanager
def as_region() -> Iterator[None]:
    """Widen what the transaction sees for a single look at a row that a provider's row points at.

    Used for a fact about a row already shown (does the main contact of my deltagande exist, what
    did my contact's delivery say), never to choose which rows to show. What was set before is set
    again afterwards, also after an error.
    """
    before = _reach()
    set_reach(alla=True)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _apply(before)


def set_reach(
    *, alla: bool = False, vardgivare: Collection[int] = (), enheter: Collection[int] = ()
) -> None:
    """Name what the rest of this transaction may see. Must run inside a transaction."""
    _apply(
        (
            "ja" if alla else "nej",
            ",".join(str(pk) for pk in sorted(vardgivare)),
            ",".join(str(pk) for pk in sorted(enheter)),
        )
    )


def _reach() -> tuple[str | None, ...]:
    """Return what the transaction may see, as the database holds it; None is nothing named."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_setting('app.alla', true), current_setting('app.vardgivare', true),"
            " current_setting('app.enhet', true)"
        )
        return tuple(cursor.fetchone())


def _apply(reach: Sequence[str | None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.alla', %s, true), set_config('app.vardgivare', %s, true),"
            " set_config('app.enhet', %s, true)",
            [value or "" for value in reach],
        )
