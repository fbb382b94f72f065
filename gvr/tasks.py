"""Celery's tasks of the register, one call each."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from gvr.actions import anropslogg, rytm, webhookar, webhooksandning


@shared_task(name="gvr.tasks.forget_refused_requests")
def forget_refused_requests(**kwargs: Any) -> None:
    """Remove refused requests that are older than thirty days."""
    anropslogg.forget(at=timezone.now())


@shared_task(name="gvr.tasks.learn_rhythms")
def learn_rhythms(**kwargs: Any) -> None:
    """Learn anew how each sender usually delivers."""
    rytm.learn(at=timezone.now())


@shared_task(name="gvr.tasks.send_webhooks")
def send_webhooks(**kwargs: Any) -> None:
    """Send what receivers wait for. Also the sweeper: expired leases are claimed like new work."""
    webhooksandning.send_waiting(nu=timezone.now)


@shared_task(name="gvr.tasks.forget_webhook_messages")
def forget_webhook_messages(**kwargs: Any) -> None:
    """Remove finished messages older than thirty days; seal secrets with today's key."""
    webhookar.forget(at=timezone.now())
    webhookar.seal_anew()
