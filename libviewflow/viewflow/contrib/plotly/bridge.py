"""Between Django and Dash: a request goes in, what Dash answers comes out.

Dash keeps its application in a Flask server of its own. Nothing listens for it: Django checks who asks
and hands over the few requests that a page of Dash makes, without cookies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from dash import Dash
from dash.exceptions import DependencyException, InvalidResourceError
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.safestring import SafeString
from flask import Flask

__all__ = ["current_request", "forward", "is_update", "make_app", "page_parts"]

_request: ContextVar[HttpRequest] = ContextVar("viewflow_dash_request")

#: Headers of Dash's answers that a browser needs.
_KEPT: Final = ("Content-Type", "Cache-Control", "ETag", "Last-Modified")
#: What a page should not tell about the machine.
_PRIVATE: Final = ("python_version", "dash_version_url")
_ESCAPES: Final = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def current_request() -> HttpRequest:
    """Return Django's request inside of a callback or a layout, for instance to ask for the user.

    ``LookupError`` outside of them.
    """
    return _request.get()


@contextmanager
def _asked_by(request: HttpRequest) -> Iterator[None]:
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def make_app(name: str) -> Dash:
    """Return a Dash application that nothing serves yet."""
    server: Any = Flask(name)
    server.config["PROPAGATE_EXCEPTIONS"] = True  # Django answers, logs and mails them
    return Dash(
        name,
        server=server,
        use_async=False,  # callbacks talk to Django's database
        requests_pathname_prefix="/",
        routes_pathname_prefix="/",
        include_assets_files=False,
        suppress_callback_exceptions=True,
        add_log_handler=False,
        update_title="",
    )


def forward(app: Dash, request: HttpRequest, path: str, method: str | None = None) -> HttpResponse:
    """Let Dash answer ``path``; what callbacks raise is raised here too."""
    try:
        with _asked_by(request):
            answer = app.server.test_client().open(
                path,
                method=method or request.method,
                data=request.body if method is None else b"",
                query_string=request.META.get("QUERY_STRING", ""),
                content_type=request.content_type or None,
            )
    except (DependencyException, InvalidResourceError) as error:
        raise Http404("Dash has no such file.") from error
    response = HttpResponse(answer.get_data(), status=answer.status_code)
    for name in _KEPT:
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def is_update(app: Dash, request: HttpRequest) -> bool:
    """Tell whether a request's body asks for an output that the application has, complete."""
    prepare: Any = app
    with _asked_by(request), app.server.test_request_context("/"):
        # What Dash does at its first request. It asks for the layout, which may ask for the user.
        prepare._setup_server()
        try:
            return _is_complete(prepare, json.loads(request.body))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return False


def _is_complete(app: Any, body: Any) -> bool:
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return False
    known = app.callback_map[body["output"]]
    sent = {name: body.get(name) or [] for name in ("inputs", "state", "outputs")}
    if not all(_are_properties(part) for part in sent.values()):
        return False
    if any(len(sent[name]) != len(known[name]) for name in ("inputs", "state")):
        return False
    many = body["output"].startswith(("..", "{"))  # several, or a pattern
    if not many and sent["outputs"] and not isinstance(sent["outputs"], dict):
        return False
    app._prepare_callback(app._initialize_context(body), body)
    return True


def _are_properties(part: Any) -> bool:
    if isinstance(part, list):
        return all(_are_properties(one) for one in part)
    return (
        isinstance(part, dict)
        and isinstance(part.get("id"), str | dict)
        and isinstance(part.get("property"), str)
    )


def page_parts(app: Dash, request: HttpRequest, prefix: str) -> dict[str, Any]:
    """Return what the page of Dash consists of, with addresses below ``prefix``."""
    forward(
        app, request, "/_dash-dependencies", method="GET"
    )  # Dash sets itself up at its first request
    with app.server.test_request_context("/"):
        config = app._config()
        scripts = _addresses(app._generate_scripts_html(), "src")
        styles = _addresses(app._generate_css_dist_html(), "href")
    for name in _PRIVATE:
        config.pop(name, None)
    config |= {"requests_pathname_prefix": prefix, "url_base_pathname": prefix}
    data = json.dumps(config, default=_plain).translate(_ESCAPES)
    return {
        # Data, not a script: policies leave it alone.
        "dash_config": SafeString(
            f'<script id="_dash-config" type="application/json">{data}</script>'
        ),
        "dash_scripts": [_below(prefix, address) for address in scripts],
        "dash_styles": [_below(prefix, address) for address in styles],
        "dash_token": get_token(request),
    }


def _plain(value: Any) -> Any:
    convert = getattr(value, "to_plotly_json", None)
    return convert() if convert else str(value)


def _below(prefix: str, address: str) -> str:
    return prefix + address[1:] if address.startswith("/_dash") else address


def _addresses(html: str, attribute: str) -> list[str]:
    from html.parser import HTMLParser

    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            address = dict(attrs).get(attribute)
            if address:
                found.append(address)

    Reader().feed(html)
    return found
