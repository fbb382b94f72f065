"""The history of master data and permissions, written by the database itself."""

from django.db import migrations, models

from gvr.core import databasskydd as skydd

FOLJDA = [
    "gvr_kodverk",
    "gvr_kod",
    "gvr_vardgivare",
    "gvr_enhet",
    "gvr_uppdrag",
    "gvr_enhetsuppdrag",
    "gvr_avtalsomrade",
    "gvr_avtal",
    "gvr_maskinkonto",
    "auth_user",
    "auth_user_groups",
    "auth_user_user_permissions",
    "auth_group",
    "auth_group_permissions",
    "guardian_userobjectpermission",
    "guardian_groupobjectpermission",
]


class Migration(migrations.Migration):
    dependencies = [
        ("gvr", "0002_skydd"),
    ]

    operations = [
        migrations.CreateModel(
            name="Andring",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tid", models.DateTimeField(verbose_name="tid")),
                ("transaktion", models.BigIntegerField(verbose_name="transaktion")),
                ("tabell", models.CharField(max_length=63, verbose_name="tabell")),
                ("rad", models.CharField(max_length=40, verbose_name="rad")),
                ("fore", models.JSONField(null=True, verbose_name="före")),
                ("efter", models.JSONField(null=True, verbose_name="efter")),
                (
                    "anvandare",
                    models.CharField(blank=True, max_length=200, verbose_name="användare"),
                ),
                ("skal", models.CharField(blank=True, max_length=500, verbose_name="skäl")),
            ],
            options={
                "verbose_name": "ändring",
                "verbose_name_plural": "ändringar",
                "indexes": [
                    models.Index(fields=["tabell", "rad", "id"], name="andring_rad"),
                    models.Index(fields=["-tid"], name="andring_tid"),
                ],
            },
        ),
        migrations.RunSQL(skydd.append_only("gvr_andring")),
        migrations.RunSQL(skydd.REMEMBER_CHANGES),
        *(migrations.RunSQL(skydd.remembered(tabell)) for tabell in FOLJDA),
    ]
