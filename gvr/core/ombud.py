"""For whom a sending system may report, as it stands in the register. Immutable."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import msgspec

from gvr.core.period import Period


class Ratt(msgspec.Struct, frozen=True, kw_only=True):
    """The right to report for a provider, or for one of its units; the days are of reporting."""

    kallsystem: str
    vardgivare_id: int
    enhet_id: int | None
    giltig: Period


class Ombudsregister:
    """Every right of every sending system at one moment. Never changed."""

    def __init__(self, *, kallsystem: Iterable[str], ratter: Iterable[Ratt]) -> None:
        """Index the rights; `kallsystem` names every system that has an account."""
        self._kallsystem = frozenset(kallsystem)
        self._ratter: defaultdict[tuple[str, int], list[Ratt]] = defaultdict(list)
        for ratt in ratter:
            self._ratter[ratt.kallsystem, ratt.vardgivare_id].append(ratt)

    def covers(
        self,
        kallsystem: str,
        *,
        vardgivare_id: int,
        enhet_id: int,
        registrerad: date | None,
        idag: date | None = None,
    ) -> bool:
        """Say whether what the system registered on a day may belong to this provider's unit.

        A right that held on that day does, and so does one given later: that is how the region lets
        through what waits. One that had ended does not, nor does one that has not begun by `idag`
        (None for a decision that was made already). What people register (a system without an
        account) was judged by their own permissions.
        """
        if kallsystem not in self._kallsystem:
            return True
        return any(
            ratt.enhet_id in (None, enhet_id)
            and (idag is None or ratt.giltig.start <= idag)
            and (registrerad is None or ratt.giltig.slut is None or ratt.giltig.slut > registrerad)
            for ratt in self._ratter.get((kallsystem, vardgivare_id), ())
        )
