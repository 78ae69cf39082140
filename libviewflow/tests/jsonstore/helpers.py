"""What several tests of this package need."""

from __future__ import annotations

import pickle
from typing import Any


def pickled(value: Any) -> Any:
    """Return ``value`` as another process would get it."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301
