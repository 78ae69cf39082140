"""Database transactions: how one begins, and what it means when the database refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .exceptions import FlowLockFailed

__all__ = ["is_contention", "only_in_test_case", "write_transaction"]


def only_in_test_case(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether the open transaction is one that a ``TestCase`` is going to roll back."""
    blocks = connection.atomic_blocks
    return bool(blocks) and all(getattr(block, "_from_testcase", False) for block in blocks)


def is_contention(error: DatabaseError) -> bool:
    """Tell whether the database refused because somebody else holds a lock."""
    code = error.args[0] if error.args else None
    if isinstance(code, int):
        return code in {1205, 1213, 3572}  # MySQL: lock wait timeout, deadlock, NOWAIT
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    if sqlstate is not None:
        # lock_not_available, deadlock_detected, serialization_failure, query_canceled
        return sqlstate in {"55P03", "40P01", "40001", "57014"}
    return "locked" in str(error)


@contextmanager
def write_transaction(using: str) -> Iterator[None]:
    """Begin the next transaction as a writer on SQLite; only the begin has to be inside.

    A deferred transaction that reads first and writes later cannot wait for another writer, it
    fails at once; https://www.sqlite.org/lang_transaction.html. Other databases are not touched.
    """
    connection: Any = connections[using]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()  # connecting reads the mode from the settings
    mode = connection.transaction_mode
    connection.transaction_mode = "IMMEDIATE"
    try:
        yield
    except OperationalError as error:
        if is_contention(error):
            raise FlowLockFailed(
                "Others are writing to the database and did not finish in time. Nothing was "
                "changed; try again."
            ) from error
        raise
    finally:
        connection.transaction_mode = mode
