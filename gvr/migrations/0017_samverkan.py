"""Parts with several professions and either way to point out the contact; what activities concern.

The tables take new rows only, so what is registered is carried over by the change of type itself.
Activities without a patient were about no single one.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

PROFESSIONS = """
alter table gvr_deltagande alter column yrkeskategori type text[] using array[yrkeskategori::text];
alter table gvr_deltagande rename column yrkeskategori to yrkeskategorier;
"""
CONCERNS = """
alter table gvr_aktivitet add column avser varchar(10);
alter table gvr_aktivitet alter column avser type varchar(10)
    using case when patient_id is null then 'INGEN' else 'PATIENT' end;
alter table gvr_aktivitet alter column avser set not null;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("gvr", "0016_rytm"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(PROFESSIONS), migrations.RunSQL(CONCERNS)],
            state_operations=[
                migrations.RemoveField(model_name="deltagande", name="yrkeskategori"),
                migrations.AddField(
                    model_name="deltagande",
                    name="yrkeskategorier",
                    field=django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        size=None,
                        verbose_name="yrkeskategorier",
                    ),
                ),
                migrations.AddField(
                    model_name="aktivitet",
                    name="avser",
                    field=models.CharField(
                        choices=[
                            ("PATIENT", "En patient"),
                            ("GRUPP", "En grupp patienter"),
                            ("INGEN", "Ingen enskild patient"),
                        ],
                        default="PATIENT",
                        max_length=10,
                        verbose_name="gäller",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="aktivitet",
            name="avtal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="gvr.avtal",
                verbose_name="avtal",
            ),
        ),
        migrations.AlterField(
            model_name="aktivitet",
            name="typ",
            field=models.CharField(
                choices=[
                    ("REHABKOORDINATOR", "Rehabkoordinering"),
                    ("KONFERENS", "Konferens om patient"),
                    ("SAMVERKAN", "Samverkan utan patient"),
                ],
                default="REHABKOORDINATOR",
                max_length=20,
                verbose_name="typ",
            ),
        ),
        migrations.AddField(
            model_name="deltagande",
            name="huvud_enhet",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="gvr.enhet",
                verbose_name="huvudansvarig enhet",
            ),
        ),
        migrations.AddField(
            model_name="deltagande",
            name="patient_id",
            field=models.CharField(max_length=12, null=True, verbose_name="patientens id"),
        ),
        migrations.AlterField(
            model_name="deltagande",
            name="tillfalle",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="gvr.samverkanstillfalle",
                verbose_name="samverkanstillfälle",
            ),
        ),
        migrations.AlterField(
            model_name="deltagande",
            name="roll",
            field=models.CharField(
                choices=[
                    ("MEDVERKANDE", "Medverkande"),
                    ("KONSULT", "Konsult"),
                    ("SAMORDNARE", "Samordnare"),
                ],
                default="MEDVERKANDE",
                max_length=40,
                verbose_name="roll",
            ),
        ),
        migrations.AddIndex(
            model_name="deltagande",
            index=models.Index(fields=["patient_id", "dag"], name="deltagande_patient_dag"),
        ),
        migrations.AddConstraint(
            model_name="deltagande",
            constraint=models.CheckConstraint(
                condition=models.Q(tillfalle__isnull=False)
                | models.Q(huvud_enhet__isnull=False, patient_id__isnull=False),
                name="deltagande_pekar_ut_huvudkontakt",
            ),
        ),
    ]
