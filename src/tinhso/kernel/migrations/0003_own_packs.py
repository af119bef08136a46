from django.db import migrations, models


class Migration(migrations.Migration):
    """Packs that an agency makes in the browser."""

    dependencies = [("kernel", "0002_seal_check")]

    operations = [
        migrations.AddField("pack", "manifest", models.JSONField(default=dict)),
        migrations.AddField("pack", "owner", models.UUIDField(db_index=True, null=True)),
    ]
