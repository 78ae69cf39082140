"""What a call of a transition does to the state."""

from __future__ import annotations

import enum
import pickle

import pytest

from viewflow import this
from viewflow.fsm import State, TransitionNotAllowed

from .reviews import Review, Stage


def test_a_new_object_has_the_default_state():
    """B234."""
    assert Review().state == Stage.NEW


def test_a_transition_changes_the_state_and_returns_the_value_of_the_method():
    """B235."""
    review = Review()
    assert review.approve() == "thanks"
    assert review.state == Stage.APPROVED


def test_a_transition_from_another_state_is_refused():
    """B236."""
    review = Review()
    review.approve()
    with pytest.raises(TransitionNotAllowed):
        review.approve()
    assert review.state == Stage.APPROVED
    assert len(review.seen) == 1


def test_the_state_cannot_be_assigned():
    """B237."""
    review = Review()
    with pytest.raises(AttributeError):
        review.state = Stage.PUBLISHED
    assert review.state == Stage.NEW


def test_a_failing_body_restores_the_state_and_keeps_the_error():
    """B238."""
    review = Review()
    with pytest.raises(RuntimeError, match="crash"):
        review.reject(reason="crash")
    assert review.state == Stage.NEW
    assert review.successes == []


def test_the_body_already_sees_the_target():
    """B239."""
    review = Review()
    review.approve()
    assert review.seen == [Stage.APPROVED]


@pytest.mark.parametrize("kind", [list, tuple, set])
def test_any_of_several_sources_matches(kind):
    """B240."""

    class Light:
        color = State(("red", "yellow", "green"), default="red")

        def __init__(self, start):
            self.start = start

        @color.getter()
        def _get(self):
            return self.start

        @color.setter()
        def _set(self, value):
            self.start = value

        @color.transition(source=kind(["red", "yellow"]), target="green")
        def go(self):
            pass

    for start in ("red", "yellow"):
        light = Light(start)
        light.go()
        assert light.color == "green"
    with pytest.raises(TransitionNotAllowed):
        Light("green").go()


def test_any_matches_every_state():
    """B240."""
    fresh = Review()
    fresh.remove()
    assert fresh.state == Stage.REMOVED
    approved = Review()
    approved.approve()
    approved.remove()
    assert approved.state == Stage.REMOVED


def test_without_a_target_the_state_stays_and_success_is_told():
    """B241."""
    review = Review("good")
    review.approve()
    review.publish()
    review.successes.clear()
    assert review.touch(note="again") == "again"
    assert review.state == Stage.PUBLISHED
    assert len(review.successes) == 1
    _, source, target, kwargs = review.successes[0]
    assert (source, kwargs) == (Stage.PUBLISHED, {"note": "again"})
    assert target == Stage.PUBLISHED


def test_target_none_is_refused_where_it_is_declared():
    """B242."""
    state = State(Stage, default=Stage.NEW)
    with pytest.raises(ValueError, match="target"):

        @state.transition(source=Stage.NEW, target=None)
        def lose(self):
            pass


def test_zero_is_a_state_like_any_other():
    """B243."""

    class Counter:
        level = State((0, 1), default=0)

        @level.transition(source=0, target=1)
        def up(self):
            pass

        @level.transition(source=1, target=0)
        def down(self):
            pass

    counter = Counter()
    counter.up()
    assert counter.level == 1
    counter.down()
    assert counter.level == 0
    with pytest.raises(TransitionNotAllowed):
        counter.down()


@pytest.mark.parametrize(
    ("stored", "expected"), [(0, 0), (False, False), (None, 7), ("", 7), (3, 3)]
)
def test_a_getter_may_give_falsy_states_but_nothing_means_the_default(stored, expected):
    """B244."""

    class Stored:
        level = State((0, 3, 7), default=7)

        @level.getter()
        def _get(self):
            return stored

    assert Stored().level == expected
    assert type(Stored().level) is type(expected)


def test_getter_and_setter_keep_the_state_elsewhere():
    class Record:
        stage = "new"

    class Flow:
        state = State(Stage, default=Stage.NEW)

        def __init__(self, record):
            self.record = record

        @state.setter()
        def _set(self, value):
            self.record.stage = value.value

        @state.getter()
        def _get(self):
            return Stage(self.record.stage)

        @state.transition(source=Stage.NEW, target=Stage.APPROVED)
        def approve(self):
            pass

    record = Record()
    Flow(record).approve()
    assert record.stage == "approved"
    assert Flow(record).state == Stage.APPROVED


def test_an_unmet_condition_refuses_with_its_message():
    """B245."""
    review = Review()
    review.approve()
    with pytest.raises(TransitionNotAllowed, match="The review has no text"):
        review.publish()
    assert review.state == Stage.APPROVED


@pytest.mark.parametrize("condition", [lambda flow: False, lambda flow: State.CONDITION(False)])
def test_an_unmet_condition_without_a_message_refuses_too(condition):
    """B245."""

    class Door:
        state = State(("open", "closed"), default="closed")

        @state.transition(source="closed", target="open", conditions=[condition])
        def open(self):
            pass

    door = Door()
    with pytest.raises(TransitionNotAllowed):
        door.open()
    assert door.state == "closed"


def test_all_conditions_must_hold():
    class Door:
        state = State(("open", "closed"), default="closed")
        key = code = False

        @state.transition(
            source="closed", target="open", conditions=[this.has_key, lambda door: door.code]
        )
        def open(self):
            pass

        def has_key(self):
            return self.key

    door = Door()
    door.key = True
    assert not door.open.can_proceed()
    door.code = True
    assert door.open.can_proceed()
    door.open()
    assert door.state == "open"


