"""Celery's tasks of the register, one call each."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from gvr.actions import anropslogg, rytm


@shared_task(name="gvr.tasks.forget_refused_requests")
def forget_refused_requests(**kwargs: Any) -> None:
    """Remove refused requests that are older than thirty days."""
    anropslogg.forget(at=timezone.now())


@shared_task(name="gvr.tasks.learn_rhythms")
def learn_rhythms(**kwargs: Any) -> None:
    """Learn anew how each sender usually delivers."""
    rytm.learn(at=timezone.now())
