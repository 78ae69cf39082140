"""What ``manage.py check`` says about flows."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core import checks
from django.db import models
from django.forms import modelform_factory

from viewflow import this
from viewflow.workflow import Flow, flow, nodes
from viewflow.workflow.flow.views import (
    CreateProcessView,
    UpdateArtifactView,
    UpdateProcessView,
)
from viewflow.workflow.lock import no_lock
from viewflow.workflow.models import AbstractTask

from .contended import CacheLockFlow, DefaultLockFlow, RowLockFlow, UnlockedFlow
from .models import LeanProcess, Order
from .steps import page

pytestmark = pytest.mark.django_db


def warned():
    return {str(w.obj): w for w in checks.run_checks() if w.id == "viewflow.W001"}


def test_a_join_without_a_lock_is_warned_about():
    """B313."""
    found = warned()
    assert any("UnlockedFlow" in obj for obj in found)
    [warning] = [w for obj, w in found.items() if "UnlockedFlow" in obj]
    assert warning.hint
    assert "UnlockedFlow" in warning.msg
    assert UnlockedFlow.lock_impl is no_lock


@pytest.mark.parametrize("flow_class", [DefaultLockFlow, RowLockFlow, CacheLockFlow])
def test_a_join_with_a_lock_is_fine(flow_class):
    """B313: the default is a lock."""
    assert not any(flow_class.__name__ in obj for obj in warned())


def test_a_flow_outside_every_app_does_not_crash_the_check():
    """B313."""
    outside = type(Flow)(
        "OutsideJoinFlow",
        (Flow,),
        {
            "__module__": "no_such_package.flows",
            "process_class": Order,
            "lock_impl": no_lock,
            "start": nodes.Start(page).Next(this.split),
            "split": nodes.Split().Next(this.join),
            "join": nodes.Join().Next(this.end),
            "end": nodes.End(),
        },
    )
    assert outside
    checks.run_checks()


def problems(flow_class):
    """What the checks say about one flow: codes and nodes."""
    found = [w for w in checks.run_checks() if w.obj == str(flow_class)]
    assert all(w.hint for w in found)
    return {(w.id.removeprefix("viewflow."), w.msg.partition(":")[0]) for w in found}


def test_a_node_that_nothing_reaches_is_reported():
    class LonelyFlow(Flow):
        start = nodes.StartHandle().Next(this.end)
        forgotten = nodes.Handle().Next(this.end)
        end = nodes.End()

    assert problems(LonelyFlow) == {("W002", "LonelyFlow.forgotten")}


def test_a_node_without_a_way_to_an_end_is_reported():
    class DeadEndFlow(Flow):
        start = nodes.StartHandle().Next(this.choose)
        choose = nodes.If(lambda activation: True).Then(this.stuck).Else(this.circle)
        stuck = nodes.Handle()
        circle = nodes.Handle().Next(this.again)
        again = nodes.Handle().Next(this.circle)
        end = nodes.End()

    assert problems(DeadEndFlow) == {
        ("W002", "DeadEndFlow.end"),
        ("W003", "DeadEndFlow.stuck"),
        ("W003", "DeadEndFlow.circle"),
        ("W003", "DeadEndFlow.again"),
    }


def test_a_switch_without_a_fallback_is_reported():
    class ChoosyFlow(Flow):
        start = nodes.StartHandle().Next(this.kind)
        kind = nodes.Switch().Case(this.end, lambda activation: False)
        end = nodes.End()

    assert problems(ChoosyFlow) == {("W004", "ChoosyFlow.kind")}


def test_branches_that_meet_in_two_joins_are_reported():
    class ScatteredFlow(Flow):
        start = nodes.StartHandle().Next(this.split)
        split = nodes.Split().Next(this.a).Next(this.b).Next(this.c)
        a = nodes.Handle().Next(this.first)
        b = nodes.Handle().Next(this.first)
        first = nodes.Join().Next(this.second)
        c = nodes.Handle().Next(this.second)
        second = nodes.Join().Next(this.end)
        end = nodes.End()

    assert problems(ScatteredFlow) == {("W005", "ScatteredFlow.split")}


def test_a_field_that_the_process_does_not_have_is_reported():
    """At once, not when somebody opens the form."""

    class Named(UpdateProcessView):
        fields = ["colour"]

    class Computed(UpdateProcessView):
        def get_form_class(self):
            return modelform_factory(Order, fields=[])

    class MisspeltFlow(Flow):
        process_class = Order

        start = flow.Start(CreateProcessView.as_view(fields=["customer_name"])).Next(this.plain)
        plain = flow.View(UpdateProcessView.as_view(fields=["custommer"])).Next(this.named)
        named = flow.View(Named.as_view()).Next(this.other)
        other = flow.View(Named.as_view(model=User, fields=["username"])).Next(this.computed)
        computed = flow.View(Computed.as_view(fields=["anything"])).Next(this.artifact)
        artifact = flow.View(UpdateArtifactView.as_view(fields=["title"])).Next(this.bare)
        bare = flow.View(UpdateProcessView).Next(this.function)
        function = flow.View(page).Next(this.end)
        end = flow.End()

    assert problems(MisspeltFlow) == {
        ("W007", "MisspeltFlow.plain"),
        ("W007", "MisspeltFlow.named"),
    }
    found = [w for w in checks.run_checks() if w.obj == str(MisspeltFlow)]
    assert "Unknown field(s) (custommer) specified for Order." in found[0].msg
    assert "process_class of the flow, which is Order" in found[0].hint


def test_sound_flows_are_silent():
    class NestedSoundFlow(Flow):
        start = nodes.StartHandle().Next(this.outer)
        outer = nodes.Split().Next(this.inner).Next(this.c)
        inner = nodes.Split().Next(this.a).Next(this.b)
        a = nodes.Handle().Next(this.again)
        again = nodes.If(lambda activation: False).Then(this.a).Else(this.both)
        b = nodes.Handle().Next(this.both)
        both = nodes.Join().Next(this.every)
        c = nodes.Handle().Next(this.every)
        every = nodes.Join().Next(this.race)
        race = nodes.SplitFirst().Next(this.d).Next(this.e)
        d = nodes.Handle().Next(this.end)
        e = nodes.Handle().Next(this.end)
        end = nodes.End()
        obsolete = nodes.Obsolete()

    class TwoSplitsOneJoinFlow(Flow):
        start = nodes.StartHandle().Next(this.outer)
        outer = nodes.Split().Next(this.inner).Next(this.c)
        inner = nodes.Split().Next(this.a).Next(this.b)
        a = nodes.Handle().Next(this.join)
        b = nodes.Handle().Next(this.join)
        c = nodes.Handle().Next(this.join)
        join = nodes.Join().Next(this.end)
        end = nodes.End()

    assert problems(NestedSoundFlow) == set()
    assert problems(TwoSplitsOneJoinFlow) == set()


def test_tasks_without_numbers_are_an_error():
    class Unnumbered(AbstractTask):
        id = models.UUIDField(primary_key=True)
        process = models.ForeignKey(LeanProcess, on_delete=models.CASCADE)

        class Meta:
            app_label = "workflow"

    class UnnumberedFlow(Flow):
        process_class = LeanProcess
        task_class = Unnumbered

        start = nodes.StartHandle().Next(this.end)
        end = nodes.End()

    try:
        assert {code for code, _text in problems(UnnumberedFlow)} == {"E001"}
    finally:
        del apps.all_models["workflow"]["unnumbered"]
        apps.clear_cache()


def test_a_flow_without_a_start_is_reported_once():
    """Not once for each of its nodes, which would hide what is wrong."""

    class UnstartedFlow(Flow):
        first = nodes.Handle().Next(this.second)
        second = nodes.Handle().Next(this.end)
        end = nodes.End()

    [warning] = [w for w in checks.run_checks() if w.obj == str(UnstartedFlow)]
    assert (warning.id, warning.msg.partition(":")[0]) == ("viewflow.W002", "UnstartedFlow.first")
    assert "no start" in warning.msg and "flow.Start(…).Next(this.first)" in warning.hint


def test_a_way_back_to_the_start_is_reported():
    """The step before it would fail: a process begins at its start once."""

    class BackToTheStartFlow(Flow):
        start = nodes.StartHandle().Next(this.ask)
        ask = nodes.If(lambda activation: True).Then(this.end).Else(this.start)
        end = nodes.End()

    assert problems(BackToTheStartFlow) == {("W006", "BackToTheStartFlow.start")}
