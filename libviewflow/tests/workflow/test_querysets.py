"""The lists that the pages are made of: inbox, queue, archive, next task."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.contrib.contenttypes.models import ContentType

from viewflow.workflow import STATUS
from viewflow.workflow.models import Process, Task

from . import flows
from .models import Shipment
from .steps import act_on, begin, last, perform, person, request_of

pytestmark = pytest.mark.django_db

BOTH = [flows.PizzaFlow, flows.AllowedFlow]


def names(queryset):
    return sorted(task.flow_task.name for task in queryset)


def grant(user, codename, model=Shipment):
    content_type = ContentType.objects.get_for_model(model, for_concrete_model=False)
    user.user_permissions.add(Permission.objects.get(content_type=content_type, codename=codename))
    return type(user)._default_manager.get(pk=user.pk)


@pytest.fixture
def root(db):
    return person("root", is_superuser=True)


@pytest.fixture
def shipment(root):
    return begin(flows.AllowedFlow, root, "closed")


def test_inbox_has_my_open_tasks(ann, bob):
    process = begin(flows.PizzaFlow, bob)
    act_on(last(process, "bake"), "assign", ann)
    assert names(Task.objects.inbox(BOTH, ann)) == ["bake"]
    assert names(Task.objects.inbox(BOTH, bob)) == []
    assert names(Task.objects.inbox([flows.AllowedFlow], ann)) == []
    act_on(last(process, "bake"), "start", request_of(ann))
    assert names(Task.objects.inbox(BOTH, ann)) == ["bake"]
    act_on(last(process, "bake"), "execute")
    assert names(Task.objects.inbox(BOTH, ann)) == []


def test_queue_has_what_nobody_owns(ann, bob):
    process = begin(flows.PizzaFlow, bob)
    assert names(Task.objects.queue(BOTH, ann)) == ["bake"]
    assert names(Task.objects.queue(BOTH, bob)) == ["bake"]
    act_on(last(process, "bake"), "assign", ann)
    assert names(Task.objects.queue(BOTH, bob)) == []
    act_on(last(process, "bake"), "unassign")
    assert names(Task.objects.queue(BOTH, bob)) == ["bake"]


def test_queue_asks_for_the_permission_of_the_task(ann, bob, root, shipment):
    task = last(shipment, "check")
    assert task.owner_permission == "workflow.can_check_shipment"
    assert names(Task.objects.queue(BOTH, bob)) == []
    assert names(Task.objects.queue(BOTH, root)) == ["check"]
    assert names(Task.objects.queue(BOTH, grant(bob, "can_check_shipment"))) == ["check"]


def test_queue_of_nobody_is_empty(ann):
    begin(flows.PizzaFlow, ann)
    assert names(Task.objects.queue(BOTH, AnonymousUser())) == []


def test_archive_has_what_i_finished(ann, bob):
    process = begin(flows.PizzaFlow, ann)
    perform(process, "bake", bob)
    assert names(Task.objects.archive(BOTH, bob)) == ["bake"]
    assert names(Task.objects.archive(BOTH, ann)) == ["start"]
    assert names(Task.objects.archive([flows.AllowedFlow], bob)) == []


def test_user_queue_and_archive(ann, bob):
    process = begin(flows.PizzaFlow, ann)
    assert names(Task.objects.user_queue(ann)) == ["bake"]
    assert names(Task.objects.user_queue(ann, flow_class=flows.PizzaFlow)) == ["bake"]
    assert names(Task.objects.user_queue(ann, flow_class=flows.SplitFlow)) == []
    perform(process, "bake", bob)
    assert names(Task.objects.user_archive(bob)) == ["bake"]
    assert names(Task.objects.user_archive(bob, flow_class=flows.SplitFlow)) == []


def test_filter_available_needs_the_view_permission(ann, root):
    process = begin(flows.ShipmentFlow, root)
    flow_classes = [flows.ShipmentFlow]
    assert list(Process.objects.filter_available(flow_classes, ann)) == []
    assert [p.pk for p in Process.objects.filter_available(flow_classes, root)] == [process.pk]
    viewer = grant(ann, "view_shipment")
    assert [p.pk for p in Process.objects.filter_available(flow_classes, viewer)] == [process.pk]
    assert Task.objects.filter_available(flow_classes, viewer).count() == 2
    assert Task.objects.filter_available(flow_classes, person("other")).count() == 0


def test_lists_are_newest_first(ann):
    first, second = begin(flows.PizzaFlow, ann), begin(flows.PizzaFlow, ann)
    assert [p.pk for p in Process.objects.all()] == [second.pk, first.pk]
    assert [t.process_id for t in Task.objects.queue(BOTH, ann)] == [second.pk, first.pk]


def test_lists_need_one_query(ann, django_assert_max_num_queries):
    """B316."""
    for _ in range(4):
        process = begin(flows.PizzaFlow, ann, customer_name="Eve")
        act_on(last(process, "bake"), "assign", ann)
    user = person("ann")
    with django_assert_max_num_queries(1):
        rows = list(Task.objects.inbox(BOTH, user).coerce_for(BOTH))
        assert [str(row.brief) for row in rows] == ["Eve waits for bake"] * 4


# the next task ------------------------------------------------------------------------------


def test_the_next_task_is_mine_before_the_queue(ann):
    process = flows.SplitFlow.start.run()
    assert Task.objects.next_user_task(process, ann).flow_task.name in {"left", "right"}
    act_on(last(process, "right"), "assign", ann)
    assert Task.objects.next_user_task(process, ann) == last(process, "right")
    act_on(last(process, "right"), "unassign")
    act_on(last(process, "left"), "assign", ann)
    assert Task.objects.next_user_task(process, ann) == last(process, "left")


def test_there_is_no_next_task_of_others(ann, bob):
    process = begin(flows.PizzaFlow, ann)
    act_on(last(process, "bake"), "assign", ann)
    assert Task.objects.next_user_task(process, bob) is None


def test_a_failed_task_comes_last(ann):
    from viewflow.workflow.context import Context

    process = flows.FailingBranchFlow.start.run(fail=True)
    with Context(propagate_exception=False):
        perform(process, "shaky")
    assert Task.objects.next_user_task(process, ann).flow_task.name == "other"
    perform(process, "other")
    task = Task.objects.next_user_task(process, ann)
    assert (task.flow_task.name, task.status) == ("work", STATUS.ERROR)


def test_the_next_task_may_be_in_a_related_process(ann):
    parent = flows.PizzaFlow
    outer = begin(parent, ann)
    child = flows.HandleFlow.start.run(_parent_task=last(outer, "bake"))
    other = flows.SplitFlow.start.run(_parent_task=last(outer, "bake"))
    act_on(last(other, "left"), "assign", ann)
    assert Task.objects.next_user_task(outer, ann) == last(outer, "bake")
    assert Task.objects.next_user_task(child, ann) == last(outer, "bake")
    act_on(last(outer, "bake"), "assign", person("bob"))
    assert Task.objects.next_user_task(outer, ann) == last(other, "left")
    assert Task.objects.next_user_task(child, ann) == last(other, "left")


def test_nothing_is_next_for_somebody_who_is_not_logged_in(ann):
    """A task without an owner is not theirs."""
    process = begin(flows.PizzaFlow, ann)
    assert Task.objects.next_user_task(process, AnonymousUser()) is None
    assert Task.objects.next_user_task(process, ann) == last(process, "bake")
