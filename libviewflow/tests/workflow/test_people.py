"""Start, View, Handle and Obsolete: where somebody outside moves the process."""

from __future__ import annotations

import warnings

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.models import Process, Task

from . import flows
from .models import Order, Shipment
from .steps import (
    act_on,
    all_of,
    begin,
    check,
    fresh,
    last,
    live_names,
    perform,
    person,
    picture,
    request_of,
)

pytestmark = pytest.mark.django_db


def permission(user, codename, model=Shipment):
    content_type = ContentType.objects.get_for_model(model, for_concrete_model=False)
    user.user_permissions.add(Permission.objects.get(content_type=content_type, codename=codename))
    return type(user)._default_manager.get(pk=user.pk)


# Start ---------------------------------------------------------------------------------------


def test_a_start_writes_nothing_before_it_is_submitted(ann):
    """B318."""
    node = flows.PizzaFlow.start
    activation = node.activation_class.create(node, None, None)
    activation.start(request_of(ann))
    assert activation.process.pk is None
    assert (Process.objects.count(), Task.objects.count()) == (0, 0)


def test_a_submitted_start_creates_process_and_tasks(ann):
    """B318."""
    before = timezone.now()
    process = begin(flows.PizzaFlow, ann, customer_name="Eve")
    assert picture(process) == ["start DONE", "bake NEW"]
    start = last(process, "start")
    assert start.owner == ann
    assert before <= start.started <= start.finished <= timezone.now()
    assert fresh(process).customer_name == "Eve"
    assert fresh(process).flow_class is flows.PizzaFlow
    check(process)


def test_a_start_by_nobody_has_no_owner():
    process = begin(flows.PizzaFlow, AnonymousUser())
    assert last(process, "start").owner is None


def test_permissions_are_made_by_migrate():
    """B314, B319: for start nodes, tasks and the process model, proxies included."""
    made = set(
        Permission.objects.filter(content_type__app_label="workflow").values_list(
            "content_type__model", "codename"
        )
    )
    assert {
        ("shipment", "can_start_shipment"),
        ("shipment", "can_check_shipment"),
        ("shipment", "manage_shipment"),
        ("shipment", "view_shipment"),
        ("order", "manage_order"),
        ("order", "view_order"),
        ("leanprocess", "manage_leanprocess"),
    } <= made
    content_type = ContentType.objects.get_for_model(Order, for_concrete_model=False)
    assert (content_type.app_label, content_type.model) == ("workflow", "order")


def test_a_start_with_permission_is_for_those_who_have_it(ann):
    """B319."""
    start = flows.AllowedFlow.start
    assert not start.can_execute(ann)
    assert start.can_execute(permission(ann, "can_start_shipment"))
    assert start.can_execute(person("root", is_superuser=True))


def test_available_decides_by_predicate_or_lookup(ann, bob):
    """B320."""
    assert flows.AllowedFlow.public.can_execute(ann)
    assert not flows.AllowedFlow.public.can_execute(bob)
    assert flows.AllowedFlow.named.can_execute(bob)
    assert not flows.AllowedFlow.named.can_execute(ann)


def test_nobody_starts_anonymously(ann):
    """B321."""
    nobody = AnonymousUser()
    for name in ("start", "public", "named", "closed"):
        assert not flows.AllowedFlow.instance.node(name).can_execute(nobody), name


def test_start_nodes_of_a_flow_are_those_i_may_start(ann, bob):
    everything = {node.name for node in flows.AllowedFlow.get_start_nodes()}
    assert everything == {"start", "public", "named", "closed"}
    mine = {node.name for node in flows.AllowedFlow.get_start_nodes(bob)}
    assert "named" in mine
    assert not mine & {"start", "public"}
    root = person("root", is_superuser=True)
    assert {"start", "closed"} <= {node.name for node in flows.AllowedFlow.get_start_nodes(root)}


def test_undoing_the_start_cancels_the_process(ann):
    """B322, B360: once its follower is gone, with the undo function called once."""
    process = begin(flows.PizzaFlow, ann)
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "start"), "undo")
    act_on(last(process, "bake"), "cancel")
    act_on(last(process, "start"), "undo")
    assert picture(process) == ["start CANCELED", "bake CANCELED"]
    assert fresh(process).status == PROCESS.CANCELED
    assert fresh(process).data["trace"] == ["undone start"]
    check(process)


# View ----------------------------------------------------------------------------------------


