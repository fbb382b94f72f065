"""What a sandbox offers: a trial for every code, and patients that do not exist."""

from datetime import date
from functools import lru_cache
from typing import Any

import yaml

from avstamning.core.sandlada import Prov, trial
from avstamning.queries import utvecklare
from gvr.queries import demo


@lru_cache(maxsize=1)
def _samples() -> dict[str, Any]:
    dokument: dict[str, Any] = yaml.safe_load(
        (utvecklare.DATA / "prov.yaml").read_text(encoding="utf-8")
    )
    return dokument


def trials(today: date) -> list[Prov]:
    """Return how every code is had, in order of code."""
    return [
        trial(kod, beskrivning, mallar=_samples(), today=today)
        for kod, beskrivning in sorted(utvecklare.descriptions().items())
    ]


def patients() -> list[str]:
    """Return some of the test numbers, one to a line of the page."""
    return demo.test_patients()[:40]
