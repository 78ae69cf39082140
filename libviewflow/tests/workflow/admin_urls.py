"""Django's admin, for the tests of the workflow app's pages in it."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
