"""Master data as its sources give it, and the second time axis."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.serializers.json
import django.core.validators
import django.db.models.constraints
from django.db import migrations, models

from gvr.core import databasskydd as skydd

NYA = ["gvr_kodserverpost", "gvr_hsamappning"]
#: The tables on the second time axis, and what names a row of each.
KANDA = {
    "gvr_enhet": ("kombika",),
    "gvr_uppdrag": ("samverks_id",),
    "gvr_enhetsuppdrag": ("enhet_id", "uppdrag_id"),
    "gvr_avtal": ("ada_nummer",),
    "gvr_hsamappning": ("kombika",),
    "gvr_kodserverpost": ("tabell", "kod"),
}


class Migration(migrations.Migration):

    dependencies = [
        ('gvr', '0005_vardtillfallen'),
    ]

    operations = [
        migrations.CreateModel(
            name='Felmappning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kombika', models.CharField(max_length=11, verbose_name='kombika')),
                ('fel_hsa_id', models.CharField(max_length=32, verbose_name='felaktigt HSA-id')),
                ('ratt_hsa_id', models.CharField(blank=True, max_length=32, verbose_name='rätt HSA-id')),
                ('fr_o_m', models.DateField(null=True, verbose_name='fr.o.m.')),
                ('till', models.DateField(null=True, verbose_name='till (ej med)')),
                ('fran_mek_fil', models.PositiveIntegerField(verbose_name='från MEK-fil')),
                ('till_mek_fil', models.PositiveIntegerField(verbose_name='till och med MEK-fil')),
                ('felmek_fil', models.PositiveIntegerField(verbose_name='FelMEK-fil')),
                ('skapad_i_mek', models.CharField(max_length=40, verbose_name='skapad i MEK')),
                ('utfall', models.CharField(choices=[('RATTAD', 'Rättad'), ('REDAN_RATT', 'Redan rätt'), ('EJ_INLAST', 'Den felaktiga mappningen har aldrig lästs in'), ('NYARE', 'En senare MEK-fil säger något annat')], max_length=12, verbose_name='utfall')),
                ('inlast', models.DateTimeField(verbose_name='inläst')),
                ('inlast_av', models.CharField(blank=True, max_length=200, verbose_name='inläst av')),
            ],
            options={
                'verbose_name': 'felmappning',
                'verbose_name_plural': 'felmappningar',
            },
        ),
        migrations.CreateModel(
            name='Hsamappning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('giltig', django.contrib.postgres.fields.ranges.DateRangeField(help_text='Från och med första dagen, till (men inte med) dagen efter den sista.', verbose_name='giltig')),
                ('kombika', models.CharField(max_length=11, validators=[django.core.validators.RegexValidator('^[0-9]{8}[A-Za-zÅÄÖåäö0-9]{1,3}$', 'Kombika är åtta siffror och ett till tre tecken.')], verbose_name='kombika')),
                ('hsa_id', models.CharField(max_length=32, validators=[django.core.validators.RegexValidator('^SE[0-9]{10}-[A-Za-z0-9]+$', 'HSA-id skrivs SE2321000016-XXXX.')], verbose_name='HSA-id')),
                ('fil_fran', models.PositiveIntegerField(blank=True, null=True, verbose_name='från MEK-fil')),
                ('fil_till', models.PositiveIntegerField(blank=True, null=True, verbose_name='till MEK-fil')),
            ],
            options={
                'verbose_name': 'HSA-mappning',
                'verbose_name_plural': 'HSA-mappningar',
                'ordering': ['kombika', 'giltig'],
            },
        ),
        migrations.CreateModel(
            name='Kodserverpost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('giltig', django.contrib.postgres.fields.ranges.DateRangeField(help_text='Från och med första dagen, till (men inte med) dagen efter den sista.', verbose_name='giltig')),
                ('tabell', models.CharField(max_length=12, verbose_name='tabell')),
                ('kod', models.CharField(max_length=20, verbose_name='kod')),
                ('innehall', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='innehåll')),
            ],
            options={
                'verbose_name': 'post i Kodservern',
                'verbose_name_plural': 'poster i Kodservern',
                'ordering': ['tabell', 'kod', 'giltig'],
            },
        ),
        migrations.CreateModel(
            name='Kunskap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('giltig', django.contrib.postgres.fields.ranges.DateRangeField(help_text='Från och med första dagen, till (men inte med) dagen efter den sista.', verbose_name='giltig')),
                ('tabell', models.CharField(max_length=63, verbose_name='tabell')),
                ('rad', models.BigIntegerField(verbose_name='rad')),
                ('nyckel', models.CharField(max_length=64, verbose_name='nyckel')),
                ('innehall', models.JSONField(verbose_name='innehåll')),
                ('version_fran', models.BigIntegerField(verbose_name='från stamdataversion')),
                ('version_till', models.BigIntegerField(null=True, verbose_name='till stamdataversion')),
                ('kand_fran', models.DateTimeField(verbose_name='känd från')),
                ('kand_till', models.DateTimeField(null=True, verbose_name='känd till')),
            ],
            options={
                'verbose_name': 'kunskap',
                'verbose_name_plural': 'kunskap',
            },
        ),
        migrations.RemoveConstraint(
            model_name='enhet',
            name='enhet_overlappar_ej',
        ),
        migrations.RemoveConstraint(
            model_name='enhetsuppdrag',
            name='enhetsuppdrag_overlappar_ej',
        ),
        migrations.RemoveConstraint(
            model_name='uppdrag',
            name='uppdrag_overlappar_ej',
        ),
        migrations.AddConstraint(
            model_name='enhet',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('kombika', '='), ('giltig', '&&')], name='enhet_overlappar_ej'),
        ),
        migrations.AddConstraint(
            model_name='enhetsuppdrag',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('enhet', '='), ('uppdrag', '='), ('giltig', '&&')], name='enhetsuppdrag_overlappar_ej'),
        ),
        migrations.AddConstraint(
            model_name='uppdrag',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('samverks_id', '='), ('giltig', '&&')], name='uppdrag_overlappar_ej'),
        ),
        migrations.AddConstraint(
            model_name='felmappning',
            constraint=models.UniqueConstraint(fields=('kombika', 'fel_hsa_id', 'fran_mek_fil', 'till_mek_fil', 'skapad_i_mek'), name='felmappning_en_gang', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='hsamappning',
            index=models.Index(fields=['hsa_id'], name='hsamappning_hsa_id'),
        ),
        migrations.AddConstraint(
            model_name='hsamappning',
            constraint=models.CheckConstraint(condition=models.Q(('giltig__isempty', False), ('giltig__startswith__isnull', False)), name='hsamappning_giltig_ej_tom'),
        ),
        migrations.AddConstraint(
            model_name='hsamappning',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('kombika', '='), ('giltig', '&&')], name='hsamappning_overlappar_ej'),
        ),
        migrations.AddConstraint(
            model_name='kodserverpost',
            constraint=models.CheckConstraint(condition=models.Q(('giltig__isempty', False), ('giltig__startswith__isnull', False)), name='kodserverpost_giltig_ej_tom'),
        ),
        migrations.AddConstraint(
            model_name='kodserverpost',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], expressions=[('tabell', '='), ('kod', '='), ('giltig', '&&')], name='kodserverpost_overlappar_ej'),
        ),
        migrations.AddIndex(
            model_name='kunskap',
            index=models.Index(fields=['tabell', 'rad', 'version_fran'], name='kunskap_rad'),
        ),
        migrations.AddIndex(
            model_name='kunskap',
            index=models.Index(fields=['tabell', 'nyckel'], name='kunskap_nyckel'),
        ),
        migrations.AddIndex(
            model_name='kunskap',
            index=models.Index(fields=['version_fran'], name='kunskap_fran'),
        ),
        migrations.AddIndex(
            model_name='kunskap',
            index=models.Index(condition=models.Q(('version_till__isnull', False)), fields=['version_till'], name='kunskap_till'),
        ),
        migrations.AddConstraint(
            model_name='kunskap',
            constraint=models.CheckConstraint(condition=models.Q(('giltig__isempty', False), ('giltig__startswith__isnull', False)), name='kunskap_giltig_ej_tom'),
        ),
        migrations.AddConstraint(
            model_name='kunskap',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('kand_till__isnull', True)), deferrable=django.db.models.constraints.Deferrable['DEFERRED'], expressions=[('tabell', '='), ('nyckel', '='), ('giltig', '&&')], name='kunskap_en_sanning'),
        ),
        migrations.AddConstraint(
            model_name='kunskap',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kand_till__isnull', True), ('version_till__isnull', True)), models.Q(('kand_till__gte', models.F('kand_fran')), ('version_till__gte', models.F('version_fran'))), _connector='OR'), name='kunskap_framat'),
        ),
        *(
            migrations.RunSQL(sql)
            for sql in (
                skydd.editable("gvr_kodserverpost"),
                skydd.editable("gvr_hsamappning"),
                skydd.append_only("gvr_felmappning"),
                skydd.pointer("gvr_kunskap", "version_till", "kand_till"),
                *(skydd.remembered(tabell) for tabell in NYA),
                *(skydd.master_data(tabell) for tabell in NYA),
                skydd.KNOW,
                *(skydd.known(tabell, *nyckel) for tabell, nyckel in KANDA.items()),
            )
        ),
    ]
