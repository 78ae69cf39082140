"""Processes and tasks as rows: texts, kinds of models, data, signals, cancelling."""

from __future__ import annotations

import warnings
from collections import Counter
from contextlib import contextmanager

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import translation

from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import (
    PROCESS,
    STATUS,
    Activation,
    FlowRuntimeError,
    Token,
    act,
    context,
    signals,
)
from viewflow.workflow.context import Context
from viewflow.workflow.models import Process, Task
from viewflow.workflow.signals import flow_finished

from . import flows
from .models import LeanProcess, LeanTask, Order, Parcel, Shipment
from .steps import (
    act_on,
    all_of,
    begin,
    check,
    done,
    fresh,
    last,
    live_names,
    perform,
    person,
    picture,
    tasks,
)

pytestmark = pytest.mark.django_db


# texts ------------------------------------------------------------------------------------


def test_brief_of_a_process_follows_its_state(ann):
    """B281, B283."""
    process = begin(flows.PizzaFlow, ann, customer_name="Eve")
    assert process.brief == "Pizza for Eve"
    perform(process, "bake")
    perform(process, "deliver")
    assert fresh(process).brief == "Eve has eaten"
    assert Process.objects.get(pk=process.pk).brief == "Eve has eaten"


def test_brief_without_templates_is_description_or_title_and_status(ann):
    """B281."""
    titled = begin(flows.TitledFlow, ann)
    assert str(fresh(titled).brief) == "Given description"
    plain = begin(flows.ShipmentFlow, ann)
    text = str(fresh(plain).brief)
    assert text.startswith("Shipment - ")
    assert text.endswith(str(PROCESS.NEW.label))
    with translation.override("de"):
        assert str(fresh(plain).brief) == f"Shipment - {PROCESS.NEW.label}"


def test_brief_of_a_task_follows_its_state(ann):
    """B282, B283."""
    process = begin(flows.PizzaFlow, ann, customer_name="Eve")
    assert last(process, "bake").brief == "Eve waits for bake"
    perform(process, "bake", ann)
    assert last(process, "bake").brief == "Baked by ann in Order a pizza"
    assert last(process, "deliver").brief == "Bring it"
    assert str(last(process, "deliver").title) == "Bring it"


def test_summaries_escape_what_people_typed(ann):
    """B284."""
    process = flows.EscapeFlow.start.run(customer_name="<script>alert(1)</script>")
    assert "<script>" not in str(fresh(process).brief)
    assert "&lt;script&gt;" in str(fresh(process).brief)
    assert "<script>" not in str(last(process, "wait").brief)


def test_str_of_process_and_task(ann):
    process = begin(flows.PizzaFlow, ann, customer_name="Eve")
    assert str(process) == f"Order a pizza #{process.pk}"
    task = last(process, "bake")
    assert str(task.pk) in str(task)
    assert "bake" in str(task)
    assert "pizza" in str(task)


def test_a_removed_flow_leaves_readable_rows(ann):
    """B278."""
    process = begin(flows.PizzaFlow, ann, customer_name="Eve")
    Process.objects.filter(pk=process.pk).update(flow_class="workflow/flows.RemovedFlow")
    Task.objects.filter(process_id=process.pk).update(flow_task="workflow/flows.RemovedFlow.bake")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        [row] = Process.objects.filter(pk=process.pk)
        assert row.brief is None
        assert str(process.pk) in str(row)
        for task in Task.objects.filter(process_id=process.pk):
            assert task.flow_task is None
            assert task.brief is None
            assert str(task.pk) in str(task)
            assert task.status in str(task) or str(task.get_status_display()) in str(task)


# kinds of models --------------------------------------------------------------------------


def test_a_proxy_process(ann):
    """B285."""
    process = begin(flows.PizzaFlow, ann, customer_name="Eve")
    assert isinstance(process, Order)
    task = last(process, "bake")
    assert isinstance(task.coerced_process, Order)
    assert isinstance(Process.objects.get(pk=process.pk).coerced, Order)
    with task.activation() as activation:
        assert isinstance(activation, Activation)
        assert isinstance(activation.process, Order)
        assert activation.flow_task is flows.PizzaFlow.bake
        assert activation.flow_class is flows.PizzaFlow
        assert activation.status == STATUS.NEW


