"""Export: the rows of a list, as the list shows them now, in a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.resources import Resource

from viewflow.views import BaseBulkActionView
from viewflow.views.access import asks_for_each_row

from .columns import default_resource, form_fields
from .formats import format_named, offered_formats, write_dataset

__all__ = ["ExportForm", "ExportView"]


class ExportForm(forms.Form):
    """Which kind of file."""

    file_format = forms.ChoiceField(label=gettext_lazy("Format"))

    def __init__(self, *args: Any, formats: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [kind.get_extension() for kind in offered_formats(formats)]
        field = self.fields["file_format"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name.upper()) for name in names]
        field.initial = names[0]


class ExportView(BaseBulkActionView):
    """Asks for the format, then sends the file.

    The rows are those ticked in the list, or all that it shows: scope, filter and search hold. A
    row that the viewset's ``has_view_permission(user, obj)`` refuses is left out. GET is about all.
    """

    resource_class: Any = None
    formats: Any = None
    title: Any = None
    #: A file is made in memory; for more rows than this a person is asked to narrow the list.
    max_rows = 50_000

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return super().get(request, *args, **kwargs)
        self.form = self.form_class({"select_all": "1"}, model=self.get_model())
        self.form.is_valid()
        self.object_list = self.get_queryset()
        return self.render_confirmation()

    def get_model(self) -> Any:
        """The model whose rows are exported."""
        return self.model if self.model is not None else self.queryset.model

    def get_form(self) -> Any:
        return self.form_class(self.request.POST, model=self.get_model())

    def get_resource(self) -> Any:
        """What becomes a column: the ``resource_class``, else what the form has too."""
        hook = getattr(self.viewset, "get_export_resource_class", None)
        chosen = (hook(self.request) if hook else None) or self.resource_class
        return (chosen or default_resource(self.get_model(), tuple(form_fields(self))))()

    def get_dataset(self, rows: QuerySet[Any], *, native: bool) -> Any:
        """The table: related objects are read along, and what this person may not see is left out."""
        resource = self.get_resource()
        every = resource.iter_queryset
        if type(resource).iter_queryset is Resource.iter_queryset:
            joined, fetched = _related(resource, self.get_model())
            if joined and not rows.query.select_related:
                rows = rows.select_related(*joined)
            rows = rows.prefetch_related(*fetched)
            every = lambda found: found.iterator(chunk_size=2_000)  # noqa: E731
        resource.iter_queryset = every
        if asks_for_each_row(self.viewset, "view"):
            ask, user = self.viewset.has_view_permission, self.request.user
            resource.iter_queryset = lambda found: (obj for obj in every(found) if ask(user, obj))
        return resource.export(queryset=rows, force_native_type=native)

    def get_template_names(self) -> list[str]:
        return [self.template_name or "viewflow/contrib/import_export/export_action.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        meta = self.get_model()._meta
        name = getattr(self.viewset, "title", None) or capfirst(meta.verbose_name_plural)
        title = str(self.title or _("Export"))
        kwargs.setdefault("export_form", ExportForm(formats=self.formats))
        return super().get_context_data(
            title=title,
            breadcrumbs=[(name, self.get_success_url()), (title, None)],
            chosen=[str(pk) for pk in self.form.cleaned_data["pk"]],
            select_all=self.form.cleaned_data["select_all"],
            cancel_url=self.get_success_url(),
            **kwargs,
        )

    def form_valid(self, form: Any) -> HttpResponse:
        chosen = ExportForm(self.request.POST, formats=self.formats)
        if not chosen.is_valid():
            return self.render_again(chosen)
        rows = self.object_list if self.object_list.ordered else self.object_list.order_by("pk")
        if rows[self.max_rows : self.max_rows + 1].exists():
            messages.error(
                self.request,
                _("More than %(max)d entries cannot be exported at once: narrow the list.")
                % {"max": self.max_rows},
            )
            return HttpResponseRedirect(self.get_success_url())
        kind = format_named(chosen.cleaned_data["file_format"], self.formats)
        dataset = self.get_dataset(rows, native=kind.is_binary())
        name = slugify(self.get_model()._meta.verbose_name_plural) or "export"
        filename = f"{name}-{timezone.localdate():%Y-%m-%d}.{kind.get_extension()}"
        return HttpResponse(
            write_dataset(dataset, kind),
            content_type=kind.get_content_type(),
            headers={
                "Content-Disposition": f'attachment; filename="{filename}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )

    def render_again(self, chosen: ExportForm) -> HttpResponse:
        """Show the page with the errors of the form."""
        from django.template.response import TemplateResponse

        context = self.get_context_data(form=self.form, export_form=chosen)
        return TemplateResponse(self.request, self.get_template_names(), context)


def _related(resource: Any, model: Any) -> tuple[list[str], list[str]]:
    """Return what the columns need beside the row: paths to join, and many-to-many fields."""
    joined, fetched = [], []
    for column in resource.fields.values():
        meta: Any = model._meta
        path: list[str] = []
        for name in str(column.attribute or "").split("__"):
            try:
                field = meta.get_field(name)
            except FieldDoesNotExist:
                break
            if field.name != name:  # the key alone
                break
            if field.many_to_many and not path:
                fetched.append(name)
            if not (field.many_to_one or field.one_to_one) or field.related_model is None:
                break
            path.append(name)
            meta = field.related_model._meta
        if path:
            joined.append("__".join(path))
    return joined, fetched
