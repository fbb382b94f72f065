"""The decision on a deltagande, and posts that come from it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from gvr.core import databasskydd as skydd


class Migration(migrations.Migration):

    dependencies = [
        ('gvr', '0021_deltagande_ersatts'),
        ('hej', '0003_avgorande'),
    ]

    operations = [
        migrations.CreateModel(
            name='Delbeslut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deltagande', models.UUIDField(verbose_name='deltagande')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('dag', models.DateField(verbose_name='dag')),
                ('tid', models.DateTimeField(verbose_name='beslutat')),
                ('uppdragstyp', models.CharField(blank=True, max_length=3, verbose_name='uppdragstyp')),
                ('stamdataversion', models.BigIntegerField(verbose_name='stamdataversion')),
                ('regelpaket', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None, verbose_name='regelpaket')),
                ('prislistor', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None, verbose_name='prislistor')),
                ('utfall', models.CharField(choices=[('ERSATTS', 'Ger ersättning'), ('INGEN_ERSATTNING', 'Ger ingen ersättning'), ('VANTAR', 'Väntar'), ('FEL', 'Behöver rättas'), ('MAKULERAD', 'Makulerad')], max_length=16, verbose_name='utfall')),
                ('orsak', models.CharField(blank=True, max_length=40, verbose_name='orsak')),
                ('vantar_pa', models.CharField(blank=True, max_length=80, verbose_name='väntar på')),
                ('rader', models.JSONField(verbose_name='rader')),
                ('summa', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='summa (kr)')),
            ],
            options={
                'verbose_name': 'beslut om deltagande',
                'verbose_name_plural': 'beslut om deltaganden',
            },
        ),
        migrations.RemoveConstraint(
            model_name='post',
            name='post_har_kalla',
        ),
        migrations.AlterField(
            model_name='post',
            name='kalla',
            field=models.CharField(choices=[('KONTAKT', 'Vårdkontakt'), ('DELTAGANDE', 'Deltagande'), ('MOMSKOMPENSATION', 'Momskompensation')], max_length=16, verbose_name='källa'),
        ),
        migrations.AddField(
            model_name='delbeslut',
            name='avtal',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='gvr.avtal', verbose_name='avtal'),
        ),
        migrations.AddField(
            model_name='delbeslut',
            name='enhet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='gvr.enhet', verbose_name='enhet'),
        ),
        migrations.AddField(
            model_name='delbeslut',
            name='huvudkontakt',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='gvr.vardkontakt', verbose_name='huvudkontakt'),
        ),
        migrations.AddField(
            model_name='delbeslut',
            name='vardgivare',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='gvr.vardgivare', verbose_name='vårdgivare'),
        ),
        migrations.AddField(
            model_name='post',
            name='delbeslut',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='hej.delbeslut', verbose_name='beslut om deltagande'),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(condition=models.Q(('delbeslut__isnull', False)), fields=['delbeslut'], name='post_delbeslut'),
        ),
        migrations.AddConstraint(
            model_name='post',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('beslut__isnull', False), ('delbeslut__isnull', True), ('kalla', 'KONTAKT'), ('vardkontakt__isnull', False)), models.Q(('beslut__isnull', True), ('delbeslut__isnull', False), ('kalla', 'DELTAGANDE'), ('vardkontakt__isnull', True)), models.Q(('delbeslut__isnull', True), ('kalla', 'MOMSKOMPENSATION'), ('vardkontakt__isnull', True)), _connector='OR'), name='post_har_kalla'),
        ),
        migrations.AddIndex(
            model_name='delbeslut',
            index=models.Index(fields=['deltagande', '-id'], name='delbeslut_deltagande'),
        ),
        migrations.AddIndex(
            model_name='delbeslut',
            index=models.Index(condition=models.Q(('utfall', 'VANTAR')), fields=['deltagande'], name='delbeslut_vantar'),
        ),
        migrations.AddIndex(
            model_name='delbeslut',
            index=models.Index(fields=['vardgivare', 'avtal', 'dag'], name='delbeslut_avtal_dag'),
        ),
        migrations.RunSQL(skydd.append_only('hej_delbeslut')),
        migrations.RunSQL(skydd.tenant('hej_delbeslut')),
    ]
