"""App configuration: templates for the admin."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["AdminConfig"]


class AdminConfig(AppConfig):
    """Gives the admin's pages the name of the site and a way back to it."""

    name = "viewflow.contrib.admin"
    label = "viewflow_admin"
    verbose_name = "Viewflow admin"
    default = True
