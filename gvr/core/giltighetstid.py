"""When a certificate needs attention."""

from datetime import datetime
from typing import Final

VARNA: Final = (7, 30, 60)  # days before the end, the most urgent first


def days_left(till: datetime, *, at: datetime) -> int:
    """Return whole days until the end; negative when it has passed."""
    return (till - at).days


def warning(till: datetime, *, at: datetime) -> int | None:
    """Return the step of the warning, 7, 30 or 60 days before the end, 0 after it; else None."""
    kvar = days_left(till, at=at)
    if till <= at:
        return 0
    return next((steg for steg in VARNA if kvar < steg), None)
