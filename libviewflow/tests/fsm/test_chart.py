"""The state diagram as Graphviz text."""

from __future__ import annotations

import enum

import pytest
import viewflow.fsm
from django.db import models
from viewflow.fsm import State

from .reviews import Review

chart = getattr(viewflow.fsm, "chart", None)
pytestmark = pytest.mark.skipif(
    not callable(chart), reason="viewflow.fsm.chart is not part of this build yet"
)


def test_the_chart_is_the_same_on_each_run():
    """B259."""
    text = chart(Review.state)
    assert text.startswith("digraph")
    assert all(chart(Review.state) == text for _ in range(3))
    assert "Turn down" in text


def test_the_chart_needs_no_order_of_states():
    """B259."""

    class Mixed(enum.Enum):
        A = 1
        B = "b"

    class Size(models.IntegerChoices):
        SMALL = 0, "Small one"
        LARGE = 1, "Large one"

    class First:
        state = State(Mixed, default=Mixed.A)

        @state.transition(source=State.ANY, target=Mixed.B)
        def go(self):
            pass

    class Second:
        state = State(Size, default=Size.SMALL)

        @state.transition(source=Size.SMALL, target=Size.LARGE)
        def go(self):
            pass

    class Third:
        state = State((0, "x", 2.5), default=0)

        @state.transition(source=0, target="x")
        def go(self):
            pass

    assert "digraph" in chart(First.state)
    assert "Small one" in chart(Second.state)
    assert "Large one" in chart(Second.state)
    assert "digraph" in chart(Third.state)


def test_a_transition_without_target_draws_no_vertex_of_its_own():
    """B260."""
    assert "DEFAULT" not in chart(Review.state)


def test_guards_are_shown_when_asked_for():
    assert "has_text" not in chart(Review.state)
    assert "has_text" in chart(Review.state, exclude_guards=False)
