"""The bell that wakes a worker sounds seldom, and never too early for the last who pulled it."""

from types import SimpleNamespace
from typing import ClassVar

import pytest

from gvr.actions import arenden


class Timer:
    """A timer that goes off when the test says so."""

    satta: ClassVar = []

    def __init__(self, sekunder, ring):
        self.sekunder, self.ring = sekunder, ring

    def start(self):
        self.satta.append(self)


@pytest.fixture
def slag(monkeypatch):
    """The strokes of the bell, and a clock that stands still until it is moved."""
    slag = []
    monkeypatch.setattr(Timer, "satta", [])
    monkeypatch.setattr(arenden.threading, "Timer", Timer)
    monkeypatch.setattr(arenden.time, "monotonic", lambda: tid[0])
    monkeypatch.setattr(arenden, "_send", lambda _task: slag.append(tid[0]))
    tid = [100.0]
    return SimpleNamespace(slag=slag, tid=tid)


def test_the_first_pull_sounds_at_once_and_the_rest_together_a_second_later(slag):
    klocka = arenden.Klocka()
    klocka.ring()
    slag.tid[0] = 100.3
    for _ in range(50):
        klocka.ring()

    assert slag.slag == [100.0]
    (vantar,) = Timer.satta
    assert vantar.sekunder == pytest.approx(0.7)

    slag.tid[0] = 101.0
    vantar.ring()
    assert slag.slag == [100.0, 101.0]


def test_it_rests_after_every_stroke(slag):
    klocka = arenden.Klocka()
    klocka.ring()
    slag.tid[0] = 100.5
    klocka.ring()
    slag.tid[0] = 101.0
    Timer.satta[0].ring()

    klocka.ring()

    assert len(slag.slag) == 2
    assert len(Timer.satta) == 2


def test_a_rested_bell_sounds_at_once(slag):
    klocka = arenden.Klocka()
    klocka.ring()
    slag.tid[0] = 101.0
    klocka.ring()

    assert slag.slag == [100.0, 101.0]
    assert Timer.satta == []


def test_a_dead_broker_is_no_fault(monkeypatch, caplog):
    def dead(*args, **kwargs):
        raise OSError("10.0.0.1")

    monkeypatch.setattr(arenden.current_app, "send_task", dead)
    arenden.Klocka().ring()

    assert "klockan.tyst" in caplog.text
