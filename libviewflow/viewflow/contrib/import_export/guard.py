"""A resource that changes nothing but what the person may change by hand."""

from __future__ import annotations

import copy
import logging
from functools import lru_cache
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _
from import_export.resources import modelresource_factory

__all__ = ["GuardedResource", "guarded", "problem"]

logger = logging.getLogger(__name__)


class GuardedResource:
    """Mixed in before a resource: the scope, the rights and the model's own checks hold.

    ``page`` is the import view. A row of the file finds only entries of the scope, needs the right to
    add, change or delete them, and must lie in the scope afterwards.
    """

    _meta: Any
    fields: Any

    def __init__(self, page: Any, headers: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.page = page
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
        if not new and not self.page.allows("change", instance):
            raise ValidationError(_("You may not change this entry."))
        super().after_init_instance(instance, new, row, **kwargs)  # type: ignore[misc]

    def import_field(self, field: Any, instance: Any, row: Any, *args: Any, **kwargs: Any) -> None:
        try:
            super().import_field(field, instance, row, *args, **kwargs)  # type: ignore[misc]
        except ArithmeticError as error:
            raise ValueError(_("Enter a number.")) from error
        except ObjectDoesNotExist as error:
            raise ValueError(_("It refers to an entry that does not exist.")) from error

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
def guarded(resource_class: Any, model: Any) -> Any:
    """Return a class of ``resource_class``, or of all fields of the model, that keeps the rules."""
    base = resource_class or modelresource_factory(model)
    made: Any = type(f"Guarded{base.__name__}", (GuardedResource, base), {})
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
