"""The frame around every page: what the base templates print, computed in one place.

``{% shell as shell %}`` makes one :class:`Shell` for a page. Templates stay declarative and fast:
a menu of thirty entries is one variable, not thirty nodes in a loop. Everything here tolerates a
page without a request, since Django renders its 500 page that way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, cached_property, lru_cache
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.templatetags.static import static
from django.urls import NoReverseMatch, get_resolver, get_script_prefix
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from .icons import lucide
from .urls.resolver import current_site, current_viewset_reverse, try_reverse

__all__ = ["Shell", "asset_url", "initials", "nav_link", "person_class"]

#: Where the menu of the current application goes, right behind the link to it.
MENU_MARK: Final = "<!--app-menu-->"
THEMES: Final = ("auto", "light", "dark")
ACCOUNT_VIEWS: Final = ("login", "logout", "profile", "password_change")


class Shell:
    """Language, theme, site, menus and account links of one page."""

    def __init__(self, context: Any) -> None:
        request: Any = context.get("request") or getattr(context, "request", None)
        self.request = request
        self.match: Any = getattr(request, "resolver_match", None)
        self.breadcrumbs = context.get("breadcrumbs")
        self.menu_rest = SafeString("")

    def __getitem__(self, name: str) -> Any:
        # Templates ask for an item first, and for the attribute after the exception.
        return getattr(self, name)

    # The document

    @cached_property
    def html_attrs(self) -> SafeString:
        """Language, direction, theme and rail as attributes of ``<html>``.

        What a cookie says is printed only when it is one of the known values.
        """
        attrs = f'lang="{escape(self.lang)}" dir="{self.dir}"'
        if self.theme != "auto":
            attrs += f' data-theme="{self.theme}"'
        if self.rail:
            attrs += " data-rail"
        return SafeString(attrs)

    @property
    def lang(self) -> str:
        """Language of the words of the page."""
        return get_language() or str(settings.LANGUAGE_CODE)

    @property
    def dir(self) -> str:
        """``rtl`` for a language written from right to left, else ``ltr``."""
        return _direction(get_language() or "en")

    @cached_property
    def theme(self) -> str:
        """``light`` or ``dark`` as chosen; ``auto`` follows the system."""
        chosen = self.request.COOKIES.get("vf_theme") if self.request else None
        return chosen if chosen in THEMES else "auto"

    @cached_property
    def rail(self) -> bool:
        """Has the person folded the sidebar to a rail of icons?"""
        return bool(self.request) and self.request.COOKIES.get("vf_rail") == "1"

    @cached_property
    def title(self) -> str:
        """Title of the window: where one is, then the site."""
        names = [str(item[0]) for item in self._crumbs()[-1:]]
        if self.site is not None:
            names.append(str(self.site.title))
        return " · ".join(dict.fromkeys(names))

    # The site

    @cached_property
    def site(self) -> Any:
        """The Site around this page, or the only one there is; ``None`` without a request."""
        return current_site(self.request) if self.request is not None else None

    @property
    def app(self) -> Any:
        """The Application around this page."""
        return getattr(self.match, "app", None)

    @property
    def user(self) -> Any:
        """The person, if the project knows persons."""
        return getattr(self.request, "user", None)

    @property
    def theme_url(self) -> str:
        """Stylesheet with the colours of the site; empty when it sets none."""
        return self._cached("theme", lambda: self.site.theme_url or "") if self.site else ""

    @property
    def preferences_url(self) -> str:
        """Where theme and rail are remembered; empty outside of a site."""
        return self.url(self.site, "site_preferences") if self.site else ""

    @property
    def home_url(self) -> str:
        """The first page of the site, else of the server."""
        return (self.url(self.site, "index") if self.site else "") or get_script_prefix()

    @property
    def parent_site(self) -> Any:
        """The Site that this one is nested in."""
        parent = self.site.parent if self.site else None
        return parent if getattr(parent, "is_site", False) else None

    @property
    def parent_url(self) -> str:
        """First page of :attr:`parent_site`."""
        return self.url(self.parent_site, "index")

    # Menus

    @cached_property
    def app_links(self) -> SafeString:
        """Links to the applications of the site that the person may enter.

        Neighbours with the same ``menu_group`` stand together under that title.
        """
        if self.site is None or self.request is None:
            return SafeString("")
        entries = tuple(
            (
                url,
                conditional_escape(item.title),
                str(item.icon) if item.icon is not None else "",
                str(getattr(item, "menu_group", None) or ""),
                current,
                current and item is self.app,
            )
            for item, url, current in self._visible(self.site)
        )
        return _app_links(entries, self.rail)

    @cached_property
    def viewset_links(self) -> SafeString:
        """Links to the viewsets of the current application that the person may see."""
        if self.app is None:
            return SafeString("")
        return SafeString(
            "".join(
                nav_link(url, item.title, None, current and "page")
                for item, url, current in self._visible(self.app)
            )
        )

    def split_menu(self, html: str) -> SafeString:
        """Return the site's menu up to the current application, keep the rest for later."""
        head, _mark, rest = html.partition(MENU_MARK)
        self.menu_rest = SafeString(rest)
        return SafeString(head)

    def _visible(self, container: Any) -> Iterator[tuple[Any, str, bool]]:
        user, ancestors = self.user, self._ancestors
        for item in container.menu_items():
            if item.has_view_permission(user):
                first_page = getattr(item, "get_menu_viewname", None)
                url = self.url(item, first_page(user) if first_page else "index")
                if url:
                    yield item, url, item in ancestors

    @cached_property
    def _ancestors(self) -> list[Any]:
        found, step = [], getattr(self.match, "viewset", None)
        while step is not None:
            found.append(step)
            step = step.parent
        return found

    # Where one is

    @cached_property
    def crumbs(self) -> SafeString:
        """The breadcrumb; its last entry is the page itself."""
        items = self._crumbs()
        if not items:
            return SafeString("")
        chevron = lucide("chevron-right", "icon sm flip")
        last = len(items) - 1
        entries = []
        for index, (title, url) in enumerate(items):
            text = conditional_escape(title)
            if index == last:
                entries.append(f'<li><span aria-current="page">{text}</span></li>')
            elif url:
                entries.append(f'<li><a href="{escape(url)}">{text}</a>{chevron}</li>')
            else:
                entries.append(f"<li><span>{text}</span>{chevron}</li>")
        name = escape(_("Breadcrumb"))
        return SafeString(f'<nav aria-label="{name}"><ol>{"".join(entries)}</ol></nav>')

    def _crumbs(self) -> list[tuple[Any, Any]]:
        if self.breadcrumbs:
            return [(item[0], item[1] if len(item) > 1 else None) for item in self.breadcrumbs]
        found = []
        for item in reversed(self._ancestors):
            title = getattr(item, "title", None)
            if title and not getattr(item, "is_site", False):
                found.append((title, self.url(item, "index")))
        return found

    # The person

    @cached_property
    def person(self) -> Any:
        """The signed-in person, or ``None``."""
        user = self.user
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def name(self) -> str:
        """How the person is called."""
        user = self.person
        return (user.get_full_name() or user.get_username()) if user else ""

    @property
    def avatar(self) -> SafeString:
        """The person's picture or initials. The name stands beside it for those who listen."""
        if "profile" in self.account:
            pictures = _pictures()
            if pictures.has_avatar(self.person):
                url = escape(pictures.get_user_avatar_url(self.person))
                return SafeString(f'<img class="avatar" src="{url}" width="24" height="24" alt="">')
        return mark_safe(  # noqa: S308 - both parts are made here
            f'<span class="avatar {person_class(self.person)}" aria-hidden="true">'
            f"{escape(initials(self.name))}</span>"
        )

    @property
    def account(self) -> dict[str, str]:
        """URLs of the account pages that the project has."""
        found: dict[str, str] = self._cached(
            "account",
            lambda: {name: url for name in ACCOUNT_VIEWS if (url := try_reverse(name))},
        )
        return found

    @property
    def assets_key(self) -> str:
        """Changes when the addresses of static files do."""
        return asset_url("viewflow/viewflow.css")

    @property
    def theme_links(self) -> SafeString:
        """Stylesheet and colour of the site, for the head of the page."""
        links = ""
        if url := self.theme_url:
            links += f'<link rel="stylesheet" href="{escape(url)}">'
        if colour := getattr(self.site, "primary_color", None):
            links += f'<meta name="theme-color" content="{escape(colour)}">'
        return SafeString(links)

    @property
    def theme_key(self) -> tuple[Any, ...]:
        """Changes when the colours of the site do."""
        return self.theme_url, getattr(self.site, "primary_color", None)

    @property
    def brand_key(self) -> tuple[Any, ...]:
        """Changes when the head of the sidebar does: the site's address, title and icon."""
        site = self.site
        return (self.home_url, str(site.title), str(site.icon)) if site is not None else ()

    @property
    def tools_key(self) -> tuple[Any, ...]:
        """Changes when the menus of the toolbar do: theme, person and account links."""
        person = self.person
        return (
            self.theme,
            self.preferences_url,
            *self.account.values(),
            *((self.name, getattr(person, "email", ""), self.avatar) if person else ()),
        )

    # URLs do not change while a process runs; reversing thirty of them for each page would be
    # most of its cost. They are kept with the resolver, which is replaced when settings change.

    @cached_property
    def _kept(self) -> dict[Any, Any]:
        resolver = get_resolver(getattr(self.request, "urlconf", None))
        by_place = resolver.__dict__.setdefault("_viewflow_shell", {})
        place = (self.site, get_script_prefix(), get_language())
        kept: dict[Any, Any] = by_place.setdefault(place, {})
        return kept

    def _cached(self, key: Any, make: Callable[[], Any]) -> Any:
        kept = self._kept
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def url(self, viewset: Any, name: str) -> str:
        """URL of a page of ``viewset`` that takes no parameters; empty where there is none.

        Parameters of the prefixes that it is mounted below come from the current URL.
        """
        key = (viewset, name)
        kept: str | None = self._kept.get(key)
        if kept is not None:
            return kept
        wanted = tuple(_prefix_names(viewset))
        if not wanted:
            url = self._kept[key] = _reverse(viewset, name)
            return url
        # Mounted below a prefix with parameters: their values come from the current URL.
        if any(key not in self.match.kwargs for key in wanted):
            return ""
        try:
            return current_viewset_reverse(self.request, viewset, name)
        except NoReverseMatch:
            return ""


