"""Health checks: is the process alive, and can it do its work?

``/healthz`` answers as long as the process runs. ``/readyz`` also needs the database and all
migrations; an orchestrator sends people here only then. Both are a middleware before all others,
so that a check needs neither an allowed host name nor https, and starts no session.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

if TYPE_CHECKING:
    from collections.abc import Callable


logger = logging.getLogger(__name__)


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.migrated = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in {"/healthz", "/readyz"}:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = self.alive() if request.path_info == "/healthz" else self.ready()
        response["Cache-Control"] = "no-store"
        response["Content-Length"] = str(len(response.content))
        return response

    def alive(self) -> HttpResponse:
        return JsonResponse({"status": "ok"})

    def ready(self) -> HttpResponse:
        """Errors are in the log, not in the answer: anybody may ask."""
        try:
            connection.ensure_connection()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            waiting = self.waiting_migrations()
        except DatabaseError as error:
            connection.close()
            logger.error("Not ready: the database does not answer: %s", error)
            return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
        if waiting:
            answer = {"status": "unavailable", "database": "ok", "migrations_waiting": waiting}
            return JsonResponse(answer, status=503)
        return JsonResponse({"status": "ok", "database": "ok", "migrations_waiting": 0})

    def waiting_migrations(self) -> int:
        # Looked up until there are none: a running process does not lose a migration.
        if not self.migrated:
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if plan:
                return len(plan)
            self.migrated = True
        return 0
