"""A served site with a database of its own, filled once for each module.

The ``live_server`` of pytest-django empties the database after each test, and on SQLite all its
threads share one connection in memory, which no double click survives. The tests here get a file,
and each thread its connection, as in real life.
"""

from __future__ import annotations

import gzip
import shutil
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from django.test.client import Client
from django.test.testcases import LiveServerThread

from tests.chromium import listen

from .fill import fill


class Assets(StaticFilesHandler):
    """Static files as a production server sends them: compressed, and kept by the browser."""

    def get_response(self, request):
        response = super().get_response(request)
        if response.status_code == 200:
            body = gzip.compress(b"".join(response.streaming_content), 9, mtime=0)
            response.streaming_content = [body]
            response["Content-Encoding"] = "gzip"
            response["Content-Length"] = str(len(body))
            response["Cache-Control"] = "max-age=31536000, public, immutable"
        return response


@pytest.fixture(scope="session")
def empty_database(django_db_blocker, tmp_path_factory):
    """An SQLite file with all tables and no rows."""
    path = tmp_path_factory.mktemp("empty") / "db.sqlite3"
    with django_db_blocker.unblock(), database(path):
        call_command("migrate", run_syncdb=True, verbosity=0)
    return path


@contextmanager
def database(path):
    """Use an SQLite file, whatever else the tests run on: pages look the same."""
    settings = connections.settings
    before, connection = settings["default"], connections["default"]
    settings["default"] = {
        **before,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"timeout": 20},
    }
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        settings["default"] = before
        connections["default"] = connection


#: Addresses that a browser has asked for before somebody opened them.
early = []


def notice_early(get_response):
    """Middleware that keeps the addresses of prefetches in ``early``."""

    def middleware(request):
        if "prefetch" in request.headers.get("Sec-Purpose", ""):
            early.append(request.path)
        return get_response(request)

    return middleware


class Forno:
    """The served site: where it is, what is in it, and doors for the people of the database."""

    def __init__(self, url, at, chromium):
        self.url, self.at, self.chromium = url, at, chromium
        self._tabs = {}

    def cookie(self, person):
        """Return the session cookie of somebody who has just signed in."""
        client = Client()
        client.force_login(person)
        return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.url}

    def context(self, person=None, **options):
        """Return a new window in which ``person`` is signed in."""
        context = self.chromium.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "base_url": self.url, **options}
        )
        if person is not None:
            context.add_cookies([self.cookie(person)])
        return context

    def tab(self, name, script, fresh=False):
        """Return the tab of that person which the tests of a module share, and its errors.

        A ``fresh`` one has a session of its own, for pages that leave it behind.
        """
        key = f"{name}, fresh" if fresh else name
        if fresh or key not in self._tabs:
            if key in self._tabs:
                self._tabs.pop(key)[0].context.close()
            tab = self.context(getattr(self.at, name, None), reduced_motion="reduce").new_page()
            errors = []
            tab.add_init_script(script)
            listen(tab, errors)
            # What a test before has typed may be lost.
            tab.on("dialog", lambda dialog: dialog.accept())
            self._tabs[key] = tab, errors
        tab, errors = self._tabs[key]
        errors.clear()
        return tab, errors

    def close(self):
        for tab, _errors in self._tabs.values():
            tab.context.close()


@contextmanager
def site_of(empty, folder, blocker, **changes):
    """Use a copy of an empty database, and these settings."""
    shutil.copy(empty, folder / "db.sqlite3")
    with blocker.unblock(), database(folder / "db.sqlite3"), override_settings(**changes):
        yield


@contextmanager
def served():
    """Serve the site of the settings; gives its address."""
    server = LiveServerThread("localhost", static_handler=Assets)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.terminate()


@pytest.fixture(scope="module")
def forno(chromium, empty_database, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("forno")
    middleware = [
        "tests.chromium.strict",
        "tests.browser.conftest.notice_early",
        "django.middleware.gzip.GZipMiddleware",
        *settings.MIDDLEWARE,
    ]
    changes = {"ROOT_URLCONF": "tests.browser.urls", "MEDIA_ROOT": folder, "MIDDLEWARE": middleware}
    with site_of(empty_database, folder, django_db_blocker, **changes):
        at = fill()
        with served() as url:
            site = Forno(url, at, chromium)
            yield site
            site.close()


@pytest.fixture
def prefetched(forno):
    early.clear()
    return early


@pytest.fixture
def window(forno):
    """Open a page in a window of its own; the test fails when the console reports an error."""
    contexts, errors = [], []

    def open_(path="/", person="ada", **options):
        context = forno.context(person and getattr(forno.at, person), **options)
        contexts.append(context)
        tab = context.new_page()
        listen(tab, errors)
        tab.goto(path)
        return tab

    open_.errors = errors
    yield open_
    for context in contexts:
        context.close()
    assert errors == []
