"""Processes and tasks of the kinds a user may make: proxy, multi-table, and their own tables."""

from __future__ import annotations

from django.db import models

from viewflow import jsonstore
from viewflow.workflow.models import AbstractProcess, AbstractTask, Process, Task


class Order(Process):
    """A proxy with values in the JSON column."""

    customer_name = jsonstore.CharField(max_length=250, default="")
    amount = jsonstore.IntegerField(default=0)
    approved = jsonstore.BooleanField(default=False)
    note = jsonstore.TextField(blank=True, default="")
    route = jsonstore.CharField(max_length=50, default="")

    class Meta:
        proxy = True


class Shipment(Process):
    """A table of its own beside the process table."""

    carrier = models.CharField(max_length=50, default="")
    weight = models.IntegerField(default=0)


class Parcel(models.Model):
    """What processes are about: seeds and artifacts."""

    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class LeanProcess(AbstractProcess):
    """The user's own process table, without the JSON column."""

    title = models.CharField(max_length=50, default="")


class LeanTask(AbstractTask):
    """The user's own task table: no data, no seed, no artifact."""

    process = models.ForeignKey(LeanProcess, on_delete=models.CASCADE)


__all__ = ["LeanProcess", "LeanTask", "Order", "Parcel", "Process", "Shipment", "Task"]
