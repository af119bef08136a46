import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tinhso.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_ratings")]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tinhso.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=70)),
                ("person", models.UUIDField()),
                ("applicant", models.CharField(max_length=120)),
                ("bundle", models.CharField(max_length=120)),
                ("version", models.IntegerField()),
                ("submitted_at", models.DateTimeField()),
                ("papers", models.JSONField(default=dict)),
                ("demo", models.BooleanField(default=False)),
            ],
            options={"indexes": [models.Index(fields=["person", "-id"], name="cases_application_person")]},
        ),
        migrations.CreateModel(
            name="ApplicationPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                ("place", models.SmallIntegerField()),
                ("procedure", models.CharField(max_length=120)),
                ("version", models.IntegerField()),
                (
                    "after",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), default=list, size=None
                    ),
                ),
                ("agency", models.UUIDField()),
                ("form", models.JSONField()),
                (
                    "prefilled",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=50), default=list, size=None
                    ),
                ),
                ("case", models.UUIDField(null=True, unique=True)),
                ("state", models.CharField(max_length=10)),
                ("because", models.CharField(blank=True, max_length=80)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.application"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("application", "key"), name="cases_application_part_once")
                ]
            },
        ),
        migrations.RunSQL(
            """
            CREATE VIEW pub.case_parts AS
                SELECT t.id, t.case_id AS "case", c.procedure, t.agency_id AS agency, c.agency_id AS received_by,
                       t.step, t.opened_at, t.completed_at, t.due_at, t.completed_at > t.due_at AS late, c.demo
                FROM cases_task t JOIN cases_case c ON c.id = t.case_id
                WHERE NOT c.internal AND t.role <> 'applicant';
            COMMENT ON VIEW pub.case_parts IS 'Which agency had which step of a case, and how long; for measures.';
            """,
            "DROP VIEW pub.case_parts",
        ),
    ]
