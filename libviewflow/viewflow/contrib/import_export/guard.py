"""A resource that changes nothing but what the person may change by hand."""

from __future__ import annotations

import copy
import logging
from functools import lru_cache
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _

__all__ = ["GuardedResource", "guarded", "problem"]

logger = logging.getLogger(__name__)


class GuardedResource:
    """Mixed in before a resource: the scope, the rights and the model's own checks hold.

    ``page`` is the import view. A row of the file finds only entries of the scope, needs the right to
    add, change or delete them, and must lie in the scope afterwards.
    """

    _meta: Any
    fields: Any
    dry_run = False

    def __init__(
        self, page: Any, headers: list[str], form_fields: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.page = page
        self.form_fields = form_fields or {}
        self.allowed: dict[tuple[str, Any], bool] = {}
        self.outside: list[int] = []
        self.headers = set(headers)
        self._meta = copy.copy(self._meta)
        names = self._meta.import_id_fields
        key = self._meta.model._meta.pk.name
        if list(names) in (["id"], [key]) and self._column(names[0]) not in headers:
            self._meta.import_id_fields = []  # a file without keys adds all of its rows

    def _column(self, name: str) -> str:
        field = self.fields.get(name)
        return name if field is None else str(field.column_name)

    def get_queryset(self) -> Any:
        own: Any = super().get_queryset()  # type: ignore[misc]
        scope = self.page.get_scope()
        if not own.query.has_filters():
            return scope
        return own.filter(pk__in=scope.order_by().values("pk"))

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        if new and not self.page.allows("add"):
            raise ValidationError(_("You may not add entries."))
        if not new:
            self._lock(instance)
        if not new and not self.page.allows("change", instance):
            raise ValidationError(_("You may not change this entry."))
        super().after_init_instance(instance, new, row, **kwargs)  # type: ignore[misc]

    def _lock(self, instance: Any) -> None:
        """What was saved since the row was read is kept, and nobody saves until this is over."""
        # No table but the row's and its parents': the database is to lock all that are joined.
        rows = type(instance)._base_manager.using(instance._state.db).select_related(None)
        inside = self.page.get_scope().order_by().values("pk")
        try:
            instance.refresh_from_db(from_queryset=rows.filter(pk__in=inside).select_for_update())
        except ObjectDoesNotExist as error:
            raise ValidationError(_("There is no such entry that you could change.")) from error

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        kwargs.setdefault("dry_run", self.dry_run)
        super().before_import(dataset, **kwargs)  # type: ignore[misc]
        self.headers.update(dataset.headers or ())  # columns that the resource adds

    def import_data_inner(self, dataset: Any, dry_run: bool, *args: Any, **kwargs: Any) -> Any:
        self.dry_run = dry_run
        result = super().import_data_inner(dataset, dry_run, *args, **kwargs)  # type: ignore[misc]
        if not result.has_errors() and not result.has_validation_errors():
            # Here, because a trial is rolled back as soon as this returns.
            self.outside = self.page.rows_outside(result)
        return result

    def import_field(self, field: Any, instance: Any, row: Any, *args: Any, **kwargs: Any) -> None:
        try:
            super().import_field(field, instance, row, *args, **kwargs)  # type: ignore[misc]
        except ArithmeticError as error:
            raise ValueError(_("Enter a number.")) from error
        except ObjectDoesNotExist as error:
            raise ValueError(_("It refers to an entry that does not exist.")) from error
        self._check_choice(field, instance, row)

    def _check_choice(self, field: Any, instance: Any, row: Any) -> None:
        """A form would have offered it."""
        name = str(field.attribute or "")
        if field.column_name not in row or not self.form_fields:
            return
        known = {key: f for f in instance._meta.fields for key in (f.name, f.attname)}
        model_field = known.get(name)
        if model_field is not None and model_field.remote_field is not None:
            found = getattr(instance, model_field.attname)
            if found is not None and not self._offered(model_field.name, found):
                raise ValueError(_("It refers to an entry that does not exist."))
        elif model_field is None and name in self.form_fields:
            for found in field.clean(row) or ():
                if not self._offered(name, found.pk):
                    text = _("It refers to an entry that does not exist.")
                    raise ValidationError({field.column_name: text})

    def _offered(self, name: str, value: Any) -> bool:
        form_field: Any = self.form_fields.get(name)
        if not hasattr(form_field, "queryset"):
            return True
        if (name, value) not in self.allowed:
            key = getattr(form_field, "to_field_name", None) or "pk"
            self.allowed[name, value] = form_field.queryset.filter(**{key: value}).exists()
        return self.allowed[name, value]

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Check as a form with the columns of the file would: no other field, and not the key."""
        errors = dict(import_validation_errors or {})
        named = {
            field.attribute for field in self.fields.values() if field.column_name in self.headers
        }
        exclude = set(errors)
        for field in instance._meta.fields:
            empty = field.null and getattr(instance, field.attname) is None
            if field.primary_key or empty or not named & {field.name, field.attname}:
                exclude.add(field.name)
        try:
            instance.full_clean(exclude=exclude, validate_unique=validate_unique)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        known = instance._state.adding and instance.pk is not None
        if known and type(instance)._base_manager.filter(pk=instance.pk).exists():
            raise ValidationError(_("There is no such entry that you could change."))
        super().before_save_instance(instance, row, **kwargs)  # type: ignore[misc]

    def before_delete_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if not self.page.allows("delete", instance):
            raise ValidationError(_("You may not delete this entry."))
        super().before_delete_instance(instance, row, **kwargs)  # type: ignore[misc]


@lru_cache(maxsize=256)
def guarded(resource_class: Any) -> Any:
    """Return a class of ``resource_class`` that keeps the rules."""
    name = f"Guarded{resource_class.__name__}"
    made: Any = type(name, (GuardedResource, resource_class), {})
    made._meta = copy.copy(made._meta)
    made._meta.skip_unchanged = True
    made._meta.report_skipped = True
    made._meta.skip_diff = False
    made._meta.skip_html_diff = True
    made._meta.store_instance = True
    return made


def problem(error: Any) -> list[tuple[str, str]]:
    """Return ``(field, text)`` for what went wrong with a row, without the words of the database."""
    error = getattr(error, "error", error)
    if isinstance(error, ValidationError):
        if hasattr(error, "error_dict"):
            return [
                ("" if name == "__all__" else name, text)
                for name, texts in error.message_dict.items()
                for text in texts
            ]
        return [("", text) for text in error.messages]
    if isinstance(error, ObjectDoesNotExist):
        return [("", _("It refers to an entry that does not exist."))]
    if isinstance(error, IntegrityError | DataError):
        return [("", _("This cannot be saved: it clashes with another entry."))]
    logger.warning("A row of an import failed.", exc_info=error)
    return [("", _("This row cannot be read."))]
