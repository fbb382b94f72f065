"""Grants and triggers of ERSMO."""

from typing import ClassVar

from django.db import migrations

from gvr.core import databasskydd as skydd


class Migration(migrations.Migration):
    """Let the database refuse what must never be."""

    dependencies: ClassVar = [("ersmo", "0001_initial"), ("gvr", "0002_skydd")]
    operations: ClassVar = [
        migrations.RunSQL(skydd.editable("ersmo_regelpaket")),
        migrations.RunSQL(
            skydd.published_is_final(
                "ersmo_regelpaket", "innehall", "innehall_hash", "giltig", "avtalsomrade_id"
            )
        ),
        migrations.RunSQL(skydd.master_data("ersmo_regelpaket")),
    ]
