"""The pages of the crowd's flow."""

from __future__ import annotations

from django.urls import path

from viewflow.contrib.auth import AuthViewset
from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset

from .flows import CrowdFlow

urlpatterns = [
    path("accounts/", AuthViewset().urls),
    path("", Site(title="Crowd", viewsets=[FlowAppViewset(CrowdFlow)]).urls),
]
