"""Processes of the site that the browser visits."""

from __future__ import annotations

from django.db import models

from viewflow import jsonstore
from viewflow.workflow.models import Process


class Pizza(Process):
    customer_name = jsonstore.CharField(max_length=250)
    address = jsonstore.TextField()
    toppings = jsonstore.TextField()
    tips_received = jsonstore.IntegerField(default=0)
    baking_time = jsonstore.IntegerField(default=10)

    class Meta:
        proxy = True


class Party(Process):
    """Food for many; a table of its own."""

    host = models.CharField(max_length=100)
    occasion = models.CharField(
        max_length=20,
        choices=[("birthday", "Birthday"), ("wedding", "Wedding"), ("office", "Office lunch")],
    )
    guests = models.PositiveIntegerField(default=20, help_text="Children count half.")
    wanted_on = models.DateField("Day", null=True, blank=True)
    vegetarian = models.BooleanField("Vegetarian only", default=False)
    wishes = models.TextField(blank=True)
    checked = models.BooleanField("Tasted and packed", default=False)
    card = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name_plural = "parties"


class Complaint(Process):
    text = jsonstore.TextField()

    class Meta:
        proxy = True