def test_a_multi_table_process(ann):
    """B285."""
    process = begin(flows.ShipmentFlow, ann, carrier="dhl", weight=3)
    row = Shipment.objects.get(pk=process.pk)
    assert (row.carrier, row.weight) == ("dhl", 3)
    perform(process, "pack", weight=4)
    assert Shipment.objects.get(pk=process.pk).weight == 4
    assert Process.objects.get(pk=process.pk).coerced.carrier == "dhl"
    assert isinstance(last(process, "pack").coerced_process, Shipment)
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_tables_of_ones_own(ann):
    """B287."""
    process = flows.LeanFlow.start.run(title="lean")
    assert isinstance(process, LeanProcess)
    assert live_names(process) == ["join", "left"]
    perform(process, "left", ann)
    assert fresh(process).status == PROCESS.DONE
    assert fresh(process).title == "lean!"
    assert LeanTask.objects.filter(process=process).count() == 6
    assert Task.objects.count() == 0


def test_coerce_for_loads_subclasses_in_one_query(ann, django_assert_num_queries):
    """B286."""
    for number in range(3):
        begin(flows.ShipmentFlow, ann, carrier=f"c{number}")
        begin(flows.PizzaFlow, ann, customer_name=f"n{number}")
    begin(flows.TitledFlow, ann)
    with django_assert_num_queries(1):
        rows = list(Process.objects.coerce_for([flows.ShipmentFlow, flows.PizzaFlow]))
        assert len(rows) == 6
        assert Counter(type(row) for row in rows) == {Shipment: 3, Order: 3}
        assert {row.carrier for row in rows if isinstance(row, Shipment)} == {"c0", "c1", "c2"}
        assert all(row.brief for row in rows)


def test_tasks_coerce_for_needs_no_query_per_row(ann, django_assert_max_num_queries):
    for number in range(3):
        begin(flows.ShipmentFlow, ann, carrier=f"c{number}")
        begin(flows.PizzaFlow, ann, customer_name=f"n{number}")
    with django_assert_max_num_queries(2):
        rows = list(Task.objects.coerce_for([flows.ShipmentFlow, flows.PizzaFlow]))
        assert len(rows) == 12
        assert all(
            isinstance(row.coerced_process, row.flow_task.flow_class.process_class) for row in rows
        )


def test_seed_and_artifact_are_generic_links(ann):
    parcel = Parcel.objects.create(name="box")
    process = begin(flows.PizzaFlow, ann)
    process.artifact = parcel
    process.save()
    stored = fresh(process)
    assert stored.artifact == parcel
    assert stored.artifact_content_type == ContentType.objects.get_for_model(Parcel)


# starting and handing on --------------------------------------------------------------------


def test_run_creates_the_process_calls_the_function_and_goes_on(ann):
    """B291."""
    process = flows.HandleFlow.start.run(amount=7, note="hello")
    assert isinstance(process, Order)
    stored = Order.objects.get(pk=process.pk)
    assert (stored.amount, stored.note) == (7, "hello")
    assert picture(process) == ["start DONE", "wait NEW"]


def test_run_returns_what_the_function_returns(ann):
    """B291."""
    assert flows.HandleFlow.start.run(returns="a value") == "a value"
    assert flows.HandleFlow.start.run(returns=0) == 0
    assert Process.objects.count() == 2


@pytest.mark.parametrize("fail", [True, False])
def test_a_failing_start_leaves_no_rows(fail):
    """B292: the function itself fails, or the first node after it."""
    with pytest.raises(ValueError, match="not begun" if fail else "boom"):
        flows.FailingStartFlow.start.run(fail=fail)
    assert Process.objects.count() == 0
    assert Task.objects.count() == 0


def test_reserved_keywords_of_run_land_in_their_columns():
    """B293."""
    parcel = Parcel.objects.create(name="box")
    process = flows.HandleFlow.start.run(
        note="n",
        _process_data={"customer_name": "Eve"},
        _process_seed=parcel,
        _task_data={"a": 1},
        _task_seed=parcel,
    )
    stored = Order.objects.get(pk=process.pk)
    assert stored.customer_name == "Eve"
    assert stored.note == "n"
    assert stored.seed == parcel
    task = last(process, "start")
    assert task.data == {"a": 1}
    assert task.seed == parcel


