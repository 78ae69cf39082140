"""Flows with locks and with permissions for single objects, and where they are mounted."""

from __future__ import annotations

import tempfile
import warnings
from typing import ClassVar

from django import forms
from django.contrib.auth.backends import BaseBackend
from django.core.cache.backends.filebased import FileBasedCache
from django.http import HttpResponse
from django.urls import path

from tests.workflow.models import LeanProcess, LeanTask
from viewflow import this
from viewflow.urls import Application, Site
from viewflow.workflow import act, flow
from viewflow.workflow.flow import FlowAppViewset, FlowViewset, WorkflowAppViewset
from viewflow.workflow.flow.views import CreateProcessView, UpdateProcessView
from viewflow.workflow.lock import CacheLock

from .flows import HandOver
from .models import Document, Errand, PizzaOrder, Review, Ticket, TicketTask


class ObjectBackend(BaseBackend):
    """Grants permissions for single objects; knows none for whole models."""

    granted: ClassVar[set] = set()
    asked: ClassVar[list] = []

    @classmethod
    def grant(cls, user, permission, obj):
        cls.granted.add((user.pk, permission, cls.row(obj)))

    @staticmethod
    def row(obj):
        return type(obj)._meta.concrete_model, obj.pk

    def authenticate(self, request, **credentials):
        return None

    def has_perm(self, user, permission, obj=None):
        if obj is None or not user.is_active:
            return False
        self.asked.append((permission, obj))
        return (user.pk, permission, self.row(obj)) in self.granted


class DeskFlow(flow.Flow):
    """Each document is read by those who may read this very document."""

    process_class = Review

    start = flow.StartHandle(this.begin).Next(this.read)
    read = (
        flow.View(UpdateProcessView.as_view(fields=["comment"]))
        .Permission("flowviews.change_document", obj=act.process.artifact)
        .Next(this.end)
    )
    end = flow.End()

    def begin(self, activation, document=None):
        activation.process.artifact = document
        activation.process.text = str(document)


class LockedFlow(flow.Flow):
    """Its steps are kept apart by a lock in a cache."""

    process_class = Errand
    lock_impl = CacheLock(
        cache=FileBasedCache(tempfile.mkdtemp(prefix="libviewflow-locks-"), {}), attempts=1
    )

    start = flow.StartHandle().Next(this.work)
    work = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.risky)
    risky = flow.Function(this.do_risky).Next(this.after)
    after = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.end)
    end = flow.End()

    def do_risky(self, activation):
        if activation.process.note == "boom":
            raise ValueError("the bank does not answer")
        if activation.process.note == "correct me":
            activation.process.note = "corrected"
            activation.process.amount = 7


class AttachForm(forms.ModelForm):
    """Asks for what the process is about."""

    seed = forms.ModelChoiceField(queryset=Document.objects.all(), required=False)
    artifact = forms.ModelChoiceField(queryset=Document.objects.all())

    class Meta:
        model = Errand
        fields = ["note"]


class ReceiptForm(forms.ModelForm):
    receipt = forms.FileField()

    class Meta:
        model = Errand
        fields = ["note"]

    def save(self, commit=True):
        self.instance.note = self.cleaned_data["receipt"].name
        return super().save(commit)


class ParentFlow(flow.Flow):
    """Has children, attachments, and steps that go wrong beside those of people."""

    process_class = Errand

    start = flow.Start(CreateProcessView.as_view(form_class=AttachForm)).Next(this.pay)
    begin = flow.StartHandle(this.from_code).Next(this.fork)
    fork = flow.Split().Next(this.first).Next(this.second).Next(this.risky).Next(this.later)
    first = HandOver(UpdateProcessView.as_view(fields=["note"]), colour="ignored").Next(this.join)
    second = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.join)
    risky = flow.Function(this.do_risky).Next(this.join)
    later = flow.Handle().Next(this.join)
    join = flow.Join().Next(this.end)
    pay = flow.View(UpdateProcessView.as_view(form_class=ReceiptForm)).Next(this.end)
    end = flow.End()

    def from_code(self, activation, note=""):
        activation.process.note = note

    def do_risky(self, activation):
        if activation.process.note == "boom":
            raise ValueError("the bank does not answer")


class ChosenFlow(flow.Flow):
    """Says who may start."""

    process_class = PizzaOrder

    regular = (
        flow.Start(CreateProcessView.as_view(fields=["customer_name"]))
        .Annotation(title="Regulars order")
        .Available(lambda user: user.username.startswith("regular"))
        .Next(this.end)
    )
    vera = (
        flow.Start(CreateProcessView.as_view(fields=["customer_name"]))
        .Annotation(title="Vera orders")
        .Available(username="vera")
        .Next(this.end)
    )
    end = flow.End()


class HiddenFlow(flow.Flow):
    """Is mounted nowhere."""

    process_class = Errand

    start = flow.StartHandle().Next(this.work)
    work = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.end)
    end = flow.End()


class LeanFlow(flow.Flow):
    """Keeps its rows in tables of its own, with nothing but what the engine needs."""

    process_class = LeanProcess
    task_class = LeanTask

    start = flow.Start(CreateProcessView.as_view(fields=["title"])).Next(this.work)
    work = flow.View(UpdateProcessView.as_view(fields=["title"])).Next(this.risky)
    risky = flow.Function(this.do_risky).Next(this.end)
    end = flow.End()

    def do_risky(self, activation):
        if activation.process.title == "boom":
            raise ValueError("the bank does not answer")


class TicketFlow(flow.Flow):
    """Its processes have UUIDs."""

    process_class = Ticket
    task_class = TicketTask

    start = flow.Start(CreateProcessView.as_view(fields=["text"])).Next(this.mend)
    mend = flow.View(UpdateProcessView.as_view(fields=["text"])).Next(this.end)
    end = flow.End()


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # there are two task tables in one list
    mixed = WorkflowAppViewset(
        app_name="mixed", flow_viewsets=[FlowViewset(DeskFlow), FlowViewset(TicketFlow)]
    )


site = Site(
    title="Desk",
    viewsets=[
        FlowAppViewset(DeskFlow),
        FlowAppViewset(LockedFlow),
        FlowAppViewset(ParentFlow),
        FlowAppViewset(LeanFlow),
        FlowAppViewset(TicketFlow),
        mixed,
        Application(app_name="chosen", viewsets=[FlowViewset(ChosenFlow)]),
    ],
)

urlpatterns = [
    path("accounts/login/", lambda request: HttpResponse("login"), name="login"),
    path("", site.urls),
]
