"""Abstract bases for models of every app: how a table is protected, validity, publication."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q

TILLAGG = "TILLAGG"  # rows are added, never changed: the database refuses UPDATE, DELETE, TRUNCATE
REDIGERBAR = "REDIGERBAR"  # ordinary rows that people or imports edit
PEKARE = "PEKARE"  # only named columns may move (a pointer to the newest version, a lease)


class Skyddad(models.Model):
    """A model that says how its table is protected; a test compares it with the database."""

    skydd: ClassVar[str]

    class Meta:
        abstract = True


class Giltig(Skyddad):
    """A row that holds during a period of local days, half-open in the database, never empty."""

    giltig = DateRangeField(
        "giltig",
        help_text="Från och med första dagen, till (men inte med) dagen efter den sista.",
    )

    class Meta:
        abstract = True


def never_empty(namn: str) -> models.CheckConstraint:
    """PostgreSQL accepts an empty range, which would slip past the exclusion constraint."""
    return models.CheckConstraint(
        condition=Q(giltig__isempty=False) & Q(giltig__startswith__isnull=False),
        name=f"{namn}_giltig_ej_tom",
    )


def never_overlapping(
    namn: str, *nycklar: str, condition: Q | None = None, deferrable: Deferrable | None = None
) -> ExclusionConstraint:
    """Two rows with the same key never hold on the same day.

    `deferrable` is for tables that an import moves many rows of at once: what counts is that they
    do not overlap when it is done.
    """
    return ExclusionConstraint(
        name=f"{namn}_overlappar_ej",
        expressions=[
            *((nyckel, RangeOperators.EQUAL) for nyckel in nycklar),
            ("giltig", RangeOperators.OVERLAPS),
        ],
        condition=condition,
        deferrable=deferrable,
    )


class Status(models.TextChoices):
    """The way of a rule pack or price list from draft to published."""

    UTKAST = "UTKAST", "Utkast"
    INLAMNAD = "INLAMNAD", "Inlämnad"
    GODKAND = "GODKAND", "Godkänd"
    PUBLICERAD = "PUBLICERAD", "Publicerad"


class Publicering(Giltig):
    """Content that two persons must stand behind before it moves money.

    The approval is bound to the content's hash; a published row is never changed again (trigger).
    `publicerad` is the second time axis: a decision taken earlier could not know of it.
    """

    version = models.PositiveIntegerField("version")
    innehall_hash = models.CharField("innehållets hash", max_length=64, editable=False)
    status = models.CharField(
        "status", max_length=10, choices=Status.choices, default=Status.UTKAST, editable=False
    )
    skapad = models.DateTimeField("skapad", editable=False)
    skapad_av = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="skapad av",
        editable=False,
    )
    inlamnad = models.DateTimeField("inlämnad", null=True, editable=False)
    inlamnad_av = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="inlämnad av",
        editable=False,
    )
    godkand = models.DateTimeField("godkänd", null=True, editable=False)
    godkand_av = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="godkänd av",
        editable=False,
    )
    godkand_hash = models.CharField("godkänd hash", max_length=64, blank=True, editable=False)
    publicerad = models.DateTimeField("publicerad", null=True, editable=False)

    class Meta:
        abstract = True


def two_persons(namn: str) -> list[models.CheckConstraint]:
    """Approved by someone else than the author, and only the content that was approved."""
    godkand = Q(status__in=[Status.GODKAND, Status.PUBLICERAD])
    return [
        models.CheckConstraint(
            condition=~godkand
            | (
                Q(godkand_av__isnull=False)
                & Q(inlamnad_av__isnull=False)
                & ~Q(godkand_av=F("skapad_av"))
                & ~Q(godkand_av=F("inlamnad_av"))
                & Q(godkand_hash=F("innehall_hash"))
            ),
            name=f"{namn}_tva_personer",
        ),
        models.CheckConstraint(
            condition=Q(publicerad__isnull=False, status=Status.PUBLICERAD)
            | (Q(publicerad__isnull=True) & ~Q(status=Status.PUBLICERAD)),
            name=f"{namn}_publicerad_har_tid",
        ),
    ]
