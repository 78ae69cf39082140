"""Views that start a process with a form."""

from __future__ import annotations

from typing import Any

from django.forms import BaseModelForm
from django.http import HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from .form import ActivationFormView, save_instance

__all__ = ["CreateArtifactView", "CreateProcessView"]


class _StartView(ActivationFormView):
    template_filename = "start.html"
    success_message = _("{process} has been started.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Not the parent's: there is no saved task yet, so there is no history and no place on the map.
        return super(ActivationFormView, self).get_context_data(**kwargs)


class CreateProcessView(_StartView):
    """A form over the new process; a valid submit saves it and starts the flow."""

    def get_object(self, queryset: Any = None) -> Any:
        return self.activation.process

    def form_valid(self, form: Any) -> HttpResponseRedirect:
        # The activation inserts the process itself: filling the instance saves one statement.
        self.object = save_instance(form, commit=False)
        self.activation.execute()
        if type(form).save is BaseModelForm.save and hasattr(form, "save_m2m"):
            form.save_m2m()
        return HttpResponseRedirect(self.get_success_url())


class CreateArtifactView(_StartView):
    """A form that creates an object, which becomes the ``artifact`` of the new process."""

    def get_object(self, queryset: Any = None) -> Any:
        return None

    def save(self, form: Any) -> Any:
        artifact = super().save(form)
        self.activation.process.artifact = artifact
        return artifact


