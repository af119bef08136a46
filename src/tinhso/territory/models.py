"""What territory stores: units, each on its stretch of days, and what became of them."""

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db.models import F, Func, Q

KINDS = ("province", "city", "district", "ward", "townlet", "commune")


class Unit(models.Model):
    """An administrative unit while it bears one code, name and rank. `valid` is half-open; `parent` is the code of the
    unit above it on the same map. A code may come back for another unit later, never for two on one day."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12)
    level = models.PositiveSmallIntegerField()
    parent = models.CharField(max_length=10, blank=True)
    valid = DateRangeField()
    area_km2 = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    population = models.PositiveIntegerField(null=True)
    centroid = models.PointField(null=True)
    geometry = models.MultiPolygonField(null=True)
    search = models.GeneratedField(
        expression=Func(F("name"), function="tinhso_fold"), output_field=models.TextField(), db_persist=True
    )

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="territory_unit_one_a_day",
                expressions=[("code", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="territory_unit_kind"),
            models.CheckConstraint(condition=Q(valid__isempty=False), name="territory_unit_lives"),
        ]
        indexes = [
            models.Index(fields=["parent"]),
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="territory_unit_search"),
        ]


class Succession(models.Model):
    """`share` of the unit `old_code`, as it was the day before `on`, is from that day part of `new_code`."""

    id = models.BigAutoField(primary_key=True)
    on = models.DateField()
    old_code = models.CharField(max_length=10)
    new_code = models.CharField(max_length=10)
    share = models.DecimalField(max_digits=9, decimal_places=8, default=1)
    extent = models.CharField(max_length=4, default="full")
    """full where the old unit went whole into the new one, part where it was divided"""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["on", "old_code", "new_code"], name="territory_succession_once"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="territory_succession_share"),
            models.CheckConstraint(
                condition=Q(extent="full", share=1) | Q(extent="part", share__lt=1), name="territory_succession_extent"
            ),
        ]
        indexes = [models.Index(fields=["on", "new_code"])]


class Revision(models.Model):
    """One row: a stamp renewed by every change, by which each process knows that its copy of the map is stale."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    stamp = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="territory_revision_one")]
