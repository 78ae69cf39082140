"""Processes of the flows that these tests click through."""

from __future__ import annotations

import uuid

from django.db import models

from viewflow import jsonstore
from viewflow.workflow.models import AbstractProcess, AbstractTask, Process


class PizzaOrder(Process):
    customer_name = jsonstore.CharField(max_length=250)
    address = jsonstore.TextField()
    toppings = jsonstore.TextField()
    tips_received = jsonstore.IntegerField(default=0)
    baking_time = jsonstore.IntegerField(default=10)

    class Meta:
        proxy = True


class Review(Process):
    """A process with a table of its own."""

    text = models.CharField(max_length=150)
    approved = models.BooleanField(default=False)
    comment = models.TextField(blank=True)


class Document(models.Model):
    """What a review may be about."""

    title = models.CharField(max_length=100)
    body = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title


class Errand(Process):
    note = jsonstore.CharField(max_length=100, blank=True)
    amount = jsonstore.IntegerField(default=0)

    class Meta:
        proxy = True


class Ticket(AbstractProcess):
    """A process whose number tells nobody how many there are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    text = models.CharField(max_length=100, blank=True)


class TicketTask(AbstractTask):
    """What is done about a ticket."""

    process = models.ForeignKey(Ticket, on_delete=models.CASCADE)