@cache
def _pictures() -> Any:
    # By name: the kit does not depend on the integrations above it.
    return import_module("viewflow.contrib.auth.avatars")


def _prefix_names(viewset: Any) -> Iterator[str]:
    while viewset is not None:
        yield from viewset.extra_kwargs or ()
        viewset = viewset.parent


def _reverse(viewset: Any, name: str) -> str:
    try:
        return str(viewset.reverse(name))
    except NoReverseMatch:
        return ""


@lru_cache(maxsize=256)
def _direction(language: str) -> str:
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:  # a language that Django does not know
        return "ltr"


def nav_link(url: str, title: Any, icon: Any, current: Any = "", rail: bool = False) -> SafeString:
    """One entry of the sidebar; ``current`` is a value for ``aria-current``."""
    drawing = str(icon) if icon is not None else ""
    return _nav_link(url, conditional_escape(title), drawing, str(current or ""), rail)


@lru_cache(maxsize=1024)
def _nav_link(url: str, text: str, drawing: str, current: str, rail: bool) -> SafeString:
    mark = f' aria-current="{current}"' if current else ""
    hint = f' title="{text}"' if rail else ""
    return SafeString(
        f'<a class="nav-link" href="{escape(url)}"{mark}{hint}>{drawing}<span>{text}</span></a>'
    )


