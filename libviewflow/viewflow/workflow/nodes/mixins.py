"""What several kinds of nodes share."""

from __future__ import annotations

from typing import Any, Self

from ...this_object import ThisObject

__all__ = ["NextNodeMixin", "PermissionMixin"]


class NextNodeMixin:
    """A node with one follower."""

    def Next(self, node: Any, task_data: Any = None, task_seed: Any = None) -> Self:
        """Go on to ``node``.

        ``task_data`` and ``task_seed`` are callables of the activation (or ``this.method``); what
        they return becomes ``data`` and ``seed`` of the next task.
        """
        self._edges: list[Any] = []
        return self._add_edge(node, task_data=task_data, task_seed=task_seed)  # type: ignore[attr-defined,no-any-return]


class PermissionMixin:
    """A node that a permission protects."""

    owner_permission: str | None = None
    owner_permission_auto_create = False
    owner_permission_obj: Any = None
    owner_permission_help_text: Any = None

    def Permission(
        self,
        permission: str | None = None,
        auto_create: bool = False,
        obj: Any = None,
        help_text: Any = None,
    ) -> Self:
        """Ask for a permission.

        ``permission`` is ``app.codename``, or a codename of the process model's app. With
        ``auto_create`` it is made at the next ``migrate``; its codename is then
        ``can_<node>_<model>`` unless given. ``obj``, a callable of the process (or ``act.process.…``),
        gives the object to ask the permission for; without one the permission itself is wanted.
        """
        if permission is None and not auto_create:
            raise ValueError("Permission() needs a permission, or auto_create=True.")
        self.owner_permission = permission
        self.owner_permission_auto_create = auto_create
        self.owner_permission_obj = obj
        self.owner_permission_help_text = help_text
        return self

    def _ready(self) -> None:
        super()._ready()  # type: ignore[misc]
        # A subclass of the flow has its own process model and its own methods.
        for name in ("owner_permission", "owner_permission_obj"):
            self._declared[name] = getattr(self, name)  # type: ignore[attr-defined]
        if isinstance(self.owner_permission_obj, ThisObject):
            self.owner_permission_obj = self.owner_permission_obj.resolve(
                self.flow_class.instance  # type: ignore[attr-defined]
            )
        permission = self.owner_permission
        if permission is None and not self.owner_permission_auto_create:
            return
        options = self.flow_class.process_class._meta  # type: ignore[attr-defined]
        if permission is None:
            permission = f"can_{self.name}_{options.model_name}"  # type: ignore[attr-defined]
        label, _, codename = permission.rpartition(".")
        if self.owner_permission_auto_create:
            text = self.owner_permission_help_text or f"Can {self.name.replace('_', ' ')}"  # type: ignore[attr-defined]
            if codename not in dict(options.permissions):
                options.permissions = (*options.permissions, (codename, str(text)))
        self.owner_permission = f"{label or options.app_label}.{codename}"
