"""What the shop keeps lists of, without any process: its customers and its menu."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=100, db_index=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField("e-mail", blank=True)
    address = models.TextField(blank=True)
    since = models.DateField("customer since", auto_now_add=True)

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class Pizza(models.Model):
    class Kind(models.TextChoices):
        CLASSIC = "classic", "Classic"
        SPECIAL = "special", "Special"
        SEASONAL = "seasonal", "Seasonal"

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CLASSIC)
    price = models.DecimalField(
        max_digits=6, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    vegetarian = models.BooleanField(default=False)
    on_menu = models.BooleanField("on the menu", default=True)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
