"""The API, below ``/api/``, where the setting ``API`` is on: flows, described in OpenAPI."""

from __future__ import annotations

from django.urls import path
from viewflow.workflow import rest

from catering.flows import CateringFlow
from pizza.flows import PizzaFlow

endpoints = [
    path("api/pizza/", rest.FlowRestViewset(PizzaFlow).urls),
    path("api/catering/", rest.FlowRestViewset(CateringFlow).urls),
]

TITLE = {{ cookiecutter.project_name | python }}

urlpatterns = [
    *endpoints,
    path("api/schema/", rest.get_schema_view(title=TITLE, patterns=endpoints)),
    path("api/docs/", rest.get_docs_view(title=TITLE, patterns=endpoints)),
]
