from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

if TYPE_CHECKING:
    from django.test import Client


def test_alive_needs_no_database_and_no_host_name(client: Client) -> None:
    response = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert not response.cookies


@pytest.mark.django_db
def test_ready_with_database_and_migrations(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["migrations_waiting"] == 0


@pytest.mark.django_db
def test_not_ready_while_migrations_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *args: [("a", False)])
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["migrations_waiting"] == 1


@pytest.mark.django_db
def test_not_ready_without_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(connection: BaseDatabaseWrapper) -> None:
        raise OperationalError("host db.internal is down")

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", fail)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "unreachable"}


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