def test_a_task_is_claimed_started_and_completed(ann):
    """B323, B327."""
    process = begin(flows.PizzaFlow, ann)
    task = last(process, "bake")
    assert (task.status, task.owner, task.assigned, task.started) == (STATUS.NEW, None, None, None)
    act_on(task, "assign", ann)
    task = last(process, "bake")
    assert (task.status, task.owner) == (STATUS.ASSIGNED, ann)
    assert task.assigned is not None
    act_on(task, "start", request_of(ann))
    task = last(process, "bake")
    assert task.status == STATUS.STARTED
    assert task.started is not None
    act_on(task, "execute")
    task = last(process, "bake")
    assert task.status == STATUS.DONE
    assert task.assigned <= task.started <= task.finished
    assert task.owner == ann
    assert live_names(process) == ["deliver"]


def test_execute_starts_an_assigned_task_by_itself(ann):
    process = begin(flows.PizzaFlow, ann)
    act_on(last(process, "bake"), "assign", ann)
    act_on(last(process, "bake"), "execute")
    task = last(process, "bake")
    assert task.status == STATUS.DONE
    assert task.started is not None


def test_an_unassigned_task_returns_to_the_queue(ann):
    """B326."""
    process = begin(flows.PizzaFlow, ann)
    act_on(last(process, "bake"), "assign", ann)
    act_on(last(process, "bake"), "unassign")
    task = last(process, "bake")
    assert (task.status, task.owner, task.assigned) == (STATUS.NEW, None, None)
    check(process)


def test_reassign_hands_over(ann, bob):
    process = begin(flows.PizzaFlow, ann)
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "bake"), "reassign", bob)
    act_on(last(process, "bake"), "assign", ann)
    act_on(last(process, "bake"), "reassign", bob)
    task = last(process, "bake")
    assert (task.status, task.owner) == (STATUS.ASSIGNED, bob)


def test_a_task_is_executed_once(ann):
    """B328."""
    process = begin(flows.PizzaFlow, ann)
    stale = last(process, "bake")
    perform(process, "bake")
    with pytest.raises(TransitionNotAllowed), stale.activation() as activation:
        activation.execute()
    assert len(all_of(process, "deliver")) == 1


def test_a_new_task_cannot_be_executed_before_it_is_claimed(ann):
    process = begin(flows.PizzaFlow, ann)
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "bake"), "execute")
    assert picture(process) == ["start DONE", "bake NEW"]


def test_a_claimed_task_cannot_be_claimed_again(ann, bob):
    process = begin(flows.PizzaFlow, ann)
    act_on(last(process, "bake"), "assign", ann)
    with pytest.raises(TransitionNotAllowed):
        act_on(last(process, "bake"), "assign", bob)
    assert last(process, "bake").owner == ann


def test_a_started_task_cannot_be_cancelled(ann):
    """B329."""
    for until in ("", "assign", "start"):
        process = begin(flows.PizzaFlow, ann)
        task = last(process, "bake")
        if until:
            act_on(task, "assign", ann)
        if until == "start":
            act_on(task, "start", request_of(ann))
            with pytest.raises(TransitionNotAllowed):
                act_on(task, "cancel")
            assert last(process, "bake").status == STATUS.STARTED
        else:
            act_on(task, "cancel")
            stored = last(process, "bake")
            assert stored.status == STATUS.CANCELED
            assert stored.finished is not None
        check(process)


def test_who_may_do_what_with_a_task(ann, bob):
    """B325 for the engine: the questions that the views ask."""
    root = person("root", is_superuser=True)
    process = begin(flows.AllowedFlow, root, "closed")
    node, task = flows.AllowedFlow.check, last(process, "check")
    assert task.owner_permission == "workflow.can_check_shipment"
    assert not node.can_assign(ann, task)
    assert not node.can_execute(ann, task)
    worker = permission(ann, "can_check_shipment")
    assert node.can_assign(worker, task)
    assert node.can_view(worker, task)
    act_on(task, "assign", worker)
    task = last(process, "check")
    assert node.can_execute(worker, task)
    assert node.can_unassign(worker, task)
    assert not node.can_execute(bob, task)
    assert not node.can_unassign(bob, task)
    assert not node.can_cancel(bob, task)
    assert not node.can_undo(bob, task)
    manager = permission(bob, "manage_shipment")
    assert node.can_cancel(manager, task)
    assert node.can_view(manager, task)
    perform(process, "check", worker)
    task = last(process, "check")
    assert not node.can_execute(worker, task)
    assert not node.can_undo(worker, task)
    assert not node.can_undo(manager, task), "its follower is alive"
    act_on(last(process, "named_one"), "cancel")
    assert node.can_undo(manager, last(process, "check"))
    named = last(process, "named_one")
    assert named.owner_permission == "auth.add_user"
    assert flows.AllowedFlow.named_one.can_revive(manager, named)
    assert not flows.AllowedFlow.named_one.can_revive(worker, named)
    nobody = AnonymousUser()
    for question in ("view", "execute", "assign", "unassign", "cancel", "undo", "revive"):
        assert not getattr(node, f"can_{question}")(nobody, task), question


