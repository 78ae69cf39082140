"""One Chromium for all tests that need one, and the strictest policy that pages run under."""

from __future__ import annotations

import os
import re
import shutil
from typing import Any

__all__ = ["MISSING", "close", "launch", "listen", "strict"]

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

try:
    from playwright.sync_api import sync_playwright
except ImportError:  # pragma: no cover - depends on the machine
    sync_playwright = None  # type: ignore[assignment]

#: Why there can be no browser here; empty where there can.
MISSING = (
    "playwright is not installed"
    if sync_playwright is None
    else ""
    if CHROMIUM
    else "no Chromium: install it or set CHROMIUM to its path"
)

_running: list[Any] = []


def launch() -> Any:
    """Return the browser, started when it is not running yet."""
    if not _running:
        # The driver runs an event loop in this thread; Django would refuse to talk to its database.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        driver = sync_playwright().start()
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        _running[:] = [browser, driver]
    return _running[0]


def close() -> None:
    """Stop the browser and the event loop that other tests must not see."""
    if _running:
        browser, driver = _running
        _running.clear()
        browser.close()
        driver.stop()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def listen(tab: Any, errors: list[str]) -> None:
    """Write down what the console of this tab reports as an error.

    Not that a page transition was left out: a busy Chromium calls that an error of the page
    (w3c/csswg-drafts#13726), and may do so before a script of the page could say otherwise.
    """

    def note(text: str) -> None:
        if not re.match("transition was (aborted|skipped)", text, re.IGNORECASE):
            errors.append(text)

    tab.on("pageerror", lambda error: note(error.message))
    tab.on("console", lambda line: note(line.text) if line.type == "error" else None)


def strict(get_response: Any) -> Any:
    """The strictest content policy under which the pages have to work, as a middleware."""

    def middleware(request: Any) -> Any:
        response = get_response(request)
        response["Content-Security-Policy"] = "default-src 'self'"
        return response

    return middleware
