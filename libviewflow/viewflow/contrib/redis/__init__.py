"""A lock of a process in Redis: ``lock_impl = RedisLock(cache=caches["default"])``.

Needs the extra ``libviewflow[redis]``.
"""

from __future__ import annotations

try:
    import redis  # noqa: F401 - only to say clearly what is missing
except ImportError as error:
    raise ImportError(
        "viewflow.contrib.redis needs the package redis: pip install 'libviewflow[redis]'."
    ) from error

from .lock import RedisLock

__all__ = ["RedisLock"]
