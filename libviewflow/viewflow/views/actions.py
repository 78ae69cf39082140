"""Actions: what a person can do with a page, an object, or the rows that are ticked in a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import generic

from ..descriptors import viewprop
from ..icons import icon_of
from .access import ViewPermissionMixin
from .filters import FilterableViewMixin
from .search import SearchableViewMixin

__all__ = ["Action", "BaseBulkActionView", "BulkActionForm", "linked"]


class Action:
    """A link or a button: its name and where it leads.

    ``url`` is used as it is, ``viewname`` is reversed within the current viewset; one of them is
    required. ``danger`` marks what cannot be undone.
    """

    __slots__ = ("danger", "icon", "name", "url", "viewname")

    def __init__(
        self,
        name: Any,
        url: str | None = None,
        viewname: str | None = None,
        icon: Any = None,
        *,
        danger: bool = False,
    ) -> None:
        assert url or viewname, f"Action({name!r}) needs a url or a viewname."
        self.name = name
        self.url = url
        self.viewname = viewname
        self.icon = icon_of(icon)
        self.danger = danger

    def get_url(self, request: HttpRequest, viewset: Any = None) -> str:
        """Where it leads from here. Raises ``NoReverseMatch`` as ``reverse`` does."""
        if self.url:
            return str(self.url)
        assert self.viewname is not None
        if viewset is None:
            raise NoReverseMatch(f"Action {self.name}: viewname needs a view with a viewset.")
        # Not at the top: viewsets of models, in the same package, name these views.
        from ..urls.resolver import current_viewset_reverse

        return current_viewset_reverse(request, viewset, self.viewname)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Action):
            return NotImplemented
        return (self.name, self.url, self.viewname) == (other.name, other.url, other.viewname)

    def __hash__(self) -> int:
        return hash((str(self.name), self.url, self.viewname))

    def __repr__(self) -> str:
        return f"Action({str(self.name)!r}, url={self.url!r}, viewname={self.viewname!r})"


def linked(
    actions: Iterable[Action], request: HttpRequest, viewset: Any, query: str = ""
) -> list[dict[str, Any]]:
    """Return the actions for a template, with URLs; one whose page does not exist is left out."""
    links = []
    for action in actions:
        try:
            url = action.get_url(request, viewset)
        except NoReverseMatch:
            continue
        links.append(
            {
                "name": action.name,
                "icon": action.icon,
                "danger": action.danger,
                "url": f"{url}?{query}" if query else url,
            }
        )
    return links


class PrimaryKeysField(forms.Field):
    """Primary keys as text, converted by the model's own key; no query."""

    widget = forms.MultipleHiddenInput
    default_error_messages = {
        "invalid": gettext_lazy("Some of the selected rows could not be recognised."),
    }

    def __init__(self, model: type[Model], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.key = model._meta.pk

    def to_python(self, value: Any) -> list[Any]:
        try:
            return [self._key(item) for item in value or ()]
        except (ValidationError, ValueError, OverflowError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def _key(self, text: Any) -> Any:
        if "\x00" in str(text) or len(str(text)) > 255:
            raise ValueError("not a key")
        value = self.key.to_python(text)
        if isinstance(value, int) and abs(value) >= 2**63:
            raise ValueError("not a key")
        return value


class BulkActionForm(forms.Form):
    """Which rows an action is for: ``pk`` (repeatable), or ``select_all``."""

    select_all = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, model: type[Model], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pk"] = PrimaryKeysField(model, required=False)


class BaseBulkActionView(
    FilterableViewMixin, SearchableViewMixin, ViewPermissionMixin, generic.View
):
    """Base of a page that does something with the rows ticked in a list.

    POST without ``_confirm`` shows the confirmation and changes nothing; with ``_confirm`` it
    calls :meth:`form_valid`. Rows outside of the viewset's queryset, the filter and the search of
    the list are never touched. GET, or a POST without a selection, goes back with a message.
    """

    http_method_names = ["get", "post", "head", "options"]
    model: Any = None
    viewset: Any = None
    form_class: Any = BulkActionForm
    template_name: str | None = None
    success_url: str | None = None
    #: A filter that is not understood must not mean "everything" to an action.
    strict_filter = True

    @viewprop
    def queryset(self) -> QuerySet[Any]:
        """Rows that the viewset lets this user see."""
        return self.get_scope()

    def get_form(self) -> Any:
        return self.form_class(self.request.POST, model=self.model)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        messages.error(request, _("No objects selected"))
        return HttpResponseRedirect(self.get_success_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.form = self.get_form()
        if not self.form.is_valid():
            for errors in self.form.errors.values():
                messages.error(request, " ".join(errors))
            return HttpResponseRedirect(self.get_success_url())
        chosen = self.form.cleaned_data
        if not chosen["pk"] and not chosen["select_all"]:
            return self.get(request, *args, **kwargs)
        self.object_list = self.get_queryset()
        if "_confirm" in request.POST:
            return self.form_valid(self.form)
        return self.render_confirmation()

    def get_queryset(self) -> QuerySet[Any]:
        """The scope, narrowed by the list's filter and search, and to the ticked rows."""
        queryset = self.search_queryset(self.filter_queryset(self.queryset))
        if not self.form.cleaned_data["select_all"]:
            queryset = queryset.filter(pk__in=self.form.cleaned_data["pk"])
        return queryset

    @property
    def objects_count(self) -> int | None:
        """How many rows it is about; ``None`` for all of them, where nobody wants to count."""
        narrowed = bool(self.get_search_term()) or (
            self.filterset is not None and self.filterset.is_bound
        )
        if self.form.cleaned_data["select_all"] and not narrowed:
            return None
        return self.object_list.count()

    def form_valid(self, form: Any) -> HttpResponse:
        """Do it, with ``self.object_list``; then redirect."""
        raise NotImplementedError(f"{type(self).__name__} must define form_valid().")

    def render_confirmation(self) -> HttpResponse:
        from django.template.response import TemplateResponse

        return TemplateResponse(
            self.request, self.get_template_names(), self.get_context_data(form=self.form)
        )

    def get_template_names(self) -> list[str]:
        if not self.template_name:
            raise NotImplementedError(f"{type(self).__name__} must define template_name.")
        return [self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "view": self,
            "object_list": self.object_list,
            "objects_count": self.objects_count,
            **kwargs,
        }

    def get_success_url(self) -> str:
        """The viewset's page, with the filter that was on; else the page above."""
        hook = getattr(self.viewset, "get_success_url", None)
        return str(self.success_url or (hook(self.request) if hook else "../"))
