"""Which contract asks for a digital förmåga, and an index that says who has been seen."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

from gvr.core import databasskydd as skydd


class Migration(migrations.Migration):

    dependencies = [
        ('gvr', '0018_kunskapens_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='Formagekrav',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('giltig', django.contrib.postgres.fields.ranges.DateRangeField(help_text='Från och med första dagen, till (men inte med) dagen efter den sista.', verbose_name='giltig')),
                ('formaga', models.CharField(choices=[('SAMVERKAN', 'Samverkan och aktiviteter')], default='SAMVERKAN', max_length=20, verbose_name='förmåga')),
                ('grund', models.CharField(help_text='Var kravet står, till exempel avtalets bilaga.', max_length=500, verbose_name='grund')),
            ],
            options={
                'verbose_name': 'krav på digital förmåga',
                'verbose_name_plural': 'krav på digital förmåga',
                'ordering': ['avtal_id', 'giltig'],
            },
        ),
        migrations.AddIndex(
            model_name='aktivitet',
            index=models.Index(fields=['avtal', 'registrerad'], name='aktivitet_avtal_registrerad'),
        ),
        migrations.AddIndex(
            model_name='deltagande',
            index=models.Index(fields=['avtal', 'registrerad'], name='deltagande_avtal_registrerad'),
        ),
        migrations.AddField(
            model_name='formagekrav',
            name='avtal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='gvr.avtal', verbose_name='avtal'),
        ),
        migrations.AddConstraint(
            model_name='formagekrav',
            constraint=models.CheckConstraint(condition=models.Q(('giltig__isempty', False), ('giltig__startswith__isnull', False)), name='formagekrav_giltig_ej_tom'),
        ),
        migrations.AddConstraint(
            model_name='formagekrav',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('avtal', '='), ('formaga', '='), ('giltig', '&&')], name='formagekrav_overlappar_ej'),
        ),
        migrations.RunSQL(skydd.editable('gvr_formagekrav')),
        migrations.RunSQL(skydd.remembered('gvr_formagekrav')),
    ]
