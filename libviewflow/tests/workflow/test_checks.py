"""What ``manage.py check`` says about flows."""

from __future__ import annotations

import pytest
from django.core import checks

from viewflow import this
from viewflow.workflow import Flow, nodes
from viewflow.workflow.lock import no_lock

from .contended import CacheLockFlow, DefaultLockFlow, RowLockFlow, UnlockedFlow
from .models import Order
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
