"""That a person settles what has waited too long."""

import django.db.models.deletion
from django.db import migrations, models

from gvr.core import databasskydd as skydd


class Migration(migrations.Migration):

    dependencies = [
        ('gvr', '0011_felmappning_nyckel'),
        ('hej', '0002_skydd'),
    ]

    operations = [
        migrations.CreateModel(
            name='Avgorande',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('galler', models.BooleanField(default=True, verbose_name='gäller')),
                ('vantade_pa', models.CharField(blank=True, max_length=80, verbose_name='väntade på')),
                ('skal', models.CharField(max_length=500, verbose_name='skäl')),
                ('avgjort_av', models.CharField(max_length=200, verbose_name='avgjort av')),
                ('tid', models.DateTimeField(verbose_name='avgjort')),
                ('vardkontakt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='gvr.vardkontakt', verbose_name='vårdkontakt')),
            ],
            options={
                'verbose_name': 'avgörande',
                'verbose_name_plural': 'avgöranden',
                'indexes': [models.Index(fields=['vardkontakt', '-id'], name='avgorande_kontakt')],
            },
        ),
        migrations.RunSQL(skydd.append_only("hej_avgorande")),
        migrations.RunSQL(skydd.region_only("hej_avgorande")),
    ]
