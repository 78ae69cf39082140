"""What can be asked about states and transitions without calling them."""

from __future__ import annotations

import pytest

from viewflow.fsm import State, Transition

from .reviews import Review, Stage


def test_the_class_lists_its_transitions_by_method():
    transitions = Review.state.get_transitions()
    names = {getattr(method, "slug", getattr(method, "__name__", "")) for method in transitions}
    assert names == {"approve", "reject", "publish", "remove", "touch", "hide_away"}
    assert all(isinstance(t, Transition) for group in transitions.values() for t in group)


def test_a_transition_knows_its_parts():
    """B257, B258."""
    reject = Review.reject.get_transitions()[0]
    assert reject.custom == {"icon": "block"}
    assert reject.target == Stage.REJECTED
    assert reject.slug == "reject"
    assert reject.label == "Turn down"
    [approve] = Review.approve.get_transitions()
    assert approve.label == "Approve"
    assert approve.source == Stage.NEW
    assert approve.func.__name__ == "approve"


def test_a_label_is_made_of_the_method_name():
    """B258."""
    labels = {t.source: t.label for t in Review.hide_away.get_transitions()}
    assert labels == {Stage.NEW: "Hide Away", Stage.PUBLISHED: "Take back"}


def test_a_function_may_carry_its_label():
    """The label of the function is used when the declaration has none."""
    state = State(("a", "b"), default="a")

    def body(self):
        pass

    body.label = "Do it"

    class Flow:
        pass

    Flow.state = state
    state.__set_name__(Flow, "state")
    Flow.run = state.transition(source="a", target="b")(body)
    [transition] = Flow.run.get_transitions()
    assert transition.label == "Do it"


def test_slug_and_label_are_readable_from_the_class_and_the_object():
    assert Review.reject.slug == "reject"
    assert Review.reject.label == "Turn down"
    assert Review().reject.label == "Turn down"


def test_outgoing_transitions_leave_out_any_that_is_already_there():
    """B254."""
    outgoing = {t.slug for t in Review.state.get_outgoing_transitions(Stage.NEW)}
    assert outgoing == {"approve", "reject", "hide_away", "remove"}
    assert {t.slug for t in Review.state.get_outgoing_transitions(Stage.REMOVED)} == set()


def test_available_transitions_are_the_permitted_ones():
    """B253: conditions are not asked, permission is."""
    review = Review()
    review.approve()
    slugs = {
        t.slug for t in Review.state.get_available_transitions(review, Stage.APPROVED, "publisher")
    }
    assert slugs == {"publish"}
    slugs = {
        t.slug for t in Review.state.get_available_transitions(review, Stage.APPROVED, "editor")
    }
    assert slugs == {"reject"}


def test_a_transition_object_answers_for_an_instance():
    review = Review()
    [publish] = Review.publish.get_transitions()
    assert not publish.conditions_met(review)
    review.text = "good"
    assert publish.conditions_met(review)
    assert publish.has_perm(review, "publisher")
    assert not publish.has_perm(review, "editor")


@pytest.mark.parametrize("met", [True, False])
def test_a_condition_is_as_true_as_its_answer(met):
    condition = State.CONDITION(met, unmet="why not")
    assert bool(condition) is met
    assert condition.message == "why not"


def test_an_inherited_class_has_the_same_transitions():
    class Child(Review):
        pass

    assert len(Child.state.get_transitions()) == len(Review.state.get_transitions())
    child = Child()
    child.approve()
    assert child.state == Stage.APPROVED
    assert Review().state == Stage.NEW
