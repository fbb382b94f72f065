"""Celery's tasks, one call each. A lost, doubled or late message changes nothing."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from ersattning import kedja
from gvr.actions import webhookar


@shared_task(name="ersattning.tasks.decide_waiting_work")
def decide_waiting_work(**kwargs: Any) -> None:
    """Decide until nothing waits. Also the sweeper: expired leases are claimed like new work."""
    kedja.offer_waiting(at=timezone.now())
    while kedja.decide_next(at=timezone.now()):
        webhookar.ring()


@shared_task(name="ersattning.tasks.offer_new_agents")
def offer_new_agents(**kwargs: Any) -> None:
    """Try again what waits for a right that has begun."""
    kedja.offer_new_agents(at=timezone.now())
