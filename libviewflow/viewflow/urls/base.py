"""Viewsets: URLs, permissions and pages that belong together, declared as class attributes.

``list_path = path("", view, name="list")`` is one URL; ``route("team/", TeamViewset())`` hangs
another viewset below it; ``viewsets=[…]`` hangs several under prefixes made of their names.
A child is copied for each parent, so one viewset can be mounted in many places.
"""

from __future__ import annotations

import copy
import warnings
from inspect import isfunction
from types import MethodType
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, path, reverse

from ..descriptors import DEFAULT, viewprop
from ..icons import icon_of
from ..naming import camel_case_to_underscore, list_path_components, strip_suffixes
from .resolver import ViewsetResolver, reverse_kept

__all__ = ["BaseViewset", "Route", "Viewset", "ViewsetMeta", "route"]

NAME_SUFFIXES = ("App", "Application", "Viewset", "Admin", "Flow")


class Route(NamedTuple):
    """A viewset hung under a prefix; made by :func:`route`."""

    prefix: str
    viewset: BaseViewset


def route(prefix: str, viewset: BaseViewset) -> Route:
    """Hang ``viewset`` under ``prefix``, which may hold path parameters.

    ``ValueError`` when the second argument is not an instance of a viewset.
    """
    if not isinstance(viewset, BaseViewset):
        raise ValueError(f"route({prefix!r}, …): expected a viewset instance, got {viewset!r}.")
    return Route(prefix, viewset)


class BaseViewset:
    """What anything that can be mounted in a Site offers: ``urls``, ``reverse``, a parent."""

    app_name: str | None = None
    namespace: str | None = None
    parent_namespace: str | None = None
    extra_kwargs: list[str] | None = None

    #: Site says True: where ``current_site`` and menus begin.
    is_site = False
    #: Site and Application say True: ``SiteMiddleware`` asks them before any page below.
    guards_children = False
    #: Its namespace is known by its bare name, however deep it is mounted.
    global_namespace = False

    _parent: BaseViewset | None = None

    @property
    def parent(self) -> BaseViewset | None:
        """The viewset this copy is mounted in; set once, when it is mounted."""
        return self._parent

    @parent.setter
    def parent(self, value: BaseViewset | None) -> None:
        if self._parent is not None:
            warnings.warn(
                f"{self!r} already has the parent {self._parent!r}; mount a copy instead.",
                stacklevel=2,
            )
        if value is not None and self.parent_namespace is not None:
            warnings.warn(
                f"{self!r} has parent_namespace={self.parent_namespace!r}, which its parent "
                f"{value!r} makes void.",
                stacklevel=2,
            )
        self._parent = value

    @property
    def urls(self) -> tuple[list[Any], str | None, str | None]:
        """``(patterns, app_name, namespace)`` for ``path("prefix/", viewset.urls)``."""
        raise NotImplementedError(f"{type(self).__name__} must define `urls`.")

    def reverse(
        self,
        viewname: str,
        args: Any = None,
        kwargs: dict[str, Any] | None = None,
        current_app: str | None = None,
    ) -> str:
        """URL of one of this viewset's views; the namespaces of all parents are put in front."""
        if current_app is None:
            return reverse_kept(self, viewname, args, kwargs)
        return reverse(self._full_name(viewname), args=args, kwargs=kwargs, current_app=current_app)

    def _full_name(self, viewname: str) -> str:
        names = [viewname]
        step: BaseViewset | None = self
        while step is not None:
            name = step.namespace or step.app_name
            if name:
                names.append(name)
            if step._parent is None and step.parent_namespace:
                names.append(step.parent_namespace)
            step = step._parent
        names.reverse()
        return ":".join(names)

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        """May this user see this part of the site? Everybody may, unless a subclass objects."""
        return True

    def keeps_out(self, user: Any) -> bool:
        """Is every URL below closed to this user? ``SiteMiddleware`` answers 403 then."""
        return self.guards_children and not self.has_view_permission(user)

    def mount_copy(self, parent: BaseViewset) -> BaseViewset:
        """A shallow copy that belongs to ``parent``; what was computed for another mount is gone."""
        clone = copy.copy(self)
        state = clone.__dict__
        for name, value in state.pop("_computed", {}).items():
            if state.get(name, DEFAULT) is value:
                del state[name]
        state.pop("_parent", None)
        clone.parent = parent
        return clone

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.namespace or self.app_name or ''}>".replace(" >", ">")


def _is_path_name(name: str) -> bool:
    return name.endswith("_path") and not name.startswith(("get_", "_"))


class ViewsetMeta(type):
    """Collects the ``*_path`` attributes of a class and its bases.

    The class's own come first, so its index shadows an inherited one; then the inherited ones,
    from the root of the hierarchy on. Setting one to ``None`` removes it.
    """

    _declared_paths: tuple[str, ...]

    def __new__(
        mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any
    ) -> ViewsetMeta:
        cls = super().__new__(mcs, name, bases, attrs, **kwargs)
        names = dict.fromkeys(attribute for attribute in attrs if _is_path_name(attribute))
        for base in reversed(cls.__mro__[1:]):
            names.update(dict.fromkeys(key for key in vars(base) if _is_path_name(key)))
        cls._declared_paths = tuple(names)
        return cls


