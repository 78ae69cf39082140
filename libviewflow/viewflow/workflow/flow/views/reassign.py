"""Hand a task over to somebody else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import generic

from viewflow.views.layout import HasLayout

from ..labels import person_name
from ..navigation import next_page
from ..pages import task_page
from .mixins import TaskTemplates, TaskViewMixin

__all__ = ["ReassignForm", "ReassignTaskView"]


class _PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return person_name(obj)


class ReassignForm(forms.Form):
    """Asks who does the task from now on."""

    def __init__(self, *args: Any, activation: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.activation = activation
        self.fields["owner"] = _PersonField(
            label=_("Who does it from now on"), queryset=people, empty_label=_("Choose somebody")
        )

    def clean_owner(self) -> Any:
        owner = self.cleaned_data["owner"]
        if not self.activation.flow_task.allows_owner(owner, self.activation.task):
            raise ValidationError(
                gettext("%(owner)s may not do this task.") % {"owner": person_name(owner)}
            )
        return owner


class ReassignTaskView(TaskTemplates, TaskViewMixin, HasLayout, generic.FormView):  # type: ignore[misc]
    """A list of people to hand the task to: ``reassign_view_class = ReassignTaskView`` on a node.

    Offers everybody who is active; only who may do the task is accepted. Where there are many
    people, :meth:`get_people` says whom to offer.
    """

    template_name = None
    template_filename = "task_reassign.html"
    form_class: Any = ReassignForm

    def get_people(self) -> Any:
        """Return the users to choose from."""
        users = get_user_model()._default_manager
        others = users.exclude(pk=self.activation.task.owner_id).order_by(
            get_user_model().USERNAME_FIELD
        )
        return others.filter(is_active=True)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {
            **super().get_form_kwargs(),
            "activation": self.activation,
            "people": self.get_people(),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = task_page(self.request, self.activation)
        return super().get_context_data(**page, **kwargs)  # type: ignore[no-any-return]

    def form_valid(self, form: Any) -> HttpResponse:
        owner = form.cleaned_data["owner"]
        self.activation.reassign(owner)
        messages.success(
            self.request,
            gettext("“%(task)s” is now with %(owner)s.")
            % {"task": self.activation.task.title, "owner": person_name(owner)},
            fail_silently=True,
        )
        return HttpResponseRedirect(next_page(self.request))
