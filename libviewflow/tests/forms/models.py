"""Models behind the forms of these tests."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from viewflow import jsonstore
from viewflow.workflow.models import Process


class Document(models.Model):
    title = models.CharField(max_length=50)
    attachment = models.FileField(upload_to="documents/", blank=True)

    class Meta:
        app_label = "forms"

    def __str__(self) -> str:
        return self.title


class Address(models.Model):
    street = models.CharField(max_length=60)
    city = models.CharField(max_length=40)

    class Meta:
        app_label = "forms"

    def __str__(self) -> str:
        return f"{self.street}, {self.city}"


class Buyer(models.Model):
    name = models.CharField(max_length=40, unique=True)
    address = models.ForeignKey(Address, models.PROTECT)
    billing = models.ForeignKey(
        Address, models.SET_NULL, null=True, blank=True, related_name="billed"
    )

    class Meta:
        app_label = "forms"

    def __str__(self) -> str:
        return self.name


class Preferences(models.Model):
    customer = models.OneToOneField(Buyer, models.CASCADE, related_name="preferences")
    colour = models.CharField(max_length=20)
    newsletter = models.BooleanField(default=False)

    class Meta:
        app_label = "forms"


class Phone(models.Model):
    customer = models.ForeignKey(Buyer, models.CASCADE, related_name="phones")
    number = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=[("home", "Home"), ("work", "Work")])
    scan = models.FileField(upload_to="documents/", blank=True)

    class Meta:
        app_label = "forms"
        unique_together = [("customer", "number")]

    def __str__(self) -> str:
        return self.number


class Place(jsonstore.EmbeddedModel):
    name = jsonstore.CharField(max_length=30)
    opened = jsonstore.DateField(null=True, blank=True)
    seats = jsonstore.IntegerField(default=10)
    host = jsonstore.ForeignKey("forms.Address", null=True, blank=True)

    def clean(self) -> None:
        if self.name == "Nowhere":
            raise ValidationError("There is no such place.")


class Line(jsonstore.EmbeddedModel):
    sku = jsonstore.CharField(max_length=20)
    price = jsonstore.DecimalField(max_digits=8, decimal_places=2)


class Event(models.Model):
    title = models.CharField(max_length=30)
    data = models.JSONField(default=dict)

    place = jsonstore.EmbeddedField(Place)
    rain_place = jsonstore.EmbeddedField(Place, null=True, blank=True)
    lines = jsonstore.EmbeddedListField(Line)

    class Meta:
        app_label = "forms"

    def __str__(self) -> str:
        return self.title


class Country(models.Model):
    name = models.CharField(max_length=30)
    secret = models.BooleanField(default=False)

    class Meta:
        app_label = "forms"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Region(models.Model):
    country = models.ForeignKey(Country, models.CASCADE, related_name="regions")
    name = models.CharField(max_length=30)

    class Meta:
        app_label = "forms"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class City(models.Model):
    region = models.ForeignKey(Region, models.CASCADE, related_name="cities")
    name = models.CharField(max_length=30)
    people = models.IntegerField(default=0)

    class Meta:
        app_label = "forms"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Trip(models.Model):
    title = models.CharField(max_length=30)
    country = models.ForeignKey(Country, models.CASCADE)
    region = models.ForeignKey(Region, models.SET_NULL, null=True, blank=True)
    city = models.ForeignKey(City, models.SET_NULL, null=True, blank=True)
    sights = models.ManyToManyField(City, blank=True, related_name="seen_in")

    class Meta:
        app_label = "forms"

    def __str__(self) -> str:
        return self.title


class Stop(models.Model):
    trip = models.ForeignKey(Trip, models.CASCADE, related_name="stops")
    country = models.ForeignKey(Country, models.CASCADE)
    region = models.ForeignKey(Region, models.CASCADE)

    class Meta:
        app_label = "forms"


class Party(Process):
    title = jsonstore.CharField(max_length=30)
    place = jsonstore.EmbeddedField(Place)
    dishes = jsonstore.EmbeddedListField(Line)

    class Meta:
        app_label = "forms"
        proxy = True


class Invitation(models.Model):
    party = models.ForeignKey(Party, models.CASCADE, related_name="invitations")
    guest = models.CharField(max_length=30, unique=True)

    class Meta:
        app_label = "forms"
