"""Sending requests that mean no good, and looking at what they did."""

from __future__ import annotations

import traceback
from collections import Counter
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client

from viewflow.workflow.models import Process, Task

from .models import Case, Paper
from .world import ROLES, World

__all__ = ["MARKER", "Attacker", "snapshot"]

#: If it ever comes back as it is, a page printed what somebody typed without escaping it.
MARKER = "<script>vf</script>"
BREAKOUT = f"'\"></textarea></title>{MARKER}<img src=x onerror=vf>"

#: Statuses of an answer that refuses or leads away.
REFUSED = (400, 403, 404, 405)
SAFE = ("GET", "HEAD", "OPTIONS")


def snapshot() -> tuple[Any, ...]:
    """All rows that a hostile request must not change."""
    found = []
    tables = [model._meta.db_table for model in (Process, Task, Case, Paper, get_user_model())]
    tables += [Task.previous.through._meta.db_table]
    with connection.cursor() as cursor:
        for table in tables:
            columns = "*" if not table.endswith("_user") else "id, username, password, is_active"
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY 1")
            found.append(tuple(cursor.fetchall()))
    return tuple(found)


class Attacker:
    """Clients of all roles. Whatever a request does is undone after it; what is wrong is noted.

    ``faults`` says for each: who, what, and how it failed. ``verdict()`` fails the test with the
    first of them.
    """

    requests = Counter[str]()

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults: list[str] = []
        self.before = snapshot()
        self.clients: dict[str, Client] = {}
        self._cookies: dict[str, dict[str, str]] = {}
        self.strict = {
            role: self._client(role, enforce_csrf_checks=True) for role in ("superuser", "owner")
        }
        for role in ROLES:
            self.clients[role] = self._client(role)
            found = self.clients[role].cookies
            self._cookies[role] = {name: morsel.value for name, morsel in found.items()}

    def _client(self, role: str, **kwargs: Any) -> Client:
        client = Client(**kwargs)
        if role != "anonymous":
            client.force_login(self.world.users[role])
        return client

    def fault(self, text: str) -> None:
        self.faults.append(text)

    def verdict(self) -> None:
        """Fail with what was found."""
        kinds = Counter(fault.split(" | ")[-1][:200] for fault in self.faults)
        assert not self.faults, (
            f"{len(self.faults)} faults; {kinds.most_common(12)}; first:\n"
            + "\n".join(self.faults[:15])
        )

    @contextmanager
    def undone(self) -> Any:
        """Take back whatever is written inside."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def send(
        self, role: str, method: str, url: str, *, client: Client | None = None, **kwargs: Any
    ) -> Any:
        """Send a request; note what no answer may ever do. Return the answer, or ``None``.

        ``changed`` on the answer says whether rows of the workflow are other than before.
        """
        client = client or self.clients[role]
        self.requests[method] += 1
        what = f"{role} {method} {url[:150]} {str(kwargs)[:150]}"
        writes: list[str] = []

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if sql.lstrip("(").upper().startswith(("INSERT", "UPDATE", "DELETE", "REPLACE")):
                writes.append(sql[:80])
            return execute(sql, params, many, context)

        try:
            with self.undone():
                with connection.execute_wrapper(watch):
                    response = self._request(client, method, url, kwargs)
                response.changed = bool(writes) and snapshot() != self.before
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)
            ours = [frame for frame in place if "/viewflow/" in frame.filename] or place
            frame = ours[-1]
            self.fault(
                f"{what} | {type(error).__name__}: {str(error)[:160]} at "
                f"{frame.filename.rpartition('/viewflow/')[2]}:{frame.lineno}"
            )
            return None
        finally:
            # Whoever was signed out, or given cookies, starts afresh: the session is still there.
            if client is self.clients[role]:
                client.cookies = SimpleCookie(self._cookies[role])
        response.writes = writes
        self._audit(what, method, response)
        return response

    def _request(self, client: Client, method: str, url: str, kwargs: dict[str, Any]) -> Any:
        path, _, query = url.partition("?")
        if query:
            kwargs.setdefault("QUERY_STRING", query)
        if method == "POST" and "content_type" not in kwargs:
            return client.post(path, **kwargs)
        return client.generic(method, path, **kwargs)

    def _audit(self, what: str, method: str, response: Any) -> None:
        status = response.status_code
        if status >= 500:
            self.fault(f"{what} | status {status}")
        if status in REFUSED and response.changed:
            self.fault(f"{what} | refused with {status}, but rows changed")
        if method in SAFE and response.writes and not what.count("/reset/MQ/"):
            self.fault(f"{what} | a read wrote: {response.writes[0]}")
        if status in (301, 302, 303, 307, 308):
            to = response["Location"]
            parts = urlsplit(to)
            if (
                parts.netloc not in ("", "testserver")
                or parts.scheme not in ("", "http")
                or to.replace("\\", "/").startswith("//")
            ):
                self.fault(f"{what} | leads away to {to[:80]}")
        if getattr(response, "streaming", False):
            return
        body = response.content
        if MARKER.encode() in body or b"<img src=x" in body:
            at = max(body.find(MARKER.encode()), body.find(b"<img src=x"))
            self.fault(f"{what} | prints unescaped: {body[max(0, at - 60) : at + 20]!r}")
        for name, value in response.items():
            if "\n" in value or "\r" in value or "\x00" in value:
                self.fault(f"{what} | control characters in {name}: {value[:60]!r}")

    def expect(self, what: str, response: Any, *allowed: int, changed: bool = False) -> None:
        """Note an answer of another status, and any change unless one was expected."""
        if response is None:
            return
        if response.status_code not in allowed:
            self.fault(f"{what} | expected {allowed}, got {response.status_code}")
        if response.changed and not changed:
            self.fault(f"{what} | rows changed")
