"""How hard Hypothesis looks for a counterexample.

Ordinary runs are a gate, so they are repeatable: the profile ``gate`` makes the same examples each
time. ``make explore`` chooses the profile ``explore``: new examples, many times as many, and what
failed is kept in ``.hypothesis`` and tried first the next time.
"""

from __future__ import annotations

import os

from hypothesis import settings

__all__ = ["examples"]

PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or "gate"
FACTOR = int(os.environ.get("HYPOTHESIS_FACTOR") or 20)

settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("explore", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(PROFILE)


def examples(gate: int) -> int:
    """``max_examples`` of a test: ``gate`` of them, or ``HYPOTHESIS_FACTOR`` times as many."""
    return gate if PROFILE == "gate" else gate * FACTOR