def test_parent_task_of_run():
    """B293."""
    parent = flows.HandleFlow.start.run()
    task = last(parent, "wait")
    child = flows.HandleFlow.start.run(_parent_task=task)
    assert Process.objects.get(pk=child.pk).parent_task == task
    assert list(task.subprocesses.all()) == [Process.objects.get(pk=child.pk)]


def test_data_and_seed_are_handed_to_followers(ann):
    """B294, B295."""
    process = flows.DataFlow.start.run(_process_data={"approved": True, "route": "left"})
    first = last(process, "first")
    assert first.data == {"from": "start"}
    assert first.seed == Parcel.objects.get()
    assert last(process, "check").data == {"method": True}
    assert last(process, "check").seed is None
    assert last(process, "route").data == {"answer": "yes"}
    assert last(process, "route").seed == Parcel.objects.get()
    assert last(process, "left").data == {"case": 1}
    perform(process, "left")
    assert last(process, "one").data == {"branch": 1}
    assert last(process, "one").seed == Parcel.objects.get()
    assert last(process, "two").data == {"branch": 2}
    assert last(process, "two").seed is None


def test_data_of_default_and_else_branches():
    """B295."""
    process = flows.DataFlow.start.run(_process_data={"approved": True})
    assert last(process, "split").data == {"case": 2}
    assert last(process, "split").seed == Parcel.objects.get()
    other = flows.DataFlow.start.run()
    assert last(other, "end").data == {"answer": "no"}


def test_act_reads_process_and_task_attributes():
    """B297."""
    process = flows.HandleFlow.start.run(amount=7)
    with last(process, "wait").activation() as activation:
        assert act.process.amount(activation) == 7
        assert act.task.status(activation) == STATUS.NEW


def test_links_between_tasks_follow_the_flow():
    process = flows.SplitFlow.start.run()
    perform(process, "left")
    perform(process, "right")
    links = {
        task.flow_task.name: sorted(p.flow_task.name for p in task.previous.all())
        for task in tasks(process)
    }
    assert links == {
        "start": [],
        "split": ["start"],
        "left": ["split"],
        "right": ["split"],
        "join": ["left", "right"],
        "after": ["join"],
    }
    assert [t.flow_task.name for t in last(process, "join").leading.all()] == ["after"]


def test_tokens_name_the_branch():
    process = flows.NestedFlow.start.run()
    outer, inner = last(process, "outer"), last(process, "inner")
    assert outer.token == "start"
    assert last(process, "alone").token == f"start/{outer.pk}_1"
    assert inner.token == f"start/{outer.pk}_2"
    assert last(process, "a").token == f"start/{outer.pk}_2/{inner.pk}_1"
    assert last(process, "b").token == f"start/{outer.pk}_2/{inner.pk}_2"
    assert isinstance(last(process, "b").token, Token)
    perform(process, "a")
    assert last(process, "inner_join").token == f"start/{outer.pk}_2"


def test_token_arithmetic():
    source = Token.split_token_source("start", 12)
    first, second = next(source), next(source)
    assert (first, second) == ("start/12_1", "start/12_2")
    assert hash(first) == hash("start/12_1")
    assert first.is_split_token()
    assert not Token("start").is_split_token()
    assert first.get_base_split_token() == "start"
    nested = next(Token.split_token_source(first, 15))
    assert nested == "start/12_1/15_1"
    assert nested.get_base_split_token() == first
    assert nested.get_common_split_prefix(first, 15)
    assert nested.startswith(nested.get_common_split_prefix(first, 15))


# assignment ---------------------------------------------------------------------------------


def test_every_way_to_choose_an_owner(ann, bob):
    """B296, B323, B330, B332."""
    process = flows.OwnerFlow.start.run()
    assert last(process, "first").status == STATUS.NEW
    perform(process, "first", ann)
    for node, owner in (("same", ann), ("named", ann), ("picked", bob)):
        task = last(process, node)
        assert (task.status, task.owner) == (STATUS.ASSIGNED, owner), node
        assert task.assigned is not None
        assert task.started is None
        perform(process, node, owner)
    nobody = last(process, "nobody")
    assert (nobody.status, nobody.owner, nobody.assigned) == (STATUS.NEW, None, None)
    assert "trace" not in fresh(process).data
    perform(process, "nobody", ann)
    fixed = last(process, "fixed")
    assert (fixed.status, fixed.owner) == (STATUS.ASSIGNED, bob)
    assert fresh(process).data["trace"] == ["created fixed"]


