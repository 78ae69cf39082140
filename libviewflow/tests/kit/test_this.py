"""References to what does not exist yet."""

from __future__ import annotations

import copy
import pickle

import pytest

from viewflow import this
from viewflow.this_object import ThisMethod, ThisObject


class Oven:
    temperature = 300

    def __init__(self, owner="Luigi"):
        self.owner = owner
        self.asked = []

    def bake(self):
        return f"baked by {self.owner}"

    def _this_owner(self, value):
        self.asked.append(value)
        return lambda: f"owner of {value}"


def test_nothing_is_looked_up_before_it_is_asked_for():
    """B1"""

    class Declared:
        reference = this.not_there_yet
        verb = this.not_there_yet.owner

    assert isinstance(Declared.reference, ThisObject)
    assert isinstance(Declared.verb, ThisMethod)


def test_a_reference_knows_its_name():
    """B2"""
    assert this.some_name.name == "some_name"
    assert repr(this.some_name) == "this.some_name"


def test_a_method_stays_bound():
    """B3"""
    oven = Oven("Marta")
    assert this.bake.resolve(oven)() == "baked by Marta"
    assert this.temperature.resolve(oven) == 300


def test_a_verb_is_asked_of_the_target():
    """B4"""
    oven = Oven()
    answer = this.resolve(oven, this.temperature.owner)
    assert oven.asked == [300]
    assert answer() == "owner of 300"
    with pytest.raises(AttributeError, match="_this_colour"):
        this.resolve(oven, this.temperature.colour)


@pytest.mark.parametrize("value", [None, 0, "bake", Oven.bake, Oven, ["x"]])
def test_a_plain_value_comes_back_as_it_is(value):
    """B5"""
    assert this.resolve(Oven(), value) is value


@pytest.mark.parametrize("reference", [this.chimney, this.chimney.owner])
def test_what_is_missing_is_named(reference):
    """B6"""
    with pytest.raises(AttributeError, match="chimney"):
        this.resolve(Oven(), reference)


@pytest.mark.parametrize("reference", [this.bake, this.bake.owner])
def test_references_are_copied_and_pickled(reference):
    """B7"""
    for made in (
        copy.copy(reference),
        copy.deepcopy(reference),
        pickle.loads(pickle.dumps(reference)),  # noqa: S301 - our own bytes
    ):
        assert repr(made) == repr(reference)
        assert type(made) is type(reference)
    with pytest.raises(AttributeError):
        _ = reference.__html__
