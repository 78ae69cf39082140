"""Request-side glue of the site kit.

``SiteMiddleware`` tells views and templates which Site, Application and Viewset a URL belongs to,
keeps out those who may not enter and tells browsers which pages they may fetch early. All
middlewares here work under WSGI and ASGI; under ASGI Django runs the permission check in a
thread, because it may query the database.
"""

from __future__ import annotations

from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import activate, get_language

from .urls.resolver import match_extra
from .urls.speculation import speculation_header
from .visitor import read_session_quickly

__all__ = ["HotwireTurboMiddleware", "NulByteMiddleware", "SiteMiddleware"]


class SiteMiddleware:
    """Sets ``request.resolver_match.site``, ``.app`` and ``.viewset``; checks site and app.

    A user without the permission of any Site or Application around the page gets 403. Place it
    after ``AuthenticationMiddleware``; without ``request.user`` it raises ``ValueError``.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        read_session_quickly(request)
        # Where no middleware has chosen a language, each of the fifty texts of a page would look
        # for one and fail before it takes that of the settings. Chosen by name, it is found.
        if (language := get_language()) is not None:
            activate(language)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Publish the extras of the match; raise ``PermissionDenied`` for those who may not enter."""
        if not hasattr(request, "user"):
            raise ValueError(
                "SiteMiddleware needs request.user: list "
                "'django.contrib.auth.middleware.AuthenticationMiddleware' in MIDDLEWARE "
                "before 'viewflow.middleware.SiteMiddleware'."
            )
        match = request.resolver_match
        extra = match_extra(match)
        if not extra:
            return
        for name, value in extra.items():
            setattr(match, name, value)
        if getattr(view, "viewflow_public", False):
            return  # colours and the theme switch serve the login page too
        # Every container on the way is asked, not only the innermost: a site within a site must
        # not open what the outer one keeps closed.
        viewset = extra.get("viewset")
        while viewset is not None:
            if viewset.keeps_out(request.user):
                raise PermissionDenied
            viewset = viewset.parent

    def process_template_response(self, request: HttpRequest, response: Any) -> Any:
        """Add what the Application offers to every page's context, and what may be fetched early."""
        match = request.resolver_match
        site = getattr(match, "site", None)
        whole = request.method == "GET" and "HX-Request" not in request.headers
        if site is not None and whole and response.status_code == 200:
            known = request.user.is_authenticated
            if known and (header := speculation_header(request, site)):
                response.headers.setdefault("Speculation-Rules", header)
        app = getattr(match, "app", None)
        data = app.get_context_data(request) if app is not None else None
        if data:
            context = response.context_data
            if context is None:
                context = response.context_data = {}
            clash = sorted(data.keys() & context.keys())
            if clash:
                raise ValueError(
                    f"{app.__class__.__name__}.get_context_data() and the view both set "
                    f"{', '.join(clash)}; rename one of them."
                )
            context.update(data)
        return response


def _turbo_status(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if request.method == "POST" and request.headers.get("X-Request-Framework") == "Turbo":
        # Turbo shows a form page only when it comes as an error, and follows 303 with a GET.
        response.status_code = {200: 422, 301: 303}.get(response.status_code, response.status_code)
    return response


@sync_and_async_middleware
def HotwireTurboMiddleware(get_response: Any) -> Any:
    """Answer Turbo's form posts with the status codes it expects; leave all else alone."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            return _turbo_status(request, await get_response(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        return _turbo_status(request, get_response(request))

    return answer


def _refuse_nul_bytes(request: HttpRequest) -> None:
    if (
        "\x00" in request.path_info
        or "%00" in request.META.get("QUERY_STRING", "")
        or any("\x00" in name + value for name, value in request.COOKIES.items())
    ):
        raise BadRequest("The request has a NUL byte in its address or in a cookie.")


@sync_and_async_middleware
def NulByteMiddleware(get_response: Any) -> Any:
    """Answer 400 to a NUL byte in the path, the query string or a cookie.

    No person sends one, and PostgreSQL takes none in a text: the lists of Django's admin and its
    sessions would answer 500. The pages of this library do without it. List it in ``MIDDLEWARE``
    before the middleware of sessions.
    """
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            _refuse_nul_bytes(request)
            return await get_response(request)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        _refuse_nul_bytes(request)
        return get_response(request)

    return answer
