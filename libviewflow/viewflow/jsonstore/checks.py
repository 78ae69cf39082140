"""System checks of virtual fields. Django checks columns only, so they are run from here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.fields import NOT_PROVIDED

from .options import VirtualOptions

if TYPE_CHECKING:
    from .base import VirtualField

__all__ = ["check_models", "check_place"]


@checks.register(checks.Tags.models)
def check_models(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Check every virtual field of the given apps, or of all."""
    found: list[checks.CheckMessage] = []
    for app in apps.get_app_configs() if app_configs is None else app_configs:
        for model in app.get_models():
            meta: Any = model._meta
            if isinstance(meta, VirtualOptions):
                for field in meta.jsonstore_fields:
                    if not getattr(field, "mti_inherited", False):  # else checked at its model
                        found.extend(field.check(**kwargs))
                found.extend(_check_clashes(model))
    return found


def check_place(field: VirtualField) -> Iterator[checks.CheckMessage]:
    """Check where the value is kept, and for options that only a column can honour."""
    model = field.owner_model
    try:
        column = model._meta.get_field(field.json_field_name)
    except FieldDoesNotExist:
        yield checks.Error(
            f"'{field.name}' is kept in '{field.json_field_name}', "
            f"but {model._meta.label} has no such field.",
            hint=f"Add `{field.json_field_name} = models.JSONField(default=dict)`, "
            "or name another column with json_field_name.",
            obj=field,
            id="jsonstore.E001",
        )
        return
    if not isinstance(column, models.JSONField) or not column.concrete:
        yield checks.Error(
            f"'{field.name}' is kept in '{field.json_field_name}', which is not a JSONField.",
            obj=field,
            id="jsonstore.E002",
        )
    if field.primary_key:
        yield checks.Error(
            f"'{field.name}' has no column and cannot be the primary key.",
            obj=field,
            id="jsonstore.E004",
        )
    if any(mark in key for key in field.json_path for mark in '"\\'):
        yield checks.Warning(
            f"'{field.name}' is kept under a key with a quotation mark or a backslash, "
            "which not every database can search for.",
            hint="Give it another json_key.",
            obj=field,
            id="jsonstore.W002",
        )
    ignored = [name for name in ("unique", "db_column", "db_comment") if getattr(field, name, None)]
    if field.db_index and not isinstance(field, models.SlugField):
        ignored.append("db_index")
    if getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED:
        ignored.append("db_default")
    if ignored and not field.primary_key:
        yield checks.Warning(
            f"'{field.name}' has no column, so {', '.join(ignored)} has no effect.",
            obj=field,
            id="jsonstore.W001",
        )


def _check_clashes(model: type[models.Model]) -> Iterator[checks.CheckMessage]:
    meta: Any = model._meta
    fields: tuple[VirtualField, ...] = meta.jsonstore_fields
    for number, field in enumerate(fields):
        for other in fields[:number]:
            shared = min(len(field.json_path), len(other.json_path))
            if (
                field.json_field_name == other.json_field_name
                and field.json_path[:shared] == other.json_path[:shared]
            ):
                place = " / ".join((field.json_field_name, *field.json_path))
                yield checks.Error(
                    f"'{field.name}' and '{other.name}' of {meta.label} are kept in the same "
                    f"place, {place}, and would overwrite each other.",
                    hint="Give one of them another json_key.",
                    obj=field,
                    id="jsonstore.E003",
                )
