"""Fixtures of the tests of state machines."""

from __future__ import annotations

from tests.workflow.conftest import committed as committed
