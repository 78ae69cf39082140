"""RedisLock: a lock that lives as long as its holder, and hardly longer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.exceptions import LockError, RedisError

from viewflow.workflow.lock import CacheLock, is_dead, lock_failed, owner_mark, pause
from viewflow.workflow.repeating import Repeater

__all__ = ["RedisLock"]


class RedisLock(CacheLock):
    """A lock in Redis, and the row as well, as with ``CacheLock``.

    ``cache`` is a Django cache in Redis (Django's own, or that of django-redis) or a client of the
    package ``redis``. The lock is taken for ``expires`` seconds and renewed for as long as the
    step lasts; when a machine dies, others get it after that time. A release never removes
    somebody else's lock and never fails. Raises ``FlowLockFailed`` after ``attempts``.
    """

    def __init__(self, cache: Any, attempts: int = 5, expires: float = 30) -> None:
        super().__init__(cache, attempts, expires)  # type: ignore[arg-type]

    @property
    def client(self) -> Any:
        """The client of the package ``redis`` that talks to the server."""
        cache: Any = self.cache
        if hasattr(cache, "register_script"):
            return cache
        inner: Any
        for inner in (getattr(cache, "client", None), getattr(cache, "_cache", None)):
            if hasattr(inner, "get_client"):
                return inner.get_client(write=True)
        raise TypeError(f"{cache!r} is neither a cache in Redis nor a Redis client.")

    def _take(self, flow_class: Any, process_pk: Any, key: str) -> Callable[[], None]:
        client, mark = self.client, f"{owner_mark()}{uuid.uuid4().hex}"
        lock = client.lock(key, timeout=self.expires, thread_local=False)
        for attempt in range(self.attempts):
            if lock.acquire(blocking=False, token=mark) or self._inherit(client, key, lock, mark):
                # Shorter steps never renew; see Repeater.
                renewal = Repeater(lock.reacquire, every=self.expires / 3, name=f"lock {key}")
                return lambda: _release(lock, renewal)
            if attempt + 1 < self.attempts:
                pause(attempt)
        raise lock_failed(flow_class, process_pk, self.attempts)

    def _inherit(self, client: Any, key: str, lock: Any, mark: str) -> bool:
        """Take over the lock of a process of this machine that was killed."""
        held = client.get(key)
        held = held.decode() if isinstance(held, bytes) else held
        if not is_dead(held):
            return False
        with suppress(LockError):
            # Removes it only if it is still that one.
            client.lock(key, timeout=self.expires, thread_local=False).do_release(held)
        return bool(lock.acquire(blocking=False, token=mark))


def _release(lock: Any, renewal: Repeater) -> None:
    renewal.stop()
    # It may have run out, and Redis may be away: the lock ends by itself then.
    with suppress(RedisError):
        lock.release()