def test_owner_of_a_node_that_never_ran_is_nobody():
    """B296."""
    process = flows.NeverOwnerFlow.start.run()
    assert last(process, "wait").status == STATUS.NEW


def test_the_newest_finished_task_decides_the_owner(ann, bob):
    """B296."""
    process = flows.OwnerFlow.start.run()
    perform(process, "first", ann)
    act_on(last(process, "same"), "cancel")
    act_on(last(process, "first", STATUS.DONE), "undo")
    act_on(last(process, "first", STATUS.CANCELED), "revive")
    perform(process, "first", bob)
    assert last(process, "same", STATUS.ASSIGNED).owner == bob


def test_an_unknown_owner_is_a_clear_failure_and_changes_nothing(ann):
    """B333."""
    process = flows.NeverOwnerFlow.start.run()
    before = picture(process)
    with pytest.raises(Exception, match=r"(?s)there is no such person|missing|User"):
        perform(process, "wait", ann)
    assert picture(process) == before


# signals ------------------------------------------------------------------------------------


@contextmanager
def heard():
    """Collect ``(signal name, node name)``."""
    story: list[tuple[str, str | None, object]] = []
    receivers = []
    for name in ("flow_started", "flow_finished", "task_started", "task_finished", "task_failed"):

        def receive(sender, process, task, _name=name, **kwargs):
            story.append((_name, task.flow_task.name if task else None, sender))

        getattr(signals, name).connect(receive)
        receivers.append((getattr(signals, name), receive))
    try:
        yield story
    finally:
        for signal, receive in receivers:
            signal.disconnect(receive)


def test_signals_are_sent_once_each(ann):
    """B288, B289."""
    with heard() as story:
        process = begin(flows.PizzaFlow, ann)
        perform(process, "bake")
        perform(process, "deliver")
    count = Counter((signal, node) for signal, node, _ in story)
    assert count["flow_started", "start"] == 1
    assert sum(n for (signal, _), n in count.items() if signal == "flow_started") == 1
    assert sum(n for (signal, _), n in count.items() if signal == "flow_finished") == 1
    for node in ("start", "bake", "deliver", "end"):
        assert count["task_finished", node] == 1, node
    for node in ("start", "bake", "deliver"):
        assert count["task_started", node] == 1, node
    assert {sender for _, _, sender in story} == {flows.PizzaFlow}
    names = [signal for signal, _, _ in story]
    assert names.index("flow_started") < names.index("task_finished")


def test_signals_of_a_chain_with_gates():
    """B288."""
    with heard() as story:
        process = flows.FanFlow.start.run()
    finished = Counter(node for signal, node, _ in story if signal == "task_finished")
    assert finished == {task.flow_task.name: 1 for task in tasks(process)}
    started = Counter(node for signal, node, _ in story if signal == "task_started")
    assert max(started.values()) == 1


def test_task_failed_is_sent_in_background_only():
    """B299."""
    process = flows.FunctionFlow.start.run(fail=True)
    with heard() as story, pytest.raises(ValueError, match="it is 42"):
        perform(process, "human")
    assert ("task_failed", "second", flows.FunctionFlow) not in story
    with heard() as story, Context(propagate_exception=False):
        perform(process, "human")
    assert story.count(("task_failed", "second", flows.FunctionFlow)) == 1
    assert not any(node == "third" for _, node, _ in story)


def test_a_receiver_sees_consistent_rows_and_may_stop_the_step(ann):
    """Receivers run inside the step: they can read its rows, and their error undoes it."""
    seen = []

    def receive(sender, process, task, **kwargs):
        seen.append((task.flow_task.name, Task.objects.get(pk=task.pk).status == STATUS.DONE))
        if task.flow_task.name == "deliver":
            raise RuntimeError("stop")

    process = begin(flows.PizzaFlow, ann)
    signals.task_finished.connect(receive)
    try:
        perform(process, "bake")
        with pytest.raises(RuntimeError, match="stop"):
            perform(process, "deliver")
    finally:
        signals.task_finished.disconnect(receive)
    assert seen == [("bake", True), ("deliver", True)]
    assert picture(process) == ["start DONE", "bake DONE", "deliver NEW"]


# the end ------------------------------------------------------------------------------------


