"""The flow of ``event_flows`` as an application."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset

from .event_flows import ParcelFlow

site = Site(title="Post", viewsets=[FlowAppViewset(ParcelFlow)])

urlpatterns = [
    path("accounts/login/", lambda request: HttpResponse("login"), name="login"),
    path("", site.urls),
]
