"""What the pages with a model's form share: the form's class, the messages, where to go next."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib import messages
from django.db import DataError, IntegrityError, transaction
from django.forms import BaseModelForm
from django.forms.models import modelform_factory
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ..descriptors import DEFAULT
from ..forms import ModelForm
from ..forms.options import AnswersOptions, AnswersSuggestions
from ..template_choice import ChosenTemplateResponse
from .access import ViewPermissionMixin
from .actions import Action, linked
from .layout import HasLayout

__all__ = ["ModelFormPageMixin", "ObjectPageMixin"]


@functools.lru_cache(maxsize=512)
def _form_class(model: type, fields: Any) -> type[BaseModelForm]:
    return modelform_factory(model, form=ModelForm, fields=fields)


class ObjectPageMixin(ViewPermissionMixin):
    """A page about one object, or about one that is to be made: actions, breadcrumb, next page."""

    response_class = ChosenTemplateResponse
    request: Any
    viewset: Any = None
    page_actions: Any = None
    #: The viewset's method that adds to the actions of the page.
    page_actions_hook = ""

    def get_model(self) -> Any:
        """The model that the page is about."""
        return self.model if self.model is not None else self.get_scope().model

    def get_queryset(self) -> Any:
        """The rows the viewset offers this person: nothing outside of them is found."""
        return self.get_scope()

    def get_page_actions(self) -> list[Action]:
        """Links in the head of the page."""
        own = self.page_actions
        actions = () if own is None or own is DEFAULT else tuple(own)
        hook = getattr(self.viewset, self.page_actions_hook, None)
        if hook is None:
            return list(actions)
        obj = getattr(self, "object", None)
        return list(hook(self.request, *([] if obj is None else [obj]), *actions))

    def get_list_url(self) -> str | None:
        """The list that this page belongs to."""
        try:
            return str(self.viewset.reverse("index"))
        except (NoReverseMatch, AttributeError):
            return None

    def get_object_url(self, obj: Any) -> str | None:
        """Where the object is shown; ``None`` for nowhere that this person may go."""
        may_open = getattr(self.viewset, "can_open", None)
        if may_open is not None and not may_open(self.request.user, obj):
            return None
        hook = getattr(self.viewset, "get_object_url", None)
        try:
            if hook is not None:
                return str(hook(self.request, obj))
            absolute = getattr(obj, "get_absolute_url", None)
            return absolute() if absolute is not None else None
        except NoReverseMatch:
            return None

    def get_success_url(self, obj: Any = None) -> str:
        """The viewset's choice, else the page above."""
        hook = getattr(self.viewset, "get_success_url", None)
        if hook is None:
            return "../"
        return str(hook(self.request) if obj is None else hook(self.request, obj=obj))

    def get_title(self) -> str:
        """The heading."""
        return str(getattr(self, "object", None) or "")

    def get_breadcrumbs(self) -> list[tuple[Any, str | None]]:
        """The list, then this page."""
        meta = self.get_model()._meta
        name = getattr(self.viewset, "title", None) or capfirst(meta.verbose_name_plural)
        return [(name, self.get_list_url()), (self.get_title(), None)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(  # type: ignore[misc,no-any-return]
            **{
                "title": self.get_title(),
                "breadcrumbs": self.get_breadcrumbs(),
                "list_url": self.get_list_url(),
                "page_actions": linked(self.get_page_actions(), self.request, self.viewset),
                **kwargs,
            }
        )


class ModelFormPageMixin(AnswersSuggestions, AnswersOptions, HasLayout, ObjectPageMixin):
    """A model's form: everything that was typed stays after an error, nothing is half saved.

    The form class comes from the viewset's ``get_<kind>_form_class(request)`` or
    ``get_form_class(request)``, else from ``form_class``, else it is made of ``fields`` and
    ``form_widgets``.
    """

    #: ``create`` or ``update``: which hooks of the viewset are asked.
    kind = ""
    form_widgets: Any = None

    def _hook(self, name: str) -> Any:
        """What the viewset's method for this kind of page says, or that for all kinds."""
        for hook_name in (f"get_{self.kind}_{name}", f"get_{name}"):
            hook = getattr(self.viewset, hook_name, None)
            if hook is not None:
                return hook(self.request)
        return None

    def get_form_class(self) -> Any:
        chosen = self._hook("form_class") or self.form_class
        if chosen is not None and chosen is not DEFAULT:
            return chosen
        widgets = self._hook("form_widgets") or self.form_widgets
        model, fields = self.get_model(), self.fields
        if widgets:
            return modelform_factory(model, form=ModelForm, fields=fields, widgets=widgets)
        if isinstance(fields, list | tuple):
            fields = tuple(fields)
        return _form_class(model, fields)

    def get_template_names(self) -> list[str]:
        """The project's templates for the model before the common one."""
        own = getattr(self, "template_name", None)
        if own:
            return [own]
        meta = self.get_model()._meta
        return [
            f"{meta.app_label}/{meta.model_name}{self.template_name_suffix}.html",  # type: ignore[attr-defined]
            f"{meta.app_label}/{meta.model_name}_form.html",
            "viewflow/views/form.html",
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.get("form")
        layout = self.layout
        if layout is None and form is not None:
            layout = getattr(form, "layout", None)
        return super().get_context_data(layout=layout, **kwargs)

    def success_text(self, obj: Any) -> str:
        """What is said after saving; ``%(name)s`` and ``%(object)s`` are filled in."""
        raise NotImplementedError(f"{type(self).__name__} must define success_text().")

    def form_valid(self, form: Any) -> HttpResponse:
        """Save in one transaction, say so, and go on."""
        try:
            with transaction.atomic(using=self.get_scope().db):
                self.object = form.save()
        except (IntegrityError, DataError):
            # Between the form's check and the row somebody else was faster, or the value is one
            # that the form takes and the database does not.
            form.add_error(None, _("This cannot be saved: it clashes with another entry."))
            return self.form_invalid(form)  # type: ignore[attr-defined,no-any-return]
        messages.success(self.request, self._message(self.object), fail_silently=True)
        return HttpResponseRedirect(self.get_success_url(self.object))

    def _message(self, obj: Any) -> SafeString:
        text = format_html(
            self.success_text(obj), name=capfirst(str(obj._meta.verbose_name)), object=obj
        )
        url = self.get_object_url(obj)
        return format_html('{} <a href="{}">{}</a>', text, url, _("View")) if url else text
