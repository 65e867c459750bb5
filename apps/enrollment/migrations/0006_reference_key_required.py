"""No reference without a key of its person."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0005_seal_references_anew")]

    operations = [
        migrations.AlterField(
            model_name="reference",
            name="key",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="references",
                to="enrollment.personkey",
            ),
        )
    ]
