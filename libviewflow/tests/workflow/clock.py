"""A clock that tests move, so that none of them waits."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

_now = timezone.now


class Clock:
    """``clock.advance(hours=2)``: what reads ``django.utils.timezone.now`` is in the future."""

    def __init__(self, monkeypatch: Any) -> None:
        self.ahead = datetime.timedelta(0)
        monkeypatch.setattr(timezone, "now", self.now)

    def now(self) -> datetime.datetime:
        return _now() + self.ahead

    def advance(self, delta: datetime.timedelta | None = None, **parts: float) -> None:
        self.ahead += delta or datetime.timedelta(**parts)
