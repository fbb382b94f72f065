"""Väntetider."""

import django.db.models.deletion
from django.db import migrations, models

from gvr.core import databasskydd as skydd


class Migration(migrations.Migration):

    dependencies = [
        ('gvr', '0011_felmappning_nyckel'),
    ]

    operations = [
        migrations.CreateModel(
            name='Vantetid',
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
                ('besoksdag', models.DateField(null=True, verbose_name='besöksdag')),
                ('vardhandelse_id', models.CharField(max_length=64, null=True, verbose_name='besökets vårdhändelse-id')),
                ('enhet', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='gvr.enhet', verbose_name='enhet')),
                ('leverans', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='gvr.leverans', verbose_name='leverans')),
                ('vardgivare', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='gvr.vardgivare', verbose_name='vårdgivare')),
            ],
            options={
                'verbose_name': 'väntetid',
                'verbose_name_plural': 'väntetider',
                'indexes': [models.Index(fields=['vardgivare', '-dag'], name='vantetid_vardgivare'), models.Index(fields=['kallsystem', 'vardhandelse_id'], name='vantetid_besok')],
                'constraints': [models.UniqueConstraint(fields=('kallsystem', 'extern_id', 'version'), name='vantetid_version')],
            },
        ),
        migrations.RunSQL(skydd.append_only("gvr_vantetid")),
        migrations.RunSQL(skydd.tenant("gvr_vantetid")),
    ]
