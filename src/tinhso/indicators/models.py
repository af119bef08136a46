"""What indicators store: one figure a measure, commune and month, and where its recomputation stands."""

from django.db import models
from django.db.models.functions import Now


class Figure(models.Model):
    """The parts of a measure for one commune (on the map of that month) and one calendar month."""

    indicator = models.CharField(max_length=120)
    month = models.DateField()
    unit = models.CharField(max_length=10)
    numerator = models.DecimalField(max_digits=24, decimal_places=4)
    denominator = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    revision = models.IntegerField(default=1)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["indicator", "month", "unit"], name="indicators_figure_once")]


class ScoreFigure(models.Model):
    """The parts of one criterion of a score for one agency and one calendar month."""

    score = models.CharField(max_length=120)
    criterion = models.CharField(max_length=60)
    month = models.DateField()
    agency = models.UUIDField()
    numerator = models.DecimalField(max_digits=24, decimal_places=4)
    denominator = models.DecimalField(max_digits=24, decimal_places=4)
    revision = models.IntegerField(default=1)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["score", "criterion", "month", "agency"], name="indicators_score_once")
        ]
