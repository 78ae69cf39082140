"""A site with account pages, and the admin, whose templates have the same names as ours."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path
from django.views.generic import TemplateView

from viewflow.contrib.auth import AuthViewset
from viewflow.urls import Application, Site


class Kitchen(Application):
    menu_path = path(
        "menu/", TemplateView.as_view(template_name="viewflow/base_page.html"), name="menu"
    )


site = Site(title="Forno", icon="local_pizza", viewsets=[Kitchen()])
urlpatterns = [
    path("", site.urls),
    path("accounts/", AuthViewset().urls),
    path("admin/", admin.site.urls),
]
