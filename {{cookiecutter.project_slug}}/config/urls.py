"""All addresses of the project."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path
from viewflow.contrib.auth import AuthViewset
from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset

from config.media import media
from pizza.flows import PizzaFlow

site = Site(
    title={{ cookiecutter.project_name | python }},
    viewsets=[
        FlowAppViewset(PizzaFlow, icon="local_pizza"),
    ],
)

urlpatterns = [
    path("accounts/", AuthViewset().urls),
    path("admin/", admin.site.urls),
    path("media/<path:path>", media, name="media"),
    path("", site.urls),
]
