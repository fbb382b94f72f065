"""That a deltagande is decided: the work that waits, and its receipts."""

import django.db.models.deletion
from django.db import migrations, models

from gvr.core import databasskydd as skydd

#: Every deltagande there is gets its first decision.
ALLA_PROVAS = """
select set_config('app.alla', 'ja', true);
insert into gvr_deltagandearende (uuid, skapad, forsok, parkerad, fel)
select distinct uuid, now(), 0, false, '' from gvr_deltagande;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('gvr', '0020_rapp_reserverat'),
    ]

    operations = [
        migrations.CreateModel(
            name='Deltagandearende',
            fields=[
                ('uuid', models.UUIDField(primary_key=True, serialize=False, verbose_name='deltagande')),
                ('skapad', models.DateTimeField(verbose_name='skapad')),
                ('forsok', models.PositiveSmallIntegerField(default=0, verbose_name='försök')),
                ('parkerad', models.BooleanField(default=False, verbose_name='parkerad')),
                ('fel', models.TextField(blank=True, default='', verbose_name='fel')),
            ],
            options={
                'verbose_name': 'deltagandeärende',
                'verbose_name_plural': 'deltagandeärenden',
            },
        ),
        migrations.CreateModel(
            name='Delkvittens',
            fields=[
                ('sekvens', models.BigAutoField(primary_key=True, serialize=False, verbose_name='sekvens')),
                ('kallsystem', models.CharField(max_length=40, verbose_name='källsystem')),
                ('uuid', models.UUIDField(verbose_name='deltagande')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('niva', models.CharField(max_length=2, verbose_name='nivå')),
                ('utfall', models.CharField(max_length=20, verbose_name='utfall')),
                ('kod', models.CharField(blank=True, max_length=40, verbose_name='kod')),
                ('belopp', models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name='belopp (kr)')),
                ('tid', models.DateTimeField(verbose_name='tid')),
                ('enhet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='gvr.enhet', verbose_name='enhet')),
                ('vardgivare', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='gvr.vardgivare', verbose_name='vårdgivare')),
            ],
            options={
                'verbose_name': 'kvittens för deltagande',
                'verbose_name_plural': 'kvittenser för deltaganden',
                'indexes': [models.Index(fields=['uuid', 'sekvens'], name='delkvittens_deltagande')],
            },
        ),
        migrations.RunSQL(skydd.editable('gvr_deltagandearende', 'uuid')),
        migrations.RunSQL(skydd.region_only('gvr_deltagandearende')),
        migrations.RunSQL(skydd.append_only('gvr_delkvittens', 'sekvens')),
        migrations.RunSQL(skydd.tenant('gvr_delkvittens')),
        migrations.RunSQL(ALLA_PROVAS),
    ]
