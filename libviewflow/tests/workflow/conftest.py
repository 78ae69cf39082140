"""Fixtures of the engine's tests."""

from __future__ import annotations

import pytest

from .clock import Clock
from .steps import person


@pytest.fixture
def ann(db):
    return person("ann")


@pytest.fixture
def bob(db):
    return person("bob")


@pytest.fixture
def clock(monkeypatch):
    """The time that timers go by; ``clock.advance(hours=1)``."""
    return Clock(monkeypatch)


@pytest.fixture
def committed(request, tmp_path, monkeypatch):
    """A database whose rows other processes and threads see: the settings to reach it.

    SQLite's tests run in memory, which nobody else can see; they get a file for these tests.
    """
    from django.core.management import call_command
    from django.db import connection, connections

    if connection.vendor != "sqlite":
        # The test is marked with django_db(transaction=True).
        yield {key: connection.settings_dict[key] for key in SETTINGS}
        return

    blocker = request.getfixturevalue("django_db_blocker")
    request.getfixturevalue("django_db_setup")
    path = tmp_path / "shared.sqlite3"
    before = connections["default"]
    file_settings = {**before.settings_dict, "NAME": str(path)}
    monkeypatch.setitem(connections.settings, "default", file_settings)
    with blocker.unblock():
        made = _migrated_file(request.config, connections, call_command)
        path.write_bytes(made)
        connections["default"] = connections.create_connection("default")
        try:
            yield {key: file_settings[key] for key in SETTINGS}
        finally:
            connections["default"].close()
            connections["default"] = before


SETTINGS = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


def _migrated_file(config, connections, call_command) -> bytes:
    """Return the bytes of an empty migrated SQLite file; made once."""
    if not hasattr(config, "_migrated_sqlite"):
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "empty.sqlite3"
            before = connections["default"]
            name = connections.settings["default"]["NAME"]
            connections.settings["default"]["NAME"] = str(path)
            connections["default"] = connections.create_connection("default")
            try:
                call_command("migrate", verbosity=0, run_syncdb=True)
            finally:
                connections["default"].close()
                connections["default"] = before
                connections.settings["default"]["NAME"] = name
            config._migrated_sqlite = path.read_bytes()
    return config._migrated_sqlite


@pytest.fixture
def shared(monkeypatch):
    """An empty folder for caches of locks and orders to crash."""
    import shutil

    from .contended import SHARED

    shutil.rmtree(SHARED, ignore_errors=True)
    SHARED.mkdir(parents=True)
    yield SHARED
    shutil.rmtree(SHARED, ignore_errors=True)
