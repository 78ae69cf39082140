"""The colours of a Site as a stylesheet, and the switch for theme and sidebar.

Both are URLs rather than inline code, so pages run under a strict content security policy.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.urls import NoReverseMatch
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

__all__ = ["colour_css", "preferences_view", "theme_view"]

THEMES: Final = ("auto", "light", "dark")
THEME_COOKIE: Final = "vf_theme"
RAIL_COOKIE: Final = "vf_rail"
MAX_URL: Final = 2048  # a longer address to go back to would be refused as a header
YEAR: Final = 365 * 24 * 60 * 60

# CSS Color 4: a keyword, a hexadecimal notation, or a colour function. Anything that could end
# the declaration (; } " ' \ comments) or load something (url) matches none of them.
_NOTATION: Final = (
    r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|[a-z]+|"
    r"(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\([a-z0-9.,%/+\s-]*\)"
)
_COLOUR: Final = re.compile(
    rf"(?:{_NOTATION})|color-mix\(\s*in [a-z0-9 -]+,\s*(?:{_NOTATION})(?:\s+[0-9.]+%)?\s*,"
    rf"\s*(?:{_NOTATION})(?:\s+[0-9.]+%)?\s*\)|"
    rf"light-dark\(\s*(?:{_NOTATION})\s*,\s*(?:{_NOTATION})\s*\)",
    re.IGNORECASE,
)


def checked_colour(owner: Any, name: str) -> str | None:
    """``owner.<name>`` if it is a CSS colour or not set; ``ValueError`` names what it is."""
    value = getattr(owner, name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 200 or not _COLOUR.fullmatch(value.strip()):
        raise ValueError(
            f"{type(owner).__name__}.{name} must be a CSS colour such as '#2f5fd8' or "
            f"'oklch(55% 0.2 262)', got {value!r}."
        )
    return value.strip()


def colour_css(site: Any) -> str:
    """``:root{--primary:…;--secondary:…}`` for the colours that the Site sets."""
    rules = [
        f"--{name}:{colour}"
        for name in ("primary", "secondary")
        if (colour := checked_colour(site, f"{name}_color"))
    ]
    return f":root{{{';'.join(rules)}}}\n" if rules else ""


def css_version(css: str) -> str:
    """A short name of this very content: it makes a URL that can be cached for ever."""
    return hashlib.sha256(css.encode()).hexdigest()[:12]


def theme_view(site: Any) -> Any:
    """The view behind ``theme.css``. It never touches session or user, so any cache may keep it."""

    @require_safe
    def theme(request: HttpRequest) -> HttpResponse:
        css = colour_css(site)
        version = css_version(css)
        etag = f'"{version}"'
        response: HttpResponse
        if request.headers.get("If-None-Match") == etag:
            response = HttpResponseNotModified()
        else:
            response = HttpResponse(css, content_type="text/css; charset=utf-8")
        response["ETag"] = etag
        named = request.GET.get("v") == version
        response["Cache-Control"] = (
            f"public, max-age={YEAR}, immutable" if named else "public, max-age=3600"
        )
        return response

    return _public(theme)


def preferences_view(site: Any) -> Any:
    """POST ``theme`` (auto, light, dark) and ``rail`` (1, 0); back to ``next`` or the referrer."""

    @require_POST
    def preferences(request: HttpRequest) -> HttpResponse:
        response = HttpResponseRedirect(_return_url(request, site))
        theme = request.POST.get("theme")
        if theme in THEMES:
            _remember(request, response, THEME_COOKIE, theme)
        if "rail" in request.POST:
            if request.POST["rail"] in {"1", "on"}:
                _remember(request, response, RAIL_COOKIE, "1")
            else:
                response.delete_cookie(RAIL_COOKIE, samesite="Lax")
        return response

    return _public(preferences)


def _public(view: Any) -> Any:
    view.viewflow_public = True  # the login page of a closed site needs it too
    view.viewflow_hidden = True  # an index never leads here
    return view


def _remember(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, secure=request.is_secure(), samesite="Lax")


def _return_url(request: HttpRequest, site: Any) -> str:
    for url in (request.POST.get("next"), request.headers.get("Referer")):
        if not url or len(iri_to_uri(url)) > MAX_URL:
            continue
        if url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            return url
    try:
        return str(site.reverse("index"))
    except NoReverseMatch:
        return "/"
