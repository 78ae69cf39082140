"""The numbers beside "Inbox" and "Queue", for a page that stays open.

A page asks again when somebody returns to it, and each half minute while it is looked at. The
answer is two numbers as the menu shows them (12, "500+"), or an empty 304 while they are the same; it costs one statement and writes
nothing, not even the session.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from ..counts import WorkCounts

__all__ = ["work_counts_view"]


def work_counts_view(app: Any) -> Any:
    """Return the view that tells how much work waits for a person in ``app``."""

    @require_safe
    def numbers_of(request: HttpRequest) -> HttpResponseBase | None:
        counts = WorkCounts.of(request, app)
        numbers = {
            name: number if counts.is_exact(name) else counts.texts[name]
            for name, number in counts.numbers.items()
        }
        response = JsonResponse(numbers)
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ["Cookie"])
        etag = response["ETag"] = f'"{numbers["inbox"]}-{numbers["queue"]}"'
        return get_conditional_response(request, etag=etag, response=response)

    def work_counts(request: HttpRequest) -> HttpResponseBase | None:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return numbers_of(request)

    work_counts.viewflow_hidden = True  # type: ignore[attr-defined]
    return work_counts
