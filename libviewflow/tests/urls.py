"""Default URLs of the tests; most tests bring their own with ``override_settings(ROOT_URLCONF=…)``."""

from __future__ import annotations

urlpatterns: list = []
