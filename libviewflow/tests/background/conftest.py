"""What these tests share with those of the engine."""

from __future__ import annotations

from tests.workflow.conftest import committed, shared

__all__ = ["committed", "shared"]