def test_the_end_finishes_the_process(ann):
    """B289."""
    process = begin(flows.PizzaFlow, ann)
    perform(process, "bake")
    assert fresh(process).finished is None
    perform(process, "deliver")
    stored = fresh(process)
    assert stored.status == PROCESS.DONE
    assert stored.finished is not None
    check(process)


def test_with_several_ends_the_last_one_finishes(ann):
    """B290."""
    with heard() as story:
        process = flows.TwoEndsFlow.start.run()
        perform(process, "left")
        assert fresh(process).status == PROCESS.NEW
        assert not any(signal == "flow_finished" for signal, _, _ in story)
        perform(process, "right")
    assert fresh(process).status == PROCESS.DONE
    assert sum(signal == "flow_finished" for signal, _, _ in story) == 1
    check(process)


def test_a_failed_branch_keeps_the_process_open():
    """B364."""
    process = flows.FailingBranchFlow.start.run(fail=True)
    with Context(propagate_exception=False):
        perform(process, "shaky")
        assert last(process, "work").status == STATUS.ERROR
        perform(process, "other")
    assert fresh(process).status == PROCESS.NEW
    stored = fresh(process)
    stored.data["fail"] = False
    stored.save()
    act_on(last(process, "work"), "revive")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_cancelling_the_failed_branch_lets_the_rest_stand():
    """B364, B304."""
    process = flows.FailingBranchFlow.start.run(fail=True)
    with Context(propagate_exception=False):
        perform(process, "shaky")
    flows.FailingBranchFlow.instance.cancel(process)
    assert fresh(process).status == PROCESS.CANCELED
    assert last(process, "work").status == STATUS.CANCELED
    check(process)


@pytest.fixture
def told():
    """The processes whose end is told."""
    found = []

    def receiver(process, **kwargs):
        found.append(process.pk)

    flow_finished.connect(receiver)
    yield found
    flow_finished.disconnect(receiver)


@pytest.mark.parametrize("failed", [False, True])
def test_cancelling_the_last_branch_finishes_a_process_that_has_reached_an_end(failed, told):
    """No token is left: the process is over, whether the branch waited or had failed."""
    process = flows.FailingBranchFlow.start.run(fail=True)
    perform(process, "other")
    if failed:
        with Context(propagate_exception=False):
            perform(process, "shaky")
    node = "work" if failed else "shaky"
    act_on(last(process, node), "cancel")
    stored = fresh(process)
    assert (stored.status, stored.finished is not None) == (PROCESS.DONE, True)
    assert told == [process.pk]
    check(process)
    # The branch may still be opened again.
    stored.data["fail"] = False
    stored.save()
    act_on(last(process, node), "revive")
    if not failed:
        assert fresh(process).status == PROCESS.NEW
        perform(process, "shaky")
    assert fresh(process).status == PROCESS.DONE
    assert len(told) == 2
    check(process)


def test_cancelling_all_there_is_finishes_nothing(told):
    """Without any end the process waits for somebody to revive a task, or to cancel it."""
    process = flows.FailingBranchFlow.start.run(fail=False)
    act_on(last(process, "other"), "cancel")
    assert live_names(process) == ["shaky"]
    act_on(last(process, "shaky"), "cancel")
    assert fresh(process).status == PROCESS.NEW
    act_on(last(process, "other"), "revive")
    perform(process, "other")
    assert fresh(process).status == PROCESS.DONE
    assert told == [process.pk]
    check(process)


def test_a_process_whose_last_branch_was_cancelled_can_be_walked_back():
    """B356: undoing needs the cancelling first, and still leads back to the start."""
    process = flows.FailingBranchFlow.start.run(fail=False)
    perform(process, "other")
    act_on(last(process, "shaky"), "cancel")
    for name in ("other_end", "other", "split", "start"):
        act_on(last(process, name), "undo")
    assert fresh(process).status == PROCESS.CANCELED
    check(process)


# errors -------------------------------------------------------------------------------------


def test_an_error_in_a_users_step_propagates_and_nothing_is_written():
    """B298."""
    process = flows.FunctionFlow.start.run(fail=True)
    before = [(t.pk, t.status, t.owner_id) for t in tasks(process)]
    with pytest.raises(ValueError, match="it is 42"):
        perform(process, "human", note="typed")
    assert [(t.pk, t.status, t.owner_id) for t in tasks(process)] == before
    stored = fresh(process)
    assert stored.note == ""
    assert "trace" not in stored.data
    check(process)


