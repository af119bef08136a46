"""The change feed's way through the history, and answers that a repeated request gets again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registers", "0005_drafts")]

    operations = [
        # On the partitioned table: each partition, and each that comes, has it.
        migrations.RunSQL(
            "CREATE INDEX record_version_changes ON record_version (register, txid, seq)",
            "DROP INDEX record_version_changes",
        ),
        migrations.AddField("requestkey", "answer", models.JSONField(null=True)),
        migrations.AlterField("requestkey", "record", models.UUIDField(null=True)),
    ]
