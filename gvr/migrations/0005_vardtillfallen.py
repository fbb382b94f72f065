"""Vårdtillfällen in parts: inskrivning, flytt and utskrivning."""

import django.db.models.deletion
from django.db import migrations, models

from gvr.core import databasskydd as skydd


class Migration(migrations.Migration):
    dependencies = [
        ("gvr", "0004_ombud"),
    ]

    operations = [
        migrations.CreateModel(
            name="Vardtillfallesdel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(verbose_name="uuid")),
                ("kallsystem", models.CharField(max_length=40, verbose_name="källsystem")),
                (
                    "vardtillfalle_id",
                    models.CharField(max_length=64, verbose_name="vårdtillfälle-id"),
                ),
                (
                    "slag",
                    models.CharField(
                        choices=[
                            ("INSKRIVNING", "Inskrivning"),
                            ("FLYTT", "Flytt"),
                            ("UTSKRIVNING", "Utskrivning"),
                        ],
                        max_length=12,
                        verbose_name="slag",
                    ),
                ),
                ("extern_id", models.CharField(max_length=64, verbose_name="avsändarens id")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("makulerad", models.BooleanField(default=False, verbose_name="makulerad")),
                (
                    "enhet_ref",
                    models.CharField(max_length=32, verbose_name="enhet som rapporterat"),
                ),
                ("patient_id", models.CharField(max_length=12, verbose_name="patientens id")),
                ("dag", models.DateField(verbose_name="dag")),
                ("tid", models.TimeField(null=True, verbose_name="tid")),
                ("innehall", models.JSONField(verbose_name="innehåll")),
                ("innehall_sha256", models.BinaryField(verbose_name="innehållets sha256")),
                (
                    "kontaktversion",
                    models.PositiveIntegerField(null=True, verbose_name="vårdkontaktens version"),
                ),
                ("registrerad", models.DateTimeField(verbose_name="registrerad")),
                (
                    "orsak",
                    models.CharField(
                        blank=True, default="", max_length=500, verbose_name="orsak till rättelse"
                    ),
                ),
                (
                    "enhet",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="gvr.enhet",
                        verbose_name="enhet",
                    ),
                ),
                (
                    "leverans",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="gvr.leverans",
                        verbose_name="leverans",
                    ),
                ),
                (
                    "vardgivare",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="gvr.vardgivare",
                        verbose_name="vårdgivare",
                    ),
                ),
            ],
            options={
                "verbose_name": "del av vårdtillfälle",
                "verbose_name_plural": "delar av vårdtillfällen",
                "indexes": [
                    models.Index(
                        fields=["kallsystem", "vardtillfalle_id"], name="vardtillfallesdel_tillf"
                    ),
                    models.Index(
                        fields=["vardgivare", "-dag"], name="vardtillfallesdel_vardgivare"
                    ),
                    models.Index(fields=["patient_id", "dag"], name="vardtillfallesdel_patient"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kallsystem", "slag", "extern_id", "version"),
                        name="vardtillfallesdel_version",
                    )
                ],
            },
        ),
        migrations.RunSQL(skydd.append_only("gvr_vardtillfallesdel")),
        migrations.RunSQL(skydd.tenant("gvr_vardtillfallesdel")),
    ]
