"""A lock of a process in Redis: ``lock_impl = RedisLock(cache=caches["default"])``.

Needs the extra ``libviewflow[redis]``.
"""

from __future__ import annotations

from .lock import RedisLock

__all__ = ["RedisLock"]
