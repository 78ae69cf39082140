from __future__ import annotations

from django.apps import AppConfig


class PizzaConfig(AppConfig):
    name = "pizza"