@lru_cache(maxsize=256)
def _app_links(
    entries: tuple[tuple[str, SafeString, str, str, bool, bool], ...], rail: bool
) -> SafeString:
    parts: list[str] = []
    open_group = ""
    for url, title, icon, group, current, is_app in entries:
        if group != open_group:
            if open_group:
                parts.append("</details>")
            if group:
                chevron = lucide("chevron-right", "icon sm flip")
                parts.append(
                    f'<details class="nav" open><summary class="nav-title">{chevron}'
                    f"{escape(group)}</summary>"
                )
            open_group = group
        parts.append(_nav_link(url, title, icon, "true" if current else "", rail))
        if is_app:
            parts.append(MENU_MARK)
    if open_group:
        parts.append("</details>")
    return SafeString("".join(parts))


def initials(name: str) -> str:
    """At most two letters for a name: ``Marta Rossi`` gives ``MR``."""
    words = name.split()
    if len(words) > 1:
        return (words[0][0] + words[-1][0]).upper()
    return name[:2].upper()


def person_class(person: Any) -> str:
    """A class that gives the same person the same colour on every page."""
    pk = getattr(person, "pk", None)
    number = pk if isinstance(pk, int) else sum(map(ord, str(pk or "")))
    return f"h{number % 6}" if number % 6 else ""


def asset_url(path: str) -> str:
    """URL of a static file, also where the manifest of a storage does not list it.

    Without that exception the 500 page of a half-deployed server would fail itself.
    """
    return _asset_url(path, get_script_prefix())


@lru_cache
def _asset_url(path: str, prefix: str) -> str:
    try:
        return static(path)
    except ValueError:
        return f"{settings.STATIC_URL or '/static/'}{path}"


@receiver(setting_changed)
def _forget_assets(*, setting: str, **kwargs: Any) -> None:
    if setting in {"STATIC_URL", "STORAGES"}:
        _asset_url.cache_clear()