def test_a_task_without_permission_is_for_everybody_who_is_known(ann):
    process = begin(flows.PizzaFlow, ann)
    task = last(process, "bake")
    assert task.owner_permission is None
    assert flows.PizzaFlow.bake.can_assign(ann, task)
    assert not flows.PizzaFlow.bake.can_assign(AnonymousUser(), task)


def test_transitions_available_to_a_user(ann):
    process = begin(flows.PizzaFlow, ann)
    root = person("root", is_superuser=True)
    with last(process, "bake").activation() as activation:
        slugs = {getattr(t, "slug", t) for t in activation.get_available_transitions(root)}
        assert {"assign", "cancel"} <= slugs
        assert not {"execute", "unassign", "undo"} & slugs
        assert activation.assign.can_proceed()
        assert activation.assign.has_perm(ann)
        assert not activation.undo.can_proceed()
        assert {"assign", "cancel"} <= {t.slug for t in activation.get_outgoing_transitions()}


# Handle --------------------------------------------------------------------------------------


def test_a_handle_runs_its_function_and_goes_on():
    """B337."""
    process = flows.HandleFlow.start.run()
    assert flows.HandleFlow.wait.run(last(process, "wait"), note="hi") == "got hi"
    assert picture(process) == ["start DONE", "wait DONE", "end DONE"]
    assert fresh(process).note == "hi"
    task = last(process, "wait")
    assert task.started is not None
    assert task.finished is not None
    check(process)


def test_a_failing_handle_changes_nothing():
    """B337."""
    process = flows.HandleFlow.start.run(note="before")
    with pytest.raises(ValueError, match="bad answer"):
        flows.HandleFlow.wait.run(last(process, "wait"), note="after", fail=True)
    assert picture(process) == ["start DONE", "wait NEW"]
    assert fresh(process).note == "before"


def test_a_handle_saves_what_its_function_set():
    """The function need not save the process itself."""

    class QuietFlow(flows.HandleFlow):
        def answer(self, activation, note=""):
            activation.process.note = note

    process = QuietFlow.start.run()
    QuietFlow.wait.run(last(process, "wait"), note="kept")
    assert Order.objects.get(pk=process.pk).note == "kept"


def test_a_handle_runs_once():
    """B338."""
    process = flows.HandleFlow.start.run()
    stale = last(process, "wait")
    flows.HandleFlow.wait.run(stale)
    with pytest.raises(TransitionNotAllowed):
        flows.HandleFlow.wait.run(stale)
    with pytest.raises(TransitionNotAllowed):
        flows.HandleFlow.wait.run(last(process, "wait"))
    assert picture(process) == ["start DONE", "wait DONE", "end DONE"]


def test_a_handle_refuses_the_task_of_another_node():
    one = flows.HandleFlow.start.run()
    other = flows.SplitFlow.start.run()
    before = picture(other)
    with pytest.raises(Exception, match=r"(?s)left|wait|task"):
        flows.HandleFlow.wait.run(last(other, "left"))
    assert picture(other) == before
    assert picture(one) == ["start DONE", "wait NEW"]


def test_a_handle_can_be_cancelled():
    process = flows.HandleFlow.start.run()
    act_on(last(process, "wait"), "cancel")
    assert last(process, "wait").status == STATUS.CANCELED
    with pytest.raises(TransitionNotAllowed):
        flows.HandleFlow.wait.run(last(process, "wait"))
    check(process)


def test_start_handle_and_handle_without_a_function():
    from viewflow import this
    from viewflow.workflow import Flow, nodes

    class BareFlow(Flow):
        process_class = Order
        start = nodes.StartHandle().Next(this.wait)
        wait = nodes.Handle().Next(this.end)
        end = nodes.End()

    process = BareFlow.start.run()
    assert process.pk
    BareFlow.wait.run(last(process, "wait"))
    assert Order.objects.get(pk=process.pk).status == PROCESS.DONE


