"""An API inside of a site."""

from __future__ import annotations

from django.urls import path

from viewflow.urls import Application, Site
from viewflow.workflow import rest

from .flows import ReviewApiFlow

site = Site(
    title="Paper",
    viewsets=[Application(app_name="paper", viewsets=[rest.FlowRestViewset(ReviewApiFlow)])],
)
urlpatterns = [path("", site.urls)]
