"""An order that has its parts made by other processes, and where their pages are."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from viewflow import this
from viewflow.urls import Site
from viewflow.workflow import flow
from viewflow.workflow.flow import FlowAppViewset
from viewflow.workflow.flow.views import CreateProcessView, UpdateProcessView

from .models import Errand


class PartFlow(flow.Flow):
    """Part"""

    process_class = Errand

    start = flow.StartSubprocess(this.begin).Next(this.make)
    make = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.end)
    end = flow.End()

    def begin(self, activation, item=""):
        activation.process.note = str(item)


class SecretPartFlow(PartFlow):
    """Secret part"""


class WorkshopFlow(flow.Flow):
    """Workshop order"""

    process_class = Errand

    start = flow.Start(CreateProcessView.as_view(fields=["note"])).Next(this.parts)
    parts = flow.NSubprocess(PartFlow.start, this.items).Next(this.secret)
    secret = flow.Subprocess(SecretPartFlow.start).Next(this.ship)
    ship = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.end)
    end = flow.End()

    def items(self, activation):
        return activation.process.note.split()


site = Site(title="Workshop", viewsets=[FlowAppViewset(WorkshopFlow), FlowAppViewset(PartFlow)])

urlpatterns = [
    path("accounts/login/", lambda request: HttpResponse("login"), name="login"),
    path("", site.urls),
]
