"""Which pages a browser may fetch before they are opened: the speculation rules of a Site.

Sent as a response header that names a URL, so a page needs no inline script and the strictest
content policy holds. The URL is a view because the rules must come as
``application/speculationrules+json``, a type that servers of static files do not know.

Pages are fetched early, never run early, and only while the button is already down on a link: what
is shown is not older than a moment. A reading request of this library changes nothing, and links
that a project marks with ``rel="nofollow"``, ``download``, ``target``, ``data-no-prefetch`` or the
class ``danger`` are left alone.
"""

from __future__ import annotations

import json
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import NoReverseMatch, get_resolver, get_script_prefix
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from .theme import YEAR, css_version

__all__ = ["speculation_header", "speculation_rules", "speculation_view"]

#: Words in an address that say that opening it may do something, or brings no page.
ACTING: Final = ("login", "logout", "delete", "export", "download", "impersonate", "_/")
MARKED: Final = "[download], [target], [rel~=nofollow], [data-no-prefetch], .danger"


def speculation_rules(site: Any) -> str:
    """Return the rules of a Site as JSON: its pages, without those whose address acts."""
    files = [url for url in (settings.STATIC_URL, settings.MEDIA_URL) if url and url != "/"]
    spared = [f"/*{word}*" for word in ACTING]
    spared += [f"{url}*" for url in files if url.startswith("/")]
    conditions: list[dict[str, Any]] = [{"href_matches": f"{site.reverse('index')}*"}]
    conditions += [{"not": {"href_matches": pattern}} for pattern in spared]
    conditions.append({"not": {"selector_matches": MARKED}})
    rule = {"source": "document", "where": {"and": conditions}, "eagerness": "conservative"}
    return json.dumps({"prefetch": [rule]})


def speculation_view(site: Any) -> Any:
    """The view behind ``_/speculation.json``. It never touches session or user."""

    @require_safe
    def speculation(request: HttpRequest) -> HttpResponse:
        rules = speculation_rules(site)
        version = css_version(rules)
        response: HttpResponse
        if request.headers.get("If-None-Match") == f'"{version}"':
            response = HttpResponseNotModified()
        else:
            response = HttpResponse(rules, content_type="application/speculationrules+json")
        response["ETag"] = f'"{version}"'
        named = request.GET.get("v") == version
        response["Cache-Control"] = (
            f"public, max-age={YEAR}, immutable" if named else "public, max-age=3600"
        )
        return response

    speculation.viewflow_public = True  # type: ignore[attr-defined]
    speculation.viewflow_hidden = True  # type: ignore[attr-defined]
    return speculation


def speculation_header(request: HttpRequest, site: Any) -> str:
    """Return the value of ``Speculation-Rules`` for a page of ``site``; "" where there is none.

    Addresses do not change while a process runs, so it is made once for each site and place.
    """
    resolver = get_resolver(getattr(request, "urlconf", None))
    kept: dict[Any, str] = resolver.__dict__.setdefault("_viewflow_speculation", {})
    key = (site, get_script_prefix(), get_language())
    if key not in kept:
        try:
            version = css_version(speculation_rules(site))
            kept[key] = f'"{site.reverse("site_speculation")}?v={version}"'
        except NoReverseMatch:  # below a prefix with parameters
            kept[key] = ""
    return kept[key]
