"""The Site: everything that a project shows under one name, menu and look."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, path

from ..descriptors import viewprop
from ..icons import Icon
from ..naming import camel_case_to_title, strip_suffixes
from ..visitor import recall_person
from .application import Application, PermissionMixin
from .base import Viewset
from .index import IndexViewMixin
from .speculation import speculation_view
from .theme import checked_colour, colour_css, css_version, preferences_view, theme_view

__all__ = ["Site"]


class Site(PermissionMixin, IndexViewMixin, Viewset):
    """Applications and nested Sites under one title.

    ``primary_color`` and ``secondary_color`` are CSS colours (``ValueError`` for anything else);
    the title falls back to the class name without "Site".
    """

    title: Any = None
    icon: Any = Icon("view_comfy")
    menu_template_name: str | None = "viewflow/includes/site_menu.html"
    primary_color: str | None = None
    secondary_color: str | None = None
    is_site = True

    def __init__(self, title: Any = None, **initkwargs: Any) -> None:
        super().__init__(**initkwargs)
        if title is not None:
            self.title = title
        if self.title is None:
            name = strip_suffixes(type(self).__name__, ("Site",))
            self.title = camel_case_to_title(name) or "Django Viewflow"
        checked_colour(self, "primary_color")
        checked_colour(self, "secondary_color")

    def menu_items(self) -> Iterator[Any]:
        """Applications and Sites below, in their order."""
        for viewset in self._children:
            if isinstance(viewset, Site | Application):
                yield viewset

    def index_view(self, request: HttpRequest) -> HttpResponse:
        """Redirect to the first application, to the page of it that this person may open."""
        first = next(self.menu_items(), None)
        choose = getattr(first, "get_menu_viewname", None)
        recall_person(request)
        if first is None or choose is None or request.GET or not request.user.is_authenticated:
            return super().index_view(request)
        try:
            return HttpResponseRedirect(first.reverse(choose(request.user)))
        except NoReverseMatch:  # below a prefix with parameters
            return super().index_view(request)

    def register(self, app_class: type[Any]) -> type[Any]:
        """Class decorator: add an application to the site's menu."""
        self.viewsets = [*(self.viewsets or ()), self._adopt(app_class())]
        return app_class

    def get_absolute_url(self, request: HttpRequest, obj: Any) -> str:
        """URL of ``obj`` on this site, from the nearest viewset whose ``model`` is its class.

        Raises ``NoReverseMatch`` when no viewset shows such objects.
        """
        queue = deque(self._children)
        while queue:
            viewset = queue.popleft()
            if getattr(viewset, "model", None) is type(obj) and hasattr(viewset, "get_object_url"):
                url = viewset.get_object_url(request, obj)
                if url is not None:
                    return str(url)
            queue.extend(getattr(viewset, "_children", ()))
        raise NoReverseMatch(f"{self!r} has no viewset for {type(obj).__name__} objects.")

    @viewprop
    def preferences_view(self) -> Any:
        return preferences_view(self)

    @property
    def preferences_path(self) -> Any:
        return path("_/preferences/", self.preferences_view, name="site_preferences")

    @viewprop
    def theme_view(self) -> Any:
        return theme_view(self)

    @property
    def theme_path(self) -> Any:
        return path("_/theme.css", self.theme_view, name="site_theme")

    @property
    def theme_url(self) -> str | None:
        """Versioned URL of the stylesheet with the site's colours; ``None`` when it sets none."""
        css = colour_css(self)
        return f"{self.reverse('site_theme')}?v={css_version(css)}" if css else None

    @viewprop
    def speculation_view(self) -> Any:
        return speculation_view(self)

    @property
    def speculation_path(self) -> Any:
        return path("_/speculation.json", self.speculation_view, name="site_speculation")

    def _get_resolver_extra(self) -> dict[str, Any]:
        return {"viewset": self, "site": self}
