"""Helpers that user code imports; each is defined here or in the module named after its subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.text import capfirst

from .descriptors import DEFAULT, MARKER, LazySingletonDescriptor, viewprop
from .icons import Icon
from .naming import (
    camel_case_to_title,
    camel_case_to_underscore,
    list_path_components,
    strip_suffixes,
)

__all__ = [
    "DEFAULT",
    "IS_DEV",  # noqa: F822 - from __getattr__
    "MARKER",
    "Icon",
    "LazySingletonDescriptor",
    "camel_case_to_title",
    "camel_case_to_underscore",
    "first_not_default",
    "get_app_package",
    "get_containing_app_data",
    "get_object_data",
    "has_object_perm",
    "is_owner",
    "list_path_components",
    "strip_suffixes",
    "viewprop",
]


def __getattr__(name: str) -> Any:
    # Read when asked for: this module must be importable before settings are configured.
    if name == "IS_DEV":
        from django.conf import settings

        return settings.DEBUG
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def first_not_default(*args: Any) -> Any:
    """The first argument that is not ``DEFAULT``; ``DEFAULT`` when all are."""
    return next((value for value in args if value is not DEFAULT), DEFAULT)


def has_object_perm(
    user: Any, short_name: str, model: type[models.Model], obj: models.Model | None = None
) -> bool:
    """May ``user`` ``view``/``add``/``change``/``delete`` this model, or failing that, this object?"""
    perm = f"{model._meta.app_label}.{short_name}_{model._meta.model_name}"
    return bool(user.has_perm(perm) or (obj is not None and user.has_perm(perm, obj=obj)))


def is_owner(owner: Any, user: Any) -> bool:
    """Are both the same person? A user of another class never is, whatever its key."""
    return bool(owner is not None and isinstance(user, owner.__class__) and owner.pk == user.pk)


def get_object_data(obj: models.Model) -> Iterator[tuple[Any, str, Any]]:
    """Yield ``(field, label, value)`` for what a person may want to read about ``obj``.

    Keys made by the database, generated fields and empty values are left out; choices give their
    label. The data of ``obj.artifact`` follows while that object exists.
    """
    fields: list[Any] = obj._meta.get_fields()  # type: ignore[assignment]
    for field in fields:
        if (
            isinstance(field, models.AutoField)
            or field.auto_created
            or (field.is_relation and (field.many_to_many or not hasattr(field, "attname")))
        ):
            continue
        display = getattr(obj, f"get_{field.name}_display", None) if field.choices else None
        value = display() if display else getattr(obj, field.name)
        if value is not None:
            yield field, str(capfirst(field.verbose_name)), value
    if getattr(obj, "artifact_object_id", None):
        artifact = getattr(obj, "artifact", None)
        if isinstance(artifact, models.Model) and artifact != obj:
            yield from get_object_data(artifact)


def get_app_package(app_label: str) -> str:
    """Dotted package of the app with this label; ``LookupError`` when there is none."""
    return apps.get_app_config(app_label).name


def get_containing_app_data(module: str) -> tuple[str | None, str | None]:
    """``(label, package)`` of the installed app that the module lies in, or ``(None, None)``."""
    config = apps.get_containing_app_config(module)
    return (config.label, config.name) if config else (None, None)
