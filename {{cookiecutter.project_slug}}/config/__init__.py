{% if cookiecutter.background == "celery" -%}
"""Settings and addresses. Celery's application is made with them: ``shared_task`` looks for it."""

from __future__ import annotations

from .celery import app as celery_app

__all__ = ["celery_app"]
{% endif -%}
