"""The workflow app: finds the flows, and makes their permissions after a migration."""

from __future__ import annotations

import importlib
import traceback
import warnings
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import register
from django.db import DEFAULT_DB_ALIAS, IntegrityError, router
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

__all__ = ["WorkflowConfig"]


class WorkflowConfig(AppConfig):
    """``viewflow.workflow`` in ``INSTALLED_APPS``; label and tables of the 1.x and 2.x series."""

    name = "viewflow.workflow"
    label = "viewflow"
    verbose_name = _("Workflow")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .checks import check_flows

        register(check_flows)
        # Once for all apps: Django sends the signal of an app only when that has models itself.
        pre_migrate.connect(
            _import_flows, sender=self, dispatch_uid="viewflow.workflow.import_flows"
        )
        post_migrate.connect(_create_permissions, dispatch_uid="viewflow.workflow.permissions")


def _import_flows(app_config: AppConfig, **kwargs: Any) -> None:
    """Import every app's ``flows``: nodes register the permissions they want as they are made."""
    for config in apps.get_app_configs():
        name = f"{config.name}.flows"
        if find_spec(name) is None:
            continue
        try:
            importlib.import_module(name)
        except ImportError:
            warnings.warn(
                f"{name} cannot be imported, so permissions that its nodes want are not "
                f"created:\n{traceback.format_exc()}",
                stacklevel=2,
            )


def _create_permissions(
    app_config: AppConfig, using: str = DEFAULT_DB_ALIAS, apps: Any = apps, **kwargs: Any
) -> None:
    """Create what is missing of the permissions that flows have added to their process models."""
    from .models import AbstractProcess

    try:
        permission_model = apps.get_model("auth", "Permission")
        content_types = apps.get_model("contenttypes", "ContentType")
    except LookupError:
        return
    if not router.allow_migrate_model(using, permission_model):
        return
    for model in app_config.get_models():
        if not issubclass(model, AbstractProcess):
            continue
        wanted = _wanted_permissions(model)
        content_type = content_types.objects.db_manager(using).get_for_model(
            model, for_concrete_model=not model._meta.proxy
        )
        rows = permission_model.objects.using(using)
        known = set(rows.filter(content_type_id=content_type.pk).values_list("codename", flat=True))
        missing = [
            permission_model(codename=codename, name=name[:255], content_type_id=content_type.pk)
            for codename, name in wanted
            if codename not in known
        ]
        try:
            rows.bulk_create(missing)
        except IntegrityError as error:
            raise IntegrityError(
                f"The permissions of {model._meta.label} cannot be created in the database "
                f"{using!r}: {error}. With several databases, check that the database routers "
                "allow auth and contenttypes in the same one."
            ) from error


def _wanted_permissions(model: Any) -> list[tuple[str, str]]:
    options = model._meta
    defaults = [
        (f"{action}_{options.model_name}", f"Can {action} {options.verbose_name_raw}")
        for action in options.default_permissions
    ]
    return [*defaults, *((codename, str(name)) for codename, name in options.permissions)]