def test_an_error_in_background_stays_with_its_task():
    """B299, B336."""
    process = flows.FunctionFlow.start.run(fail=True)
    with Context(propagate_exception=False):
        perform(process, "human")
    assert picture(process) == ["start DONE", "human DONE", "first DONE", "second ERROR"]
    task = last(process, "second")
    error = task.data["_exception"]
    assert set(error) >= {"title", "traceback", "locals"}
    assert "it is 42" in str(error["title"])
    assert "ValueError" in str(error["traceback"])
    assert "secret_number" in str(error["locals"])
    assert task.finished is not None
    assert fresh(process).status == PROCESS.NEW
    assert fresh(process).data["trace"] == ["first"], "the savepoint took back half of second"


def test_a_failed_function_can_be_revived_and_finishes():
    """B336, B361."""
    process = flows.FunctionFlow.start.run(fail=True)
    with Context(propagate_exception=False):
        perform(process, "human")
        revived = act_on(last(process, "second"), "revive")
        assert revived is not None
        assert picture(process)[-2:] == ["second REVIVED", "second ERROR"]
    stored = fresh(process)
    stored.data["fail"] = False
    stored.save()
    act_on(last(process, "second"), "revive")
    assert fresh(process).status == PROCESS.DONE
    assert fresh(process).data["trace"] == ["first", "half of second", "third"]
    assert done(process)["second"] == 1
    check(process)


def test_a_failed_function_can_be_cancelled():
    """B336, B379."""
    process = flows.FunctionFlow.start.run(fail=True)
    with Context(propagate_exception=False):
        perform(process, "human")
    act_on(last(process, "second"), "cancel")
    task = last(process, "second")
    assert task.status == STATUS.CANCELED
    assert task.finished is not None
    check(process)


@pytest.mark.parametrize("route", ["if", "switch", "split", "function"])
def test_a_failed_gate_can_be_repaired(route):
    """B352, B379: in the background it is kept as ERROR, then revived or cancelled."""
    node = {"if": "check", "switch": "strict", "split": "split", "function": "function"}[route]
    process = flows.RepairFlow.start.run(route=route)
    with pytest.raises(RuntimeError, match="broken"):
        perform(process, "human")
    assert picture(process) == ["start DONE", "human NEW"]
    with Context(propagate_exception=False):
        perform(process, "human")
    assert picture(process)[2:] == ["switch DONE", f"{node} ERROR"]
    check(process)

    other = flows.RepairFlow.start.run(route=route)
    with Context(propagate_exception=False):
        perform(other, "human")
    act_on(last(other, node), "cancel")
    assert last(other, node).status == STATUS.CANCELED
    check(other)

    stored = fresh(process)
    stored.data["broken"] = False
    stored.save()
    act_on(last(process, node), "revive")
    assert live_names(process) == ["after"]
    perform(process, "after")
    assert fresh(process).status == PROCESS.DONE
    check(process)


def test_contexts_nest():
    """B301."""
    assert context.propagate_exception is True
    with Context(propagate_exception=False):
        assert context.propagate_exception is False
        with Context(propagate_exception=True):
            assert context.propagate_exception is True
        assert context.propagate_exception is False
        with pytest.raises(KeyError), Context(propagate_exception=True):
            raise KeyError
        assert context.propagate_exception is False
    assert context.propagate_exception is True
    with pytest.raises(AttributeError):
        _ = context.no_such_variable


def test_contexts_are_per_thread():
    """B301."""
    from threading import Thread

    answers = []
    with Context(propagate_exception=False):
        thread = Thread(target=lambda: answers.append(context.propagate_exception))
        thread.start()
        thread.join()
    assert answers == [True]


# cancelling a process -----------------------------------------------------------------------


def test_cancel_closes_everything(ann):
    """B302."""
    process = flows.SplitFlow.start.run()
    act_on(last(process, "left"), "assign", ann)
    flows.SplitFlow.instance.cancel(process)
    stored = fresh(process)
    assert stored.status == PROCESS.CANCELED
    assert stored.finished is not None
    assert {t.status for t in all_of(process, "left") + all_of(process, "right")} == {
        STATUS.CANCELED
    }
    check(process)


