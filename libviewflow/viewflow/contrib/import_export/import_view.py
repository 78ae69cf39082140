"""Import: a file is read, what it would do is shown, and only then done; all of it or nothing."""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import router, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import generic

from viewflow.utils import has_object_perm
from viewflow.views.form import ObjectPageMixin

from .columns import default_resource, form_fields
from .formats import format_named, offered_formats, read_dataset
from .guard import guarded, problem

__all__ = ["ImportForm", "ImportView"]

#: Rows of the preview, and problems, that are shown; the rest is counted.
SHOWN: Final = 50


class ImportForm(forms.Form):
    """The file; or, to confirm, what was in it."""

    import_file = forms.FileField(label=gettext_lazy("File"), required=False)
    content = forms.CharField(required=False, widget=forms.HiddenInput, strip=True)
    file_format = forms.CharField(required=False, widget=forms.HiddenInput, max_length=10)

    def __init__(self, *args: Any, view: ImportView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.view = view
        kinds = offered_formats(view.formats)
        upload = self.fields["import_file"]
        upload.widget.attrs["accept"] = ",".join(f".{kind.get_extension()}" for kind in kinds)
        upload.help_text = ", ".join(kind.get_extension().upper() for kind in kinds)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        upload = cleaned.get("import_file")
        if upload is None and not cleaned.get("content"):
            if "import_file" not in self.errors:
                self.add_error("import_file", _("Choose a file."))
            return cleaned
        try:
            if upload is None:
                name, content = cleaned.get("file_format", ""), self._unpacked(cleaned["content"])
            else:
                name = str(upload.name).rpartition(".")[2].lower()
                if upload.size > self.view.max_bytes:
                    raise ValidationError(_("The file is too large."))
                content = upload.read()
            kind = format_named(name, self.view.formats)
            if kind is None:
                raise ValidationError(_("Files of this kind cannot be imported."))
            cleaned["dataset"] = read_dataset(content, kind, max_rows=self.view.max_rows)
            cleaned["packed"], cleaned["kind"] = self._packed(content), name
        except ValidationError as error:
            self.add_error("import_file", error)
        return cleaned

    def _packed(self, content: bytes) -> str:
        packed = base64.b64encode(zlib.compress(content, 9)).decode()
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if limit and len(packed) * 1.1 + 4096 > limit:  # what the next request could not carry
            raise ValidationError(_("The file is too large."))
        return packed

    def _unpacked(self, packed: str) -> bytes:
        # It comes from the browser like any file: read with the same care.
        try:
            unzip = zlib.decompressobj()
            content = unzip.decompress(base64.b64decode(packed, validate=True), self.view.max_bytes)
        except (binascii.Error, ValueError, zlib.error) as error:
            raise ValidationError(_("The file cannot be read.")) from error
        if unzip.unconsumed_tail:
            raise ValidationError(_("The file is too large."))
        if not unzip.eof:
            raise ValidationError(_("The file cannot be read."))
        return content


@dataclass
class Outcome:
    """What a file did, or would do."""

    new: int = 0
    changed: int = 0
    deleted: int = 0
    same: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    problem_count: int = 0
    lines: set[Any] = field(default_factory=set)

    @property
    def useful(self) -> int:
        """How many entries it adds, changes or deletes."""
        return self.new + self.changed + self.deleted

    @property
    def more(self) -> int:
        """How many rows are not shown."""
        return self.useful + self.same - len(self.rows)

    @property
    def refused_rows(self) -> int:
        """How many rows have problems; 0 where a problem is that of no row."""
        return 0 if "" in self.lines else len(self.lines)

    @property
    def more_problems(self) -> int:
        """How many problems are not shown."""
        return self.problem_count - len(self.problems)

    def refuse(self, line: Any, name: str, text: str, value: Any = "") -> None:
        """Add a problem; from the first one on, nothing is going to be done."""
        self.problem_count += 1
        self.lines.add(line or "")
        if len(self.problems) < SHOWN:
            shown = "" if value is None else str(value)[:80]
            self.problems.append({"line": line, "name": name, "text": text, "value": shown})


class ImportView(ObjectPageMixin, generic.FormView):  # type: ignore[misc]
    """Upload, preview, confirm.

    New rows need the right to add, known ones that to change (asked for each), and both the
    viewset's scope. Every row is checked as a form would; one bad row, and nothing is changed.
    """

    model: Any = None
    resource_class: Any = None
    formats: Any = None
    form_class: Any = ImportForm
    title: Any = None
    max_bytes = 5 * 1024 * 1024
    max_rows = 10_000

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        ask = getattr(self.viewset, "has_import_permission", None)
        if ask is not None:
            return bool(ask(user))
        return self.allows("add") or self.allows("change")

    def allows(self, right: str, obj: Any = None) -> bool:
        """May this person add, change or delete ``obj``?"""
        user = self.request.user
        ask = getattr(self.viewset, f"has_{right}_permission", None)
        if ask is None:
            return has_object_perm(user, right, self.get_model(), obj)
        return bool(ask(user) if obj is None else ask(user, obj))

    def get_resource(self, headers: list[str]) -> Any:
        """The resource of the viewset, which keeps the rules whatever it is."""
        hook = getattr(self.viewset, "get_import_resource_class", None)
        chosen = (hook(self.request) if hook else None) or self.resource_class
        if chosen:
            return guarded(chosen)(self, headers)
        fields = form_fields(self)
        return guarded(default_resource(self.get_model(), tuple(fields)))(self, headers, fields)

    def get_template_names(self) -> list[str]:
        return [self.template_name or "viewflow/contrib/import_export/import_action.html"]

    def get_title(self) -> str:
        return str(self.title or _("Import"))

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "view": self}

    def form_valid(self, form: Any) -> HttpResponse:
        dataset = form.cleaned_data["dataset"]
        confirmed = "_confirm" in self.request.POST
        outcome = self.run(dataset, keep=confirmed)
        if confirmed and not outcome.problem_count:
            messages.success(self.request, self.success_text(outcome), fail_silently=True)
            return HttpResponseRedirect(self.get_success_url())
        context = self.get_context_data(
            form=self.form_class(view=self),
            outcome=outcome,
            content=form.cleaned_data["packed"],
            file_format=form.cleaned_data["kind"],
            columns=self.unknown_columns(dataset.headers),
        )
        return self.render_to_response(context)

    def success_text(self, outcome: Outcome) -> str:
        """What is said when it is done."""
        count = outcome.useful
        text = ngettext("%(count)d entry was imported.", "%(count)d entries were imported.", count)
        return text % {"count": count}

    def unknown_columns(self, headers: list[str]) -> list[str]:
        """Columns of the file that nothing is made of."""
        known = {str(column.column_name) for column in self.get_resource(headers).fields.values()}
        return [name for name in headers if name and name not in known]

    def run(self, dataset: Any, *, keep: bool) -> Outcome:
        """Import the rows; roll everything back unless ``keep`` and all of them are good."""
        resource = self.get_resource(dataset.headers)
        model = self.get_model()
        with transaction.atomic(using=router.db_for_write(model)):
            result = resource.import_data(
                dataset,
                dry_run=not keep,
                use_transactions=True,
                rollback_on_validation_errors=False,
                retain_instance_in_row_result=True,
                user=self.request.user,
            )
            columns = {str(f.attribute): str(f.column_name) for f in resource.fields.values()}
            # Rows that the resource adds or leaves out stand nowhere in the file.
            lines: list[Any] = dataset.lines
            if len(lines) != result.total_rows:
                lines = [""] * max(result.total_rows, len(result.rows))
            outcome = self._outcome(result, lines, columns)
            for number in resource.outside:
                outcome.refuse(lines[number], "", _("You would not see this entry afterwards."))
            if outcome.problem_count or not keep:
                transaction.set_rollback(True, using=router.db_for_write(model))
        return outcome

    def _outcome(self, result: Any, lines: list[Any], columns: dict[str, str]) -> Outcome:
        outcome = Outcome()
        for error in result.base_errors:
            for name, text in problem(error):
                outcome.refuse("", name, text)
        for row in result.invalid_rows:
            values = dict(zip(result.diff_headers or (), row.values, strict=False))
            for name, text in problem(row.error):
                column = columns.get(name, name)
                outcome.refuse(lines[row.number - 1], column, text, values.get(column))
        for row in result.error_rows:
            for error in row.errors:
                for name, text in problem(error):
                    outcome.refuse(lines[row.number - 1], name, text)
        outcome.problems.sort(key=lambda item: item["line"] or 0)
        kinds = {
            "new": ("new", _("New")),
            "update": ("changed", _("Changed")),
            "delete": ("deleted", _("Deleted")),
            "skip": ("same", _("No change")),
        }
        for number, row in zip(lines, result.rows, strict=False):
            if row.import_type not in kinds:
                continue
            counter, word = kinds[row.import_type]
            setattr(outcome, counter, getattr(outcome, counter) + 1)
            if len(outcome.rows) < SHOWN:
                outcome.rows.append(
                    {"line": number, "kind": counter, "word": word, "name": row.object_repr or "—"}
                )
        return outcome

    def rows_outside(self, result: Any) -> list[int]:
        """Nobody may put an entry where they could not see it: which rows of the result do."""
        touched = {
            row.instance.pk: number
            for number, row in enumerate(result.rows)
            if row.import_type in ("new", "update") and row.instance is not None
        }
        keys = list(touched)
        to_key = self.get_model()._meta.pk.to_python  # several columns come as a tuple
        found: set[Any] = set()
        for start in range(0, len(keys), 5_000):
            rows = self.get_scope().filter(pk__in=keys[start : start + 5_000])
            found.update(map(to_key, rows.values_list("pk", flat=True)))
        return [number for key, number in touched.items() if key not in found]

    def get_breadcrumbs(self) -> list[tuple[Any, str | None]]:
        name = getattr(self.viewset, "title", None)
        name = name or capfirst(self.get_model()._meta.verbose_name_plural)
        return [(name, self.get_list_url()), (self.get_title(), None)]
