"""Vårdansvar and vårdperioder: their starts and ends."""

import django.db.models.deletion
from django.db import migrations, models

from gvr.core import databasskydd as skydd


class Migration(migrations.Migration):

    dependencies = [
        ('gvr', '0007_registrera'),
    ]

    operations = [
        migrations.CreateModel(
            name='Periodrapport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(verbose_name='uuid')),
                ('kallsystem', models.CharField(max_length=40, verbose_name='källsystem')),
                ('extern_id', models.CharField(max_length=64, verbose_name='avsändarens id')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('makulerad', models.BooleanField(default=False, verbose_name='makulerad')),
                ('enhet_ref', models.CharField(max_length=32, verbose_name='enhet som rapporterat')),
                ('patient_id', models.CharField(max_length=12, verbose_name='patientens id')),
                ('dag', models.DateField(verbose_name='dag')),
                ('innehall', models.JSONField(verbose_name='innehåll')),
                ('innehall_sha256', models.BinaryField(verbose_name='innehållets sha256')),
                ('registrerad', models.DateTimeField(verbose_name='registrerad')),
                ('orsak', models.CharField(blank=True, default='', max_length=500, verbose_name='orsak till rättelse')),
                ('slag', models.CharField(choices=[('VARDANSVAR', 'Vårdansvar'), ('VARDPERIOD', 'Vårdperiod')], max_length=12, verbose_name='slag')),
                ('moment', models.CharField(choices=[('START', 'Start'), ('SLUT', 'Slut')], max_length=5, verbose_name='moment')),
                ('enhet', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='gvr.enhet', verbose_name='enhet')),
                ('leverans', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='gvr.leverans', verbose_name='leverans')),
                ('vardgivare', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='gvr.vardgivare', verbose_name='vårdgivare')),
            ],
            options={
                'verbose_name': 'periodrapport',
                'verbose_name_plural': 'periodrapporter',
                'indexes': [models.Index(fields=['vardgivare', '-dag'], name='periodrapport_vardgivare'), models.Index(fields=['patient_id', 'dag'], name='periodrapport_patient')],
                'constraints': [models.UniqueConstraint(fields=('kallsystem', 'slag', 'extern_id', 'moment', 'version'), name='periodrapport_version')],
            },
        ),
        migrations.RunSQL(skydd.append_only("gvr_periodrapport")),
        migrations.RunSQL(skydd.tenant("gvr_periodrapport")),
        migrations.AddIndex(
            model_name="ersattningshandelse",
            index=models.Index(fields=["patient_id", "klass"], name="handelse_patient_klass"),
        ),
    ]
