"""What waits for the region's own people in ERSMO."""

from ersattning.ersmo.models import Regelpaket
from gvr.queries import publiceringar
from gvr.queries.publiceringar import Vantande


def for_approval() -> tuple[Vantande, ...]:
    """Return rule packs that are handed in or approved but not yet published."""
    return publiceringar.waiting(Regelpaket.objects.all(), "ersmo_regelpaket", "Regelpaket")
