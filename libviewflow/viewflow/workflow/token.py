"""``Token`` under the path that migrations of a project's own task model name."""

from __future__ import annotations

from .graph.token import Token

__all__ = ["Token"]
