"""System checks of virtual fields. Django checks columns only, so they are run from here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.models.fields import NOT_PROVIDED

from .indexes import AddKeyIndex, JSONKeyIndex
from .options import VirtualOptions

if TYPE_CHECKING:
    from .base import VirtualField

__all__ = ["check_embedded", "check_indexes", "check_model", "check_models", "check_place"]


@checks.register(checks.Tags.models)
def check_models(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Check every virtual field of the given apps, or of all."""
    found: list[checks.CheckMessage] = []
    embedded: dict[Any, None] = {}
    for app in apps.get_app_configs() if app_configs is None else app_configs:
        for model in app.get_models():
            found.extend(check_model(model, **kwargs))
            embedded.update(dict.fromkeys(_embedded_in(model._meta.private_fields)))
    for embedded_model in embedded:
        found.extend(check_embedded(embedded_model))
    return found


def check_model(model: type[models.Model], **kwargs: Any) -> Iterator[checks.CheckMessage]:
    """Check the virtual fields and the ``JSONKeyIndex`` declarations of one model."""
    meta: Any = model._meta
    if isinstance(meta, VirtualOptions):
        for field in meta.jsonstore_fields:
            if not getattr(field, "mti_inherited", False):  # else checked at its model
                yield from field.check(**kwargs)
        yield from _check_clashes(meta.label, meta.jsonstore_fields)
        yield from _check_names(model)
        yield from check_indexes(model)


def check_embedded(model: Any) -> Iterator[checks.CheckMessage]:
    """Check the fields of an ``EmbeddedModel``."""
    fields = tuple(model._fields.values())
    yield from _check_clashes(model.__qualname__, fields)
    for field in fields:
        if not field.is_relation:
            yield from field.check()
        elif isinstance(field.remote_field.model, str):
            yield checks.Error(
                f"'{field}' refers to '{field.remote_field.model}', which is not installed.",
                obj=model,
                id="jsonstore.E007",
            )


def _embedded_in(fields: Any) -> Iterator[Any]:
    for field in fields:
        model = getattr(field, "embedded_model", None)
        if model is not None:
            yield model
            yield from _embedded_in(model._fields.values())


def _check_names(model: type[models.Model]) -> Iterator[checks.CheckMessage]:
    # Of two attributes of one name, Python keeps the last.
    meta: Any = model._meta
    fields = {*meta.get_fields(), *meta.jsonstore_fields}
    fields = {field for field in fields if not (field.auto_created and not field.concrete)}
    for field in meta.jsonstore_fields:
        for other in fields:
            if field.attname != field.name and field.attname == other.name:
                yield checks.Error(
                    f"'{field.attname}' is the attribute of the key of '{field.name}' and also "
                    f"the field '{other.name}' of {meta.label}.",
                    hint="Rename one of them.",
                    obj=field,
                    id="jsonstore.E006",
                )


def check_indexes(model: type[models.Model]) -> list[checks.CheckMessage]:
    """Check the ``JSONKeyIndex`` declarations of a model."""
    found: list[checks.CheckMessage] = []
    indexes = [one for one in model._meta.indexes if isinstance(one, JSONKeyIndex)]
    for index in indexes:
        try:
            index.keys  # noqa: B018  (resolves the names)
        except (ValueError, FieldDoesNotExist) as error:
            found.append(checks.Error(f"{index!r}: {error}", obj=model, id="jsonstore.E005"))
    if indexes and model._meta.proxy:
        created = _created_by_hand()
        found.extend(
            checks.Warning(
                f"'{index.name}' is an index of a proxy, for which Django makes no migration.",
                hint="Write a migration with jsonstore.AddKeyIndex.",
                obj=model,
                id="jsonstore.W004",
            )
            for index in indexes
            if index.name not in created
        )
    return found


def _created_by_hand() -> set[str]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return {
        operation.index.name
        for migration in (loader.disk_migrations or {}).values()
        for operation in migration.operations
        if isinstance(operation, AddKeyIndex)
    }


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


def _check_clashes(label: str, fields: Sequence[VirtualField]) -> Iterator[checks.CheckMessage]:
    for number, field in enumerate(fields):
        for other in fields[:number]:
            shared = min(len(field.json_path), len(other.json_path))
            if (
                field.json_field_name == other.json_field_name
                and field.json_path[:shared] == other.json_path[:shared]
            ):
                place = " / ".join((field.json_field_name, *field.json_path))
                yield checks.Error(
                    f"'{field.name}' and '{other.name}' of {label} are kept in the same "
                    f"place, {place}, and would overwrite each other.",
                    hint="Give one of them another json_key.",
                    obj=field,
                    id="jsonstore.E003",
                )
