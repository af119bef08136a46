import tinhso.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registers", "0007_duplicates"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tinhso.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("register", models.CharField(max_length=120)),
                ("definition", models.IntegerField()),
                ("account", models.UUIDField()),
                ("agency", models.UUIDField(null=True)),
                ("by", models.CharField(blank=True, max_length=120)),
                ("name", models.CharField(max_length=80)),
                ("shared", models.BooleanField(default=False)),
                ("asks", models.JSONField()),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "register", "name"), name="registers_savedview_name"
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("shared", True)),
                        fields=["register", "agency"],
                        name="registers_savedview_shared",
                    )
                ],
            },
        ),
    ]
