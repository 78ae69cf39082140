"""The flows, with their pages, whose rows ``data/peer_2_4_nodes.json`` holds."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from viewflow import this
from viewflow.urls import Site
from viewflow.workflow import act, flow
from viewflow.workflow.flow import FlowAppViewset
from viewflow.workflow.flow.views import CreateProcessView, UpdateProcessView

from .models import Order


class NodesFlow(flow.Flow):
    """Every node of the open edition that a process can meet."""

    process_class = Order

    start = flow.Start(CreateProcessView.as_view(fields=["note", "route"])).Next(this.split)
    split = (
        flow.Split()
        .Next(this.write)
        .Next(this.read)
        .Next(this.extra, case=lambda activation: activation.process.approved)
    )
    write = (
        flow.View(UpdateProcessView.as_view(fields=["note"]))
        .Permission("workflow.change_order")
        .Next(this.join)
    )
    read = flow.View(UpdateProcessView.as_view(fields=["approved"])).Next(this.compute)
    extra = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.join)
    compute = flow.Function(this.do_compute).Next(this.join)
    join = flow.Join().Next(this.choose)
    choose = (
        flow.Switch()
        .Case(this.wait, lambda activation: activation.process.route == "wait")
        .Case(this.race, lambda activation: activation.process.route == "race")
        .Default(this.check)
    )
    wait = flow.Handle(this.on_message).Next(this.check)
    race = flow.SplitFirst().Next(this.call).Next(this.mail)
    call = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.check)
    mail = flow.Handle(this.on_message).Next(this.check)
    check = flow.If(act.process.approved).Then(this.end).Else(this.final)
    final = (
        flow.View(UpdateProcessView.as_view(fields=["note"]))
        .Assign(username="admin")
        .Next(this.end)
    )
    end = flow.End()
    obsolete = flow.Obsolete()

    def do_compute(self, activation):
        if activation.process.note == "fail":
            raise ValueError("cannot compute")

    def on_message(self, activation, note=""):
        activation.process.note = note


class CodeFlow(flow.Flow):
    """Begun by code; two branches with an end each."""

    process_class = Order

    start = flow.StartHandle(this.begin).Next(this.work)
    work = flow.Function(this.do_work).Next(this.fork)
    fork = flow.Split().Next(this.one).Next(this.two)
    one = flow.Handle(this.got).Next(this.one_end)
    two = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.two_end)
    one_end = flow.End()
    two_end = flow.End()

    def begin(self, activation, note=""):
        activation.process.note = note

    def do_work(self, activation):
        if activation.process.note == "fail":
            raise ValueError("cannot work")

    def got(self, activation, note=""):
        activation.process.note = note


urlpatterns = [
    path("accounts/login/", lambda request: HttpResponse("login"), name="login"),
    path("", Site(viewsets=[FlowAppViewset(NodesFlow), FlowAppViewset(CodeFlow)]).urls),
]
