"""Applications: an entry of the site's menu with a menu of its own."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import resolve

from ..icons import Icon
from ..naming import camel_case_to_title, strip_suffixes
from .base import Viewset, ViewsetMeta
from .index import IndexViewMixin
from .resolver import current_viewset_reverse, match_extra

__all__ = ["AppMenuMixin", "Application"]


class AppMenuMixin(metaclass=ViewsetMeta):
    """Lists a viewset in the menu of its Application: ``MyTestViewset`` shows as "My tests"."""

    title: Any = None
    icon: Any = Icon("view_carousel")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.title is None:
            name = strip_suffixes(type(self).__name__, ("Viewset", "Admin", "App", "Flow"))
            self.title = camel_case_to_title(name) + "s"

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        ask = getattr(super(), "has_view_permission", None)
        return bool(ask(user, obj)) if ask else True


class PermissionMixin:
    """``permission``: a codename, or a callable that gets the user; ``None`` lets everybody in."""

    permission: Any = None
    guards_children = True

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        """May this user enter? Refusal closes every URL below."""
        permission = _own_permission(self)
        if permission is None:
            return True
        if callable(permission):
            return bool(permission(user))
        return bool(user.is_authenticated and user.has_perm(permission))


def _own_permission(owner: Any) -> Any:
    """``owner.permission``; a plain function in the class body is not taken for a method."""
    if "permission" not in owner.__dict__:
        kind: Any = type(owner)
        plain = _plain_permission(kind)
        if plain is not None:
            return plain
    return owner.permission


@lru_cache(maxsize=512)
def _plain_permission(cls: type) -> Any:
    """The function of one argument that a class has for ``permission``, else ``None``.

    Kept, because the menu of each page asks every application.
    """
    found = inspect.getattr_static(cls, "permission")
    if inspect.isfunction(found) and len(inspect.signature(found).parameters) == 1:
        return found
    return None


class Application(PermissionMixin, IndexViewMixin, Viewset):
    """Viewsets under one title, one menu and one permission."""

    title: Any = ""
    icon: Any = Icon("view_module")
    menu_template_name: str | None = "viewflow/includes/app_menu.html"
    base_template_name = "viewflow/base_page.html"

    def __init__(self, **initkwargs: Any) -> None:
        super().__init__(**initkwargs)
        if not self.title:
            name = strip_suffixes(
                type(self).__name__, ("Application", "Viewset", "Admin", "App", "Flow")
            )
            self.title = camel_case_to_title(name)

    def get_context_data(self, request: HttpRequest) -> dict[str, Any]:
        """Context for the templates of every page below; keys must not clash with the views'."""
        return {}

    def menu_items(self) -> Iterator[Any]:
        """Nested viewsets that want to be listed; templates hide those a user may not see."""
        for viewset in self._children:
            if isinstance(viewset, AppMenuMixin):
                yield viewset

    def index_view(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the first page; of what the menu lists, to the first that it lists for them."""
        response = super().index_view(request)
        user, items = getattr(request, "user", None), list(self.menu_items())
        seen = [item for item in items if user is not None and item.has_view_permission(user)]
        if not seen or len(seen) == len(items) or not isinstance(response, HttpResponseRedirect):
            return response
        path, mark, query = response.url.partition("?")
        match = resolve(urljoin(request.path_info, path), getattr(request, "urlconf", None))
        target: Any = match_extra(match).get("viewset")
        while target is not None and target not in items:
            target = target.parent
        if target is not None and target not in seen:
            url = current_viewset_reverse(request, seen[0], "index")
            response["Location"] = f"{url}{mark}{query}"
        return response

    def _get_resolver_extra(self) -> dict[str, Any]:
        return {"viewset": self, "app": self}
