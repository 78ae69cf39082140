"""Views that start a process with a form."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from ..pages import start_page
from .form import ActivationFormView

__all__ = ["CreateArtifactView", "CreateProcessView"]


class _StartView(ActivationFormView):
    template_filename = "start.html"
    success_message = _("{process} has been started.")

    def get_page(self) -> dict[str, Any]:
        return start_page(self.request, self.activation)


class CreateProcessView(_StartView):
    """A form over the new process; a valid submit saves it and starts the flow."""

    saves_with_step = True

    def get_object(self, queryset: Any = None) -> Any:
        return self.activation.process


class CreateArtifactView(_StartView):
    """A form that creates an object, which becomes the ``artifact`` of the new process."""

    def get_object(self, queryset: Any = None) -> Any:
        return None

    def save(self, form: Any) -> Any:
        artifact = super().save(form)
        self.activation.process.artifact = artifact
        return artifact
