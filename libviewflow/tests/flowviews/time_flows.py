"""A loan that is approved in time, or not; with pages for all that waits."""

from __future__ import annotations

from datetime import timedelta

from django.urls import path

from viewflow import this
from viewflow.urls import Site
from viewflow.workflow import flow
from viewflow.workflow.exceptions import ProcessError
from viewflow.workflow.flow.views import CreateProcessView, UpdateProcessView

from .models import Errand


class LoanFlow(flow.Flow):
    process_class = Errand

    start = flow.Start(CreateProcessView.as_view(fields=["note"])).Next(this.pause)
    every_day = flow.StartTimer(interval=timedelta(days=1)).Next(this.pause)
    pause = flow.Timer(timedelta(hours=1)).Annotation(title="Cool down").Next(this.approve)
    approve = (
        flow.View(UpdateProcessView.as_view(fields=["amount"]))
        .OnTimeout(timedelta(hours=2), this.remind, interrupting=False)
        .OnTimeout(timedelta(days=1), this.call, title="The customer gives up")
        .OnEscalation(this.remind)
        .Next(this.paid)
    )
    remind = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.end)
    call = (
        flow.View(UpdateProcessView.as_view(fields=["note"]))
        .Annotation(title="Call the customer")
        .Next(this.end)
    )
    paid = (
        flow.ConditionalCatch(lambda activation: activation.process.amount > 100)
        .Annotation(title="Money is there")
        .OnError(this.end, title="Nobody knows")
        .Next(this.book)
    )
    book = flow.Function(this.write).OnError(this.call, code="full").Next(this.end)
    end = flow.End()

    def write(self, activation):
        if activation.process.note == "full":
            raise ProcessError("the book is full", code="full")


site = Site(title="Loans", viewsets=[flow.FlowAppViewset(LoanFlow)])
urlpatterns = [path("accounts/login/", lambda request: None, name="login"), path("", site.urls)]
