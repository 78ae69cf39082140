"""Views that do a person's task with a form."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from .form import ActivationFormView

__all__ = ["UpdateArtifactView", "UpdateProcessView"]


class UpdateProcessView(ActivationFormView):
    """A form over the process; a valid submit saves it and completes the task."""

    success_message = _("“{task}” has been completed.")
    saves_with_step = True

    def get_object(self, queryset: Any = None) -> Any:
        return self.activation.process


class UpdateArtifactView(ActivationFormView):
    """A form over the process's artifact. 404 when there is none (any more)."""

    success_message = _("“{task}” has been completed.")

    def get_object(self, queryset: Any = None) -> Any:
        artifact = self.activation.process.artifact
        if artifact is None:
            raise Http404
        return artifact
