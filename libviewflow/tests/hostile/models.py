"""Processes with every kind of typed data: plain columns, a JSON document, an object beside."""

from __future__ import annotations

from django.db import models

from viewflow import jsonstore
from viewflow.workflow.models import Process


class Order(Process):
    """Its data live in the JSON document."""

    name = jsonstore.CharField(max_length=60)
    note = jsonstore.TextField(blank=True)
    amount = jsonstore.IntegerField(default=1)
    price = jsonstore.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    due = jsonstore.DateField(null=True, blank=True)

    class Meta:
        proxy = True


class Case(Process):
    """Its data live in a table of its own."""

    text = models.CharField(max_length=60)
    comment = models.TextField(blank=True)
    number = models.IntegerField(default=0)
    big = models.BigIntegerField(default=0)
    ratio = models.FloatField(default=0)
    day = models.DateField(null=True, blank=True)
    moment = models.DateTimeField(null=True, blank=True)


class Paper(models.Model):
    """What a process may be about."""

    title = models.CharField(max_length=60)
    body = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title