# Obsolete ------------------------------------------------------------------------------------


def removed_node(flow_class):
    process = flow_class.start.run()
    Task.objects.filter(pk=last(process, "wait").pk).update(
        flow_task=f"{flow_class}.no_longer_there"
    )
    return process, Task.objects.filter(process_id=process.pk).order_by("-pk")[0]


def test_a_task_of_a_removed_node_can_be_seen_and_cancelled():
    """B279, B389."""
    _, task = removed_node(flows.ObsoleteFlow)
    assert task.flow_task.name == "no_longer_there"
    assert task.flow_task.task_type == "OBSOLETE"
    assert task.title
    assert "no_longer_there" in str(task)
    act_on(task, "cancel")
    task = Task.objects.get(pk=task.pk)
    assert task.status == STATUS.CANCELED
    assert task.finished is not None
    flow = flows.ObsoleteFlow.instance
    assert flow.node("no_longer_there") is not None
    assert flow.node("no_longer_there", no_obsolete=True) is None


@pytest.mark.parametrize("status", [STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED, STATUS.ERROR])
def test_an_obsolete_task_is_cancelled_from_any_live_state(status):
    """B389."""
    _, task = removed_node(flows.ObsoleteFlow)
    Task.objects.filter(pk=task.pk).update(status=status)
    act_on(Task.objects.get(pk=task.pk), "cancel")
    assert Task.objects.get(pk=task.pk).status == STATUS.CANCELED


def test_a_process_with_an_obsolete_task_can_be_cancelled():
    """B279."""
    process, task = removed_node(flows.ObsoleteFlow)
    flows.ObsoleteFlow.instance.cancel(process)
    assert Process.objects.get(pk=process.pk).status == PROCESS.CANCELED
    assert Task.objects.get(pk=task.pk).status == STATUS.CANCELED


def test_without_an_obsolete_node_the_task_reads_as_none():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, task = removed_node(flows.NoObsoleteFlow)
        assert task.flow_task is None
        assert str(task.pk) in str(task)
        assert flows.NoObsoleteFlow.instance.node("no_longer_there") is None


def test_obsolete_is_no_node_of_the_flow():
    """It is a factory: a new process never passes it."""
    process = flows.ObsoleteFlow.start.run()
    perform(process, "wait")
    assert picture(process) == ["start DONE", "wait DONE", "end DONE"]


@pytest.mark.parametrize("nobody", [None, User(username="new")])
def test_a_task_is_never_given_to_nobody(ann, nobody):
    """It would be in nobody's inbox and in nobody's queue; so for a user who is not saved yet."""
    process = begin(flows.PizzaFlow, ann)
    with pytest.raises(ValueError, match="unassign"):
        act_on(last(process, "bake"), "assign", nobody)
    assert last(process, "bake").status == STATUS.NEW
    act_on(last(process, "bake"), "assign", ann)
    with pytest.raises(ValueError, match="unassign"):
        act_on(last(process, "bake"), "reassign", nobody)
    task = last(process, "bake")
    assert (task.status, task.owner) == (STATUS.ASSIGNED, ann)
    check(process)


def test_a_deleted_user_takes_no_task_along(ann):
    """A process whose only open task vanished could neither go on nor end."""
    bob = User.objects.create_user("bob")
    assigned, begun, closed = (begin(flows.PizzaFlow, bob) for _ in range(3))
    for process in (assigned, begun):
        act_on(last(process, "bake"), "assign", bob)
    act_on(last(begun, "bake"), "start", None)
    perform(closed, "bake", bob)
    perform(closed, "deliver", bob)
    bob.delete()
    for process in (assigned, begun):
        task = last(process, "bake")
        assert (task.status, task.owner_id, task.assigned, task.started) == (
            "NEW",
            None,
            None,
            None,
        )
        assert task in Task.objects.queue([flows.PizzaFlow], ann)
        assert picture(process) == ["start DONE", "bake NEW"]
        check(process)
    task = last(closed, "deliver")
    assert (task.status, task.owner_id) == (STATUS.DONE, None)
    assert task.started is not None
    assert picture(closed)[-1] == "end DONE"
    perform(begun, "bake", ann)
    assert last(begun, "bake").owner == ann
