"""No machine account may take the name of what people register by hand."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gvr', '0019_digital_formaga'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='maskinkonto',
            constraint=models.CheckConstraint(condition=models.Q(('kallsystem__istartswith', 'RAPP-'), _negated=True), name='maskinkonto_ej_rapp', violation_error_message='Namn som börjar med RAPP- hör till regionens formulär.'),
        ),
    ]
