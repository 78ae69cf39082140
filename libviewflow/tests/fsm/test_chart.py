"""The state diagram as Graphviz text."""

from __future__ import annotations

import enum
import os
import subprocess
import sys

import pytest
from django.db import models

from viewflow.fsm import State, chart

from .reviews import Review, Stage


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


def test_every_state_is_a_vertex_and_every_transition_an_edge():
    lines = chart(Review.state).splitlines()
    vertices = [line for line in lines if "->" not in line and "label=" in line]
    assert len(vertices) == len(Stage)
    assert [line for line in vertices if "bold" in line] == [
        '  "new" [label="New", style="rounded,bold"];'
    ]
    edges = {line.strip() for line in lines if "->" in line}
    assert '"new" -> "rejected" [label="Turn down"];' in edges
    assert '"approved" -> "rejected" [label="Turn down"];' in edges
    assert '"published" -> "published" [label="Touch"];' in edges, "no target: a loop"
    removing = {edge for edge in edges if "Remove" in edge}
    assert len(removing) == len(Stage) - 1
    assert '"removed" -> "removed"' not in " ".join(removing)


def test_an_exact_source_hides_the_one_from_anywhere():
    class Door:
        state = State(("open", "shut", "gone"), default="open")

        @state.transition(source=State.ANY, target="gone", label="Burn")
        @state.transition(source="open", target="shut", label="Close")
        def change(self):
            pass

    edges = [line.strip() for line in chart(Door.state).splitlines() if "->" in line]
    assert edges == [
        '"open" -> "shut" [label="Close"];',
        '"shut" -> "gone" [label="Burn"];',
    ]


def test_states_and_labels_cannot_break_out_of_the_text():
    class Odd:
        state = State((1, "1", 'a"b', "c\\", "d\ne"), default=1)

        @state.transition(source="1", target='a"b', label='say "hi"\\')
        def go(self):
            pass

    text = chart(Odd.state)
    assert '"1" [label="1", ' in text
    assert '"1 (2)" [label="1"]' in text
    assert '"1 (2)" -> "a\\"b" [label="say \\"hi\\"\\\\"];' in text
    assert '"d\\ne" [label="d\\ne"]' in text
    assert '"c\\\\" [label="c\\\\"]' in text


@pytest.mark.parametrize("wrong", [Review, "state", None, State(Stage)])
def test_only_a_slot_of_a_class_can_be_drawn(wrong):
    with pytest.raises(TypeError, match="state slot"):
        chart(wrong)


def test_the_chart_does_not_depend_on_hashes():
    """B259."""
    code = (
        "from viewflow.fsm import State, chart\n"
        "class A:\n"
        "    state = State({'x', 'y', 'z', 1, 2.5}, default='x')\n"
        "    @state.transition(source={'x', 'y', 'other', 'fifth'}, target='z')\n"
        "    def go(self): pass\n"
        "print(chart(A.state))"
    )
    texts = set()
    for seed in ("1", "2", "3"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        run = [sys.executable, "-c", code]
        texts.add(subprocess.run(run, env=env, capture_output=True, text=True, check=True).stdout)
    assert len(texts) == 1
    assert texts.pop().count("->") == 4