def test_cancel_with_a_join_that_waits():
    """B302."""
    process = flows.SplitFlow.start.run()
    perform(process, "left")
    flows.SplitFlow.instance.cancel(process)
    assert last(process, "join").status == STATUS.CANCELED
    assert last(process, "left").status == STATUS.DONE
    check(process)


def test_cancel_with_a_handle_and_a_race():
    """B302."""
    for flow_class in (flows.HandleFlow, flows.FirstFlow):
        process = flow_class.start.run()
        flow_class.instance.cancel(process)
        assert fresh(process).status == PROCESS.CANCELED
        check(process)


def test_cancel_refuses_while_somebody_works(ann):
    """B303."""
    from .steps import request_of

    process = flows.SplitFlow.start.run()
    act_on(last(process, "left"), "assign", ann)
    act_on(last(process, "left"), "start", request_of(ann))
    before = picture(process)
    with pytest.raises(FlowRuntimeError, match="left"):
        flows.SplitFlow.instance.cancel(process)
    assert picture(process) == before
    assert fresh(process).status == PROCESS.NEW


def test_cancel_with_revived_and_failed_tasks():
    """B304."""
    process = flows.FunctionFlow.start.run(fail=True)
    with Context(propagate_exception=False):
        perform(process, "human")
        act_on(last(process, "second"), "revive")
    assert picture(process)[-2:] == ["second REVIVED", "second ERROR"]
    flows.FunctionFlow.instance.cancel(process)
    assert picture(process)[-2:] == ["second REVIVED", "second CANCELED"]
    check(process)


def test_cancel_refuses_a_process_of_another_flow(ann):
    """It would take the wrong lock, and look for its tasks in the wrong table."""
    process = begin(flows.PizzaFlow, ann)
    for other in (flows.FreshPizzaFlow, flows.LeanFlow):
        with pytest.raises(FlowRuntimeError, match=r"flows\.PizzaFlow, not of"):
            other.instance.cancel(process)
    assert fresh(process).status == PROCESS.NEW
    assert picture(process) == ["start DONE", "bake NEW"]


def test_cancel_says_when_it_is_too_late(ann):
    """B305."""
    process = begin(flows.TitledFlow, ann)
    with pytest.raises(FlowRuntimeError, match=str(process.pk)):
        flows.TitledFlow.instance.cancel(fresh(process))
    other = flows.HandleFlow.start.run()
    flows.HandleFlow.instance.cancel(other)
    with pytest.raises(FlowRuntimeError, match=str(other.pk)):
        flows.HandleFlow.instance.cancel(fresh(other))


def test_cancel_looks_at_the_row_and_not_at_an_old_copy():
    """B305."""
    process = flows.HandleFlow.start.run()
    old = fresh(process)
    flows.HandleFlow.wait.run(last(process, "wait"))
    with pytest.raises(FlowRuntimeError):
        flows.HandleFlow.instance.cancel(old)
    assert fresh(process).status == PROCESS.DONE


# the block of an activation -----------------------------------------------------------------


def test_activation_reads_the_task_again(ann):
    """B306."""
    process = flows.HandleFlow.start.run()
    old = last(process, "wait")
    flows.HandleFlow.wait.run(last(process, "wait"))
    with old.activation() as activation:
        assert activation.status == STATUS.DONE
        assert activation.task.status == STATUS.DONE


def test_an_exception_leaves_the_block_unchanged_and_unlocked(ann):
    """B308."""
    process = begin(flows.PizzaFlow, ann)
    with (
        pytest.raises(ZeroDivisionError),
        last(process, "bake").activation() as activation,
    ):
        activation.assign(ann)
        _ = 1 / 0
    assert last(process, "bake").status == STATUS.NEW
    with last(process, "bake").activation() as activation:
        activation.assign(ann)
    assert last(process, "bake").owner == ann


def test_activations_compare_by_their_task(ann):
    process = begin(flows.PizzaFlow, ann)
    with last(process, "bake").activation() as one:
        pass
    with last(process, "bake").activation() as two:
        pass
    with last(process, "start").activation() as three:
        pass
    assert one == two
    assert hash(one) == hash(two)
    assert one != three


def test_a_finished_process_refuses_further_work(ann):
    process = flows.SplitFlow.start.run()
    task = last(process, "left")
    flows.SplitFlow.instance.cancel(process)
    with pytest.raises(TransitionNotAllowed), task.activation() as activation:
        activation.assign(person("ann"))
    check(process)
