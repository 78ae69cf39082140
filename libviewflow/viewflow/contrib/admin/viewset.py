"""The admin's URLs below a site, with its entry in the menu."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from viewflow.icons import Icon
from viewflow.urls import Application, AppMenuMixin

__all__ = ["Admin"]


class Admin(Application, AppMenuMixin):
    """``Admin()`` is Django's default admin, ``Admin(admin_site=…)`` another one.

    It can stand in a site or in an application; ``reverse("admin:index")`` works in both. The menu
    shows it to those whom the admin lets in. Others who are signed in get 403, and people who are
    not are led to the admin's login page. ``permission`` is asked as well, where it is set.
    """

    app_name = "admin"
    title: Any = _("Administration")
    icon: Any = Icon("settings")
    menu_template_name: str | None = None
    turbo_disabled = True
    index_path = None
    global_namespace = True

    admin_site: Any = None

    def __init__(self, admin_site: Any = None, **initkwargs: Any) -> None:
        super().__init__(**initkwargs)
        self.admin_site = admin_site or self.admin_site or admin.site
        if self.namespace is None:
            self.namespace = self.admin_site.name

    @property
    def urls(self) -> tuple[list[Any], str | None, str | None]:
        """Patterns in Django's own namespace, whatever ``app_name`` makes of the address."""
        return super().urls[0], "admin", self.namespace

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        request: Any = SimpleNamespace(user=user)
        return super().has_view_permission(user, obj) and bool(
            self.admin_site.has_permission(request)
        )

    def keeps_out(self, user: Any) -> bool:
        if not user.is_authenticated and self.permission is None:
            return False  # the admin asks them to log in
        return super().keeps_out(user)

    def _get_urls(self) -> list[Any]:
        return [*super()._get_urls(), *self.admin_site.urls[0]]

    def _get_resolver_extra(self) -> dict[str, Any]:
        if isinstance(self.parent, Application):
            return {"viewset": self}
        return super()._get_resolver_extra()
