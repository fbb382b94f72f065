"""The Celery app. Its messages only say that there is work; the work lies in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gvr.settings")

app = Celery("gvr")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["gvr", "ersattning"])
