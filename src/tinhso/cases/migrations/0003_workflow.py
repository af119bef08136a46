from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0002_approvals"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="wakes_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("wakes_at__isnull", False)), fields=["wakes_at"], name="cases_case_wakes"
            ),
        ),
    ]
