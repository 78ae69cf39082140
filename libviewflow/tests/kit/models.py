"""Models for the kit's tests: the customers of a pizzeria."""

from __future__ import annotations

from django.db import models

from viewflow import jsonstore
from viewflow.fields import CompositeKey


class District(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    KINDS = [("REG", "Regular"), ("NEW", "New"), ("INV", "Invoice")]

    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    kind = models.CharField(max_length=3, choices=KINDS, default="NEW")
    orders = models.IntegerField(default=0)
    spent = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    vip = models.BooleanField(null=True)
    last_order = models.DateField(null=True)
    joined = models.DateTimeField(null=True)
    district = models.ForeignKey(District, models.CASCADE, null=True)
    tags = models.ManyToManyField(Tag)

    class Meta:
        verbose_name = "pizza customer"

    def __str__(self) -> str:
        return self.name

    def greeting(self) -> str:
        return f"Hello {self.name}"

    @property
    def shout(self) -> str:
        return self.name.upper()


class Page(models.Model):
    slug = models.CharField(max_length=50, primary_key=True)
    title = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/pages/{self.slug}/"


class Booking(models.Model):
    data = models.JSONField(default=dict)
    guests = jsonstore.IntegerField(default=1)

    def __str__(self) -> str:
        return f"Table for {self.guests}"


class Courier(models.Model):
    name = models.CharField(max_length=50, unique=True)
    district = models.ForeignKey(District, models.PROTECT)
    licence = models.FileField(upload_to="licences", blank=True)

    def __str__(self) -> str:
        return self.name


class Depot(models.Model):
    """A table from before Django, with a key of two columns; made by ``test_composite_key``."""

    id = CompositeKey(columns=["city", "number"])
    city = models.CharField(max_length=20)
    number = models.IntegerField()
    code = models.CharField(max_length=20, unique=True)
    note = models.CharField(max_length=50, blank=True)

    class Meta:
        managed = False
        db_table = "legacy_depot"

    def __str__(self) -> str:
        return f"{self.city} {self.number}"


class DepotProxy(Depot):
    class Meta:
        proxy = True


class Van(models.Model):
    id = CompositeKey(columns=["depot_id", "opened", "plate_ab"])
    depot = models.ForeignKey(Depot, models.CASCADE, to_field="code")
    opened = models.DateTimeField()
    plate_ab = models.CharField(max_length=20)
    deleted: list[str] = []

    class Meta:
        managed = False
        db_table = "legacy_van"

    def delete(self, *args, **kwargs):
        self.deleted.append(self.plate_ab)
        return super().delete(*args, **kwargs)