def test_can_proceed_looks_at_source_and_conditions():
    """B246."""
    review = Review()
    assert review.approve.can_proceed()
    assert not review.publish.can_proceed()
    assert not review.publish.can_proceed(check_conditions=False)
    review.approve()
    assert not review.publish.can_proceed()
    assert review.publish.can_proceed(check_conditions=False)
    review.text = "good"
    assert review.publish.can_proceed()
    assert review.state == Stage.APPROVED


def test_permission_is_nobody_everybody_callable_or_method():
    """B247."""
    review = Review()
    assert not review.remove.has_perm("editor")
    assert review.approve.has_perm("anybody")
    assert review.reject.has_perm("editor")
    assert not review.reject.has_perm("guest")
    review.approve()
    assert review.publish.has_perm("publisher")
    assert not review.publish.has_perm("editor")


def test_a_call_does_not_ask_for_permission():
    """B248."""
    review = Review()
    review.remove()
    assert review.state == Stage.REMOVED


def test_on_success_is_told_descriptor_source_target_and_keywords():
    """B249."""
    review = Review()
    review.reject(reason="dull")
    [(descriptor, source, target, kwargs)] = review.successes
    assert descriptor is not None
    assert (source, target, kwargs) == (Stage.NEW, Stage.REJECTED, {"reason": "dull"})


def test_stacked_transitions_lead_from_each_source_to_its_own_target():
    """B250."""
    fresh = Review()
    fresh.hide_away()
    assert fresh.state == Stage.HIDDEN
    published = Review("good")
    published.approve()
    published.publish()
    published.hide_away()
    assert published.state == Stage.APPROVED


class StrictReview(Review):
    @Review.state.super()
    def approve(self) -> str:
        super().approve.original()
        return "thanks, signed"


class ForgetfulReview(Review):
    def approve(self) -> str:
        return "nothing happens"


class WiderReview(Review):
    @Review.state.super()
    @Review.state.transition(source=Stage.HIDDEN, target=Stage.APPROVED)
    def approve(self) -> str:
        return "wider"


def test_super_keeps_the_inherited_transitions_with_the_new_body():
    """B251."""
    review = StrictReview()
    assert review.approve() == "thanks, signed"
    assert review.state == Stage.APPROVED
    with pytest.raises(TransitionNotAllowed):
        review.approve()


def test_super_may_add_transitions():
    """B251."""
    review = WiderReview()
    review.hide_away()
    assert review.approve() == "wider"
    assert review.state == Stage.APPROVED
    fresh = WiderReview()
    fresh.approve()
    assert fresh.state == Stage.APPROVED
    hidden = Review()
    hidden.hide_away()
    with pytest.raises(TransitionNotAllowed):
        hidden.approve()


def test_an_override_without_super_is_no_transition():
    """B251."""
    review = ForgetfulReview()
    assert review.approve() == "nothing happens"
    assert review.state == Stage.NEW


def test_original_runs_the_body_only():
    """B252."""
    review = Review()
    assert review.approve.original() == "thanks"
    assert review.state == Stage.NEW
    assert review.successes == []


def test_a_falsy_instance_is_an_instance():
    """B255."""

    class Basket:
        state = State(("open", "closed"), default="open")

        def __len__(self):
            return 0

        @state.transition(source="open", target="closed")
        def close(self):
            return "closed"

    basket = Basket()
    assert basket.state == "open"
    assert basket.close() == "closed"
    assert basket.state == "closed"


def test_a_pickled_object_keeps_its_state():
    """B256."""
    review = Review("good")
    review.approve()
    copy = pickle.loads(pickle.dumps(review))  # noqa: S301
    assert copy.state == Stage.APPROVED
    assert review.__dict__["__fsm_state"] == Stage.APPROVED


def test_two_slots_of_one_class_do_not_disturb_each_other():
    class Order:
        payment = State(("due", "paid"), default="due")
        parcel = State(("here", "sent"), default="here")

        @payment.transition(source="due", target="paid")
        def pay(self):
            pass

        @parcel.transition(source="here", target="sent")
        def send(self):
            pass

    order, other = Order(), Order()
    order.pay()
    assert (order.payment, order.parcel) == ("paid", "here")
    assert (other.payment, other.parcel) == ("due", "here")


def test_states_may_be_choices_or_plain_values():
    from django.db import models

    class Size(models.TextChoices):
        SMALL = "S", "Small"
        LARGE = "L", "Large"

    class Shirt:
        size = State(Size, default=Size.SMALL)

        @size.transition(source=Size.SMALL, target=Size.LARGE)
        def grow(self):
            pass

    shirt = Shirt()
    shirt.grow()
    assert shirt.size == "L"


def test_a_refused_transition_says_what_and_where():
    review = Review()
    with pytest.raises(TransitionNotAllowed) as refusal:
        review.publish()
    assert "publish" in str(refusal.value).lower()
    assert "new" in str(refusal.value).lower()


def test_transitions_work_with_enum_members_that_compare_badly():
    class Odd(enum.Enum):
        A = 1
        B = "b"

    class Thing:
        state = State(Odd, default=Odd.A)

        @state.transition(source=Odd.A, target=Odd.B)
        def flip(self):
            pass

    thing = Thing()
    thing.flip()
    assert thing.state is Odd.B
