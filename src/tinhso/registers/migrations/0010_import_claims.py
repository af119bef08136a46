"""What the rows of an import claim is not checked against the import's own row, a million times over."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registers", "0009_kept_files")]

    operations = [
        migrations.AlterField(
            model_name="importkey",
            name="of",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="registers.import",
            ),
        ),
    ]
