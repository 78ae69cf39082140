"""A served site with a database of its own, filled once for each module.

Django's live server would empty the database after each test, and on SQLite all its threads
would share one connection in memory, which no double click survives. So the tests here get a file
on SQLite, with a connection for each thread as in real life.
"""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import contextmanager

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from django.test.client import Client
from django.test.testcases import LiveServerThread

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


@contextmanager
def own_database(path):
    default = connections["default"]
    if default.vendor != "sqlite":
        yield
        call_command("flush", interactive=False, verbosity=0)
        return
    default.ensure_connection()
    with sqlite3.connect(path) as copy:
        default.connection.backup(copy)
    copy.close()
    before = connections.settings["default"]
    connections.settings["default"] = {**before, "NAME": str(path), "OPTIONS": {"timeout": 20}}
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = before
        connections["default"] = default


class Forno:
    """The served site: where it is, what is in it, and doors for the people of the database."""

    def __init__(self, url, at, chromium):
        self.url, self.at, self.chromium = url, at, chromium
        self._contexts = {}

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

    def shared(self, name, width):
        """Return the window of that person and width which all tests of the module use."""
        key = name, width
        if key not in self._contexts:
            viewport = {"width": width, "height": 800 if width > 800 else 844}
            person = getattr(self.at, name) if name else None
            self._contexts[key] = self.context(person, viewport=viewport)
        return self._contexts[key]

    def close(self):
        for context in self._contexts.values():
            context.close()


@pytest.fixture(scope="module")
def forno(chromium, django_db_setup, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("forno")
    from django.conf import settings

    changed = override_settings(
        ROOT_URLCONF="tests.browser.urls",
        MEDIA_ROOT=folder,
        MIDDLEWARE=[
            "tests.chromium.strict",
            "django.middleware.gzip.GZipMiddleware",
            *settings.MIDDLEWARE,
        ],
    )
    with django_db_blocker.unblock(), own_database(folder / "db.sqlite3"), changed:
        at = fill()
        server = LiveServerThread("localhost", static_handler=Assets)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        site = Forno(f"http://localhost:{server.port}", at, chromium)
        yield site
        site.close()
        server.terminate()


@pytest.fixture
def window(forno):
    """Open a page in a window of its own; the test fails when the console reports an error."""
    contexts, errors = [], []

    def open_(path="/", person="ada", **options):
        context = forno.context(person and getattr(forno.at, person), **options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        tab.goto(path)
        return tab

    open_.errors = errors
    yield open_
    for context in contexts:
        context.close()
    assert errors == []
