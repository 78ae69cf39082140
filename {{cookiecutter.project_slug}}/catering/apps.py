from __future__ import annotations

from django.apps import AppConfig


class CateringConfig(AppConfig):
    name = "catering"
