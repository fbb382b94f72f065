"""What the region has made of the rules' severities, as a snapshot shared until it changes."""

from typing import Final

from gvr.core.avvikelse import Allvar
from gvr.core.regelallvar import Allvarslage, Regelallvar
from gvr.models import Regelallvar as Rad
from gvr.queries.register import Stamdata, Stamdatabild, period


def _load(_: Stamdata) -> Regelallvar:
    return Regelallvar(
        Allvarslage(kod=kod, avtalsomrade=omrade, allvar=Allvar(allvar), giltig=period(giltig))
        for kod, omrade, allvar, giltig in Rad.objects.values_list(
            "kod", "avtalsomrade__kod", "allvar", "giltig"
        ).iterator()
    )


_bild: Final = Stamdatabild(_load)
current, seen = _bild.current, _bild.seen
