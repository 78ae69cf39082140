"""What the form views of a start and of a task share: build the form, save it, execute the step."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey
from django.forms import BaseModelForm
from django.forms.models import modelform_factory
from django.http import HttpResponseRedirect
from django.views import generic

from viewflow import jsonstore
from viewflow.descriptors import viewprop
from viewflow.forms import ModelForm
from viewflow.forms.options import AnswersOptions, AnswersSuggestions
from viewflow.jsonstore.options import form_data_is_saved
from viewflow.views.layout import HasLayout

from ..brief import process_line, task_line
from ..pages import task_page
from .mixins import SuccessMessage, TaskSuccessUrl, TaskTemplates, TaskViewMixin

__all__ = ["ActivationFormMixin", "ActivationFormView", "save_instance"]


@functools.lru_cache(maxsize=512)
def _form_class(model: type, fields: Any) -> type[BaseModelForm]:
    return modelform_factory(model, fields=fields)


def _only_fills(form: Any) -> bool:
    """Whether saving the form writes nothing but the row that the step writes anyway."""
    save = type(form).save
    return save is BaseModelForm.save or (save is ModelForm.save and not form.has_composites)


def save_instance(form: Any, commit: bool = True) -> Any:
    """Save the instance of a valid form; fields ``seed`` and ``artifact`` set generic relations.

    With ``commit=False`` a plain model form only fills the instance, because executing the
    activation writes the row anyway; its many-to-many data still has to be saved after that.
    A form with a ``save`` of its own, or with forms inside it, is always asked to save.
    """
    instance = getattr(form, "instance", None)
    private = instance._meta.private_fields if instance is not None else ()
    relations = {field.name for field in private if isinstance(field, GenericForeignKey)}
    for name in relations.intersection(("seed", "artifact"), form.cleaned_data):
        setattr(instance, name, form.cleaned_data[name])
    if not hasattr(form, "save"):
        return instance
    if not commit and _only_fills(form):
        instance = form.save(commit=False)
        for field in private:
            if isinstance(field, jsonstore.ManyToManyField) and field.name in form.cleaned_data:
                field.take_form_data(instance, form.cleaned_data[field.name])
        # The step writes them, with what later nodes make of them.
        form_data_is_saved(instance)
        return instance
    return form.save()


class ActivationFormMixin(SuccessMessage, TaskSuccessUrl, TaskViewMixin):
    """A form, of any kind, whose valid submit executes the activation.

    An invalid submit changes nothing and keeps everything that was typed.
    """

    template_filename = "task.html"
    request: Any

    def get_page(self) -> dict[str, Any]:
        """Return what the page shows besides the form."""
        page = task_page(self.request, self.activation)
        task = self.activation.task
        # Where the task is done, its heading says what to do; "Bake" stands in the breadcrumb.
        line, about = task_line(task), str(self.activation.flow_task.task_description or "")
        if line != page["title"]:
            page.update(title=line, subtitle=about or process_line(self.activation.process))
        return page

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{**self.get_page(), **kwargs})


class ExecutesActivation(  # type: ignore[misc]
    AnswersSuggestions, AnswersOptions, HasLayout, generic.UpdateView
):
    """A model form whose valid submit saves the object and executes the activation."""

    activation: Any

    #: The object is the process, whose row the step writes once, at its end.
    saves_with_step = False

    @viewprop
    def fields(self) -> Any:
        """Fields of the form: those of the layout, else none at all."""
        if self.form_class is not None:
            return None
        names = getattr(self.layout, "field_names", None)
        return list(dict.fromkeys(names())) if names is not None else []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(layout=self.layout, **kwargs)  # type: ignore[no-any-return]

    def get_form_class(self) -> Any:
        fields = self.fields
        plain = self.form_class is None and isinstance(fields, list | tuple | str)
        if not plain or getattr(self, "form_widgets", None):
            return super().get_form_class()
        model = self.model or type(self.object)
        return _form_class(model, fields if isinstance(fields, str) else tuple(fields))

    def save(self, form: Any) -> Any:
        """Save what the form changed, before the activation is executed; return the object."""
        return save_instance(form, commit=not self.saves_with_step)

    def form_valid(self, form: Any) -> HttpResponseRedirect:
        self.object = self.save(form)
        self.activation.execute()
        if self.saves_with_step and _only_fills(form):
            form.save_m2m()
        return HttpResponseRedirect(self.get_success_url())


class ActivationFormView(ActivationFormMixin, TaskTemplates, ExecutesActivation):
    """A model form over the process (or its artifact).

    ``fields`` or ``form_class`` and ``layout`` say what is asked. With none of them the page asks
    for a confirmation only.
    """