class Viewset(BaseViewset, metaclass=ViewsetMeta):
    """A set of views and nested viewsets.

    Keyword arguments set attributes that the class declares; ``TypeError`` for any other name
    and for names that begin with an underscore.
    """

    _declared_paths: tuple[str, ...]

    viewsets: Any = None
    urlpatterns: Any = None
    turbo_disabled = False

    def __init__(self, **initkwargs: Any) -> None:
        super().__init__()
        for name, value in initkwargs.items():
            if name.startswith("_") or not hasattr(type(self), name):
                raise TypeError(
                    f"{type(self).__name__}() got an unexpected keyword {name!r}: only attributes "
                    f"of the class can be set, and none that begins with an underscore."
                )
            setattr(self, name, value)
        icon = getattr(self, "icon", None)
        if isinstance(icon, str):
            self.icon = icon_of(icon)
        if self.viewsets is not None:
            self.viewsets = [self._adopt(viewset) for viewset in self.viewsets]

    def filter_kwargs(self, view_class: type, **kwargs: Any) -> dict[str, Any]:
        """Keep what ``view_class`` has an attribute for and what was really given."""
        return {
            name: value
            for name, value in kwargs.items()
            if value is not DEFAULT and hasattr(view_class, name)
        }

    def mount_copy(self, parent: BaseViewset) -> BaseViewset:
        clone = super().mount_copy(parent)
        assert isinstance(clone, Viewset)
        if clone.viewsets is not None:
            clone.viewsets = [clone._adopt(viewset) for viewset in clone.viewsets]
        return clone

    def _adopt(self, viewset: Any, prefix: str | None = None) -> BaseViewset:
        if not isinstance(viewset, BaseViewset):
            raise ValueError(
                f"{type(self).__name__}: expected a viewset instance, got {viewset!r}."
            )
        child = viewset.mount_copy(self)
        if child.app_name is None:
            child.app_name = camel_case_to_underscore(
                strip_suffixes(type(child).__name__, NAME_SUFFIXES)
            )
        if prefix is not None:
            child.extra_kwargs = list_path_components(prefix) or None
        return child

    @viewprop
    def _routes(self) -> dict[str, Any]:
        """Values of the declared paths, with a copy of its own for each route."""
        routes: dict[str, Any] = {}
        for name in self._declared_paths:
            value = getattr(self, name)
            if value is None or isfunction(value) or isinstance(value, MethodType):
                continue
            if isinstance(value, Route):
                value = Route(value.prefix, self._adopt(value.viewset, value.prefix))
            elif not isinstance(value, URLPattern | URLResolver):
                raise ValueError(
                    f"{type(self).__name__}.{name} must be path(…), route(…) or None, "
                    f"got {value!r}."
                )
            routes[name] = value
        return routes

    def has_page(self, name: str) -> bool:
        """Is there a URL behind ``<page>_path``? Asks without making the URL pattern again."""
        return name in self._routes

    @property
    def _children(self) -> list[BaseViewset]:
        """The copies of nested viewsets that belong to this one."""
        routed = [value.viewset for value in self._routes.values() if isinstance(value, Route)]
        return [*routed, *self._mounted_viewsets()]

    def _mounted_viewsets(self) -> list[BaseViewset]:
        if not self.viewsets:
            return []
        # A list that was assigned after the constructor still gets copies.
        if any(viewset.parent is not self for viewset in self.viewsets):
            self.viewsets = [
                viewset if viewset.parent is self else self._adopt(viewset)
                for viewset in self.viewsets
            ]
        return list(self.viewsets)

    def _get_resolver_extra(self) -> dict[str, Any]:
        return {"viewset": self}

    def _get_urls(self) -> list[Any]:
        patterns = list(self.urlpatterns or ())
        for value in self._routes.values():
            if isinstance(value, Route):
                patterns.append(path(value.prefix, value.viewset.urls))
            else:
                patterns.append(value)
        prefixes: dict[str, BaseViewset] = {}
        for viewset in self._mounted_viewsets():
            prefix = f"{viewset.app_name}/" if viewset.app_name else ""
            if prefix and prefix in prefixes:
                raise ValueError(
                    f"{self!r} has two viewsets named {viewset.app_name!r}, so the second could "
                    f"never be reached: give one of them another app_name."
                )
            prefixes[prefix] = viewset
            patterns.append(path(prefix, viewset.urls))
        return patterns

    @property
    def urls(self) -> tuple[list[Any], str | None, str | None]:
        resolver = ViewsetResolver(self, self._get_urls(), self._get_resolver_extra())
        return [resolver], self.app_name, self.namespace or self.app_name
