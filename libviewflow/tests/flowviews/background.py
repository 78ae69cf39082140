"""A flow whose work is done in the background, and its pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from viewflow import this
from viewflow.urls import Site
from viewflow.workflow import flow
from viewflow.workflow.flow.views import CreateProcessView


class ChargeFlow(flow.Flow):
    start = flow.Start(CreateProcessView.as_view(fields=[])).Next(this.charge)
    charge = flow.Job(this.do_charge, attempts=2, backoff=30).Next(this.end)
    end = flow.End()

    #: Whether the card company answers.
    works = False

    def do_charge(self, activation):
        if not self.works:
            raise ConnectionError("The card company does not answer <now>.")


site = Site(title="Forno", viewsets=[flow.FlowAppViewset(ChargeFlow)])

urlpatterns = [
    path("accounts/login/", lambda request: HttpResponse("login"), name="login"),
    path("", site.urls),
]
