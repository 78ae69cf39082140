"""State machines as drawings: what is on them, and that nothing lies on anything else."""

from __future__ import annotations

import enum
import itertools
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chart.test_layout import overlap, words_box
from tests.examples import examples
from viewflow.drawing.layout import draw
from viewflow.fsm import State
from viewflow.fsm.diagram import _machine, state_document, state_map

from .models import ArticleMachine, Status
from .reviews import Review


def test_states_and_transitions_are_drawn_and_can_be_heard():
    page = state_map(ArticleMachine.state, Status.REVIEW, label="Articles")
    assert 'role="img" aria-label="Articles"' in page
    assert '<li aria-current="step">In review<ul><li>Approve: Approved</li>' in page
    assert page.count('class="node current"') == 2  # wide and tall
    assert 'class="edge open"' in page
    assert "style=" not in page


def test_a_transition_from_any_state_is_drawn_once():
    page = state_map(ArticleMachine.state)
    assert "<li>Any state<ul><li>Hide: Hidden</li></ul></li>" in page
    assert page.count("Hide: Hidden") == 1
    assert "node current" not in page and "aria-current" not in page and "edge open" not in page


def test_few_ways_from_any_state_are_drawn_one_by_one():
    class Light(enum.Enum):
        ON = 1
        OFF = 2

    class Lamp:
        state = State(Light, default=Light.OFF)

        @state.transition(State.ANY, Light.ON)
        def switch_on(self):
            pass

    page = state_map(Lamp.state, Light.OFF)
    assert "Any state" not in page and "<li>Switch On: On</li>" in page


def test_the_file_is_an_svg_document_of_its_own():
    """B269."""
    root = ET.fromstring(state_document(ArticleMachine.state, "Articles <1>", Status.DRAFT))  # noqa: S314
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root[0].text == "Articles <1>"
    text = " ".join(root.itertext())
    for state in Status:
        assert state.label.split()[0] in text
    assert not [e for e in root.iter() if e.tag.endswith(("script", "style")) or e.get("style")]


def test_texts_are_escaped():
    class Odd:
        state = State(["<b>", "&"], default="<b>")

        @state.transition("<b>", "&", label="<script>")
        def go(self):
            pass

    page = state_map(Odd.state, "<b>")
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "<b>" not in page


def machine_of(arrows):
    """A machine with numbered states and the given ``(source, target, label)``."""
    body = {"state": State(range(6), default=0)}
    for number, (source, target, label) in enumerate(arrows):

        def step(self):
            pass

        step.__name__ = f"step_{number}"
        body[step.__name__] = body["state"].transition(source, target, label=label)(step)
    return type("Machine", (), body)


numbers = st.integers(0, 5)
labels = st.sampled_from(["Go", "Turn down", "Ask for a second opinion", "Hide"])


@pytest.mark.parametrize("orient", ["wide", "tall"])
@settings(max_examples=examples(40))
@given(arrows=st.lists(st.tuples(numbers, numbers, labels), min_size=1, max_size=10))
def test_no_words_lie_on_a_state(orient, arrows):
    machine = machine_of(arrows)
    layout = draw(_machine(machine.state.slot, machine, "en").boxes, orient)
    for edge in layout.edges:
        if edge.label is not None and edge.label.lines:
            words = words_box(edge.label)
            for box in layout.nodes.values():
                assert not overlap(words, box)


@pytest.mark.parametrize("machine", [ArticleMachine, Review])
@pytest.mark.parametrize("orient", ["wide", "tall"])
def test_words_do_not_lie_on_each_other(machine, orient):
    layout = draw(_machine(machine.state.slot, machine, "en").boxes, orient)
    words = [words_box(edge.label) for edge in layout.edges if edge.label and edge.label.lines]
    assert words
    for a, b in itertools.combinations(words, 2):
        assert not overlap(a, b), (a.title, b.title)


def test_the_machine_needs_neither_models_nor_pages():
    script = (
        "import sys, viewflow.fsm as fsm; fsm.State; fsm.chart;"
        "loaded = {'viewflow.views', 'viewflow.urls', 'viewflow.fsm.views', 'rest_framework'};"
        "assert not loaded & set(sys.modules), loaded & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_pages_admin_and_api_are_loaded_when_they_are_asked_for():
    import viewflow.fsm as fsm
    from viewflow.fsm import admin, rest, viewset

    assert fsm.FlowAdminMixin is admin.FlowAdminMixin
    assert fsm.FlowRESTMixin is rest.FlowRESTMixin
    assert fsm.FlowViewsMixin is viewset.FlowViewsMixin
    with pytest.raises(AttributeError, match="FlowNothing"):
        fsm.FlowNothing  # noqa: B018


def test_types_have_names():
    from viewflow.fsm.typing import Condition, Permission, UserModel

    def is_long(machine: Review) -> bool:
        return bool(machine.text)

    guard: Condition[Review] = is_long
    right: Permission[Review] = lambda machine, user: guard(machine)  # noqa: E731
    visitor: UserModel[Review] = "ann"
    assert right(Review("text"), visitor)
