"""The flows that the engine is tested with."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import transaction

from viewflow import this
from viewflow.workflow import Flow, act, nodes

from .models import LeanProcess, LeanTask, Order, Parcel, Shipment
from .steps import page


def trace(activation, word: str) -> None:
    """Write down in the process that something ran."""
    process = activation.process
    process.data.setdefault("trace", []).append(word)
    process.save()


def put(activation, **values) -> None:
    """Begin with these attributes of the process."""
    for name, value in values.items():
        setattr(activation.process, name, value)


def put_data(activation, **values) -> None:
    """Begin with these keys in the JSON column of the process."""
    activation.process.data.update(values)


class PizzaFlow(Flow):
    """Order a pizza

    From the call to the door.
    """

    process_class = Order
    process_summary_template = "Pizza for {{ process.customer_name }}"
    process_result_template = "{{ process.customer_name }} has eaten"

    start = nodes.Start(page, undo_func=this.on_undo).Next(this.bake)
    bake = (
        nodes.View(page, undo_func=this.on_undo, help_text="ignored")
        .Annotation(
            title="Bake it",
            description="In the stone oven",
            summary_template="{{ process.customer_name }} waits for {{ flow_task.name }}",
            result_template="Baked by {{ task.owner.username }} in {{ flow_class.process_title }}",
        )
        .Next(this.deliver)
    )
    deliver = nodes.View(page).Annotation(title="Bring it").Next(this.end)
    end = nodes.End()

    def on_undo(self, activation):
        trace(activation, f"undone {activation.flow_task.name}")


class FreshPizzaFlow(PizzaFlow):
    """Overrides one node and inherits the others."""

    deliver = nodes.View(page).Annotation(title="Run with it").Next(this.taste)
    taste = nodes.View(page).Next(this.end)


class UntitledTeaFlow(Flow):
    start = nodes.Start(page).Next(this.end)
    end = nodes.End()


class TitledFlow(Flow):
    """This is not the title."""

    process_title = "Given title"
    process_description = "Given description"

    start = nodes.Start(page).Next(this.end)
    end = nodes.End()


class ShipmentFlow(Flow):
    process_class = Shipment

    start = nodes.Start(page).Next(this.pack)
    pack = nodes.View(page).Next(this.end)
    end = nodes.End()


class LeanFlow(Flow):
    process_class = LeanProcess
    task_class = LeanTask

    start = nodes.StartHandle(this.begin).Next(this.split)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = nodes.View(page).Next(this.join)
    right = nodes.Function(this.work).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()

    def begin(self, activation, title=""):
        activation.process.title = title

    def work(self, activation):
        activation.process.title += "!"
        activation.process.save()


class HandleFlow(Flow):
    """A program starts it, a program answers."""

    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.wait)
    wait = nodes.Handle(this.answer, undo_func=this.forget).Next(this.end)
    end = nodes.End()

    def begin(self, activation, amount=0, note="", returns=None):
        activation.process.amount = amount
        activation.process.note = note
        return returns

    def answer(self, activation, note="", fail=False):
        activation.process.note = note
        activation.process.save()
        if fail:
            raise ValueError("bad answer")
        return f"got {note}"

    def forget(self, activation):
        trace(activation, "forgotten")


class DataFlow(Flow):
    """Values handed on from node to node."""

    process_class = Order

    start = nodes.StartHandle().Next(
        this.first,
        task_data=lambda activation: {"from": activation.flow_task.name},
        task_seed=this.parcel,
    )
    first = nodes.Function(this.look).Next(this.check, task_data=this.packed)
    check = (
        nodes.If(act.process.approved)
        .Then(this.route, task_data=lambda activation: {"answer": "yes"}, task_seed=this.parcel)
        .Else(this.end, task_data=lambda activation: {"answer": "no"})
    )
    route = (
        nodes.Switch()
        .Case(this.left, cond=act.process.route, task_data=lambda activation: {"case": 1})
        .Default(this.split, task_data=lambda activation: {"case": 2}, task_seed=this.parcel)
    )
    left = nodes.View(page).Next(this.split)
    split = (
        nodes.Split()
        .Next(this.one, task_data=lambda activation: {"branch": 1}, task_seed=this.parcel)
        .Always(this.two, task_data=lambda activation: {"branch": 2})
    )
    one = nodes.View(page).Next(this.join)
    two = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()

    def look(self, activation):
        pass

    def parcel(self, activation):
        return Parcel.objects.get_or_create(name="seed")[0]

    def packed(self, activation):
        return {"method": True}


class OwnerFlow(Flow):
    """All the ways to say who does a task."""

    process_class = Order

    start = nodes.StartHandle().Next(this.first)
    first = nodes.View(page).Next(this.same)
    same = nodes.View(page).Assign(this.first.owner).Next(this.named)
    named = nodes.View(page).Assign(username="ann").Next(this.picked)
    picked = nodes.View(page).Assign(this.pick).Next(this.nobody)
    nobody = nodes.View(page).Assign(lambda activation: None).Next(this.fixed)
    fixed = (
        nodes.View(page)
        .Assign(lambda activation: get_user_model().objects.get(username="bob"))
        .onCreate(this.created)
        .Next(this.end)
    )
    end = nodes.End()

    def pick(self, activation):
        return get_user_model().objects.get(username="bob")

    def created(self, activation):
        trace(activation, f"created {activation.task.flow_task.name}")


class NeverOwnerFlow(Flow):
    process_class = Order

    start = nodes.StartHandle().Next(this.wait)
    wait = nodes.View(page).Assign(this.other.owner).Next(this.missing)
    missing = nodes.View(page).Assign(username="there is no such person").Next(this.other)
    other = nodes.View(page).Next(this.end)
    end = nodes.End()


class AllowedFlow(Flow):
    """Who may start and who may do what."""

    process_class = Shipment

    start = nodes.Start(page).Permission(auto_create=True).Next(this.check)
    public = nodes.Start(page).Available(lambda user: user.username == "ann").Next(this.check)
    named = nodes.Start(page).Available(username="bob").Next(this.check)
    closed = nodes.Start(page).Next(this.check)
    check = nodes.View(page).Permission(auto_create=True).Next(this.named_one)
    named_one = nodes.View(page).Permission("auth.add_user").Next(this.free)
    free = nodes.View(page).Next(this.end)
    end = nodes.End()


class GateFlow(Flow):
    """If and Switch, each kind of condition."""

    process_class = Order

    start = nodes.StartHandle(put).Next(this.by_lambda)
    by_lambda = (
        nodes.If(lambda activation: activation.process.amount > 10)
        .Then(this.by_method)
        .Else(this.small)
    )
    small = nodes.End()
    by_method = nodes.If(this.is_approved).Then(this.by_act).Else(this.refused)
    refused = nodes.View(page).Next(this.end)
    by_act = nodes.If(act.process.note).Then(this.noted).Else(this.switch)
    noted = nodes.View(page).Next(this.end)
    switch = (
        nodes.Switch()
        .Default(this.other)
        .Case(this.hundred, lambda activation: activation.process.amount >= 100)
        .Case(this.fifty, this.is_fifty)
    )
    hundred = nodes.View(page).Next(this.end)
    fifty = nodes.View(page).Next(this.end)
    other = nodes.View(page).Next(this.end)
    end = nodes.End()

    def is_approved(self, activation):
        return activation.process.approved

    def is_fifty(self, activation):
        return activation.process.amount >= 50


class StrictSwitchFlow(Flow):
    process_class = Order

    start = nodes.StartHandle(put).Next(this.ask)
    ask = nodes.View(page).Next(this.switch)
    switch = nodes.Switch().Case(this.end, act.process.approved)
    end = nodes.End()


class FallbackSwitchFlow(Flow):
    """A case without a condition is the fallback, wherever it stands."""

    process_class = Order

    start = nodes.StartHandle(put).Next(this.switch)
    switch = nodes.Switch().Case(this.fallback).Case(this.yes, act.process.approved)
    fallback = nodes.View(page).Next(this.end)
    yes = nodes.View(page).Next(this.end)
    end = nodes.End()


class SplitFlow(Flow):
    """Two people in parallel, one after them."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = nodes.View(page).Next(this.join)
    right = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()


class CaseSplitFlow(Flow):
    """Branches with conditions."""

    process_class = Order

    start = nodes.StartHandle(put).Next(this.split)
    split = (
        nodes.Split()
        .Next(this.cheap, case=lambda activation: activation.process.amount < 10)
        .Next(this.dear, case=this.is_dear)
        .Next(this.approved, case=act.process.approved)
    )
    cheap = nodes.View(page).Next(this.join)
    dear = nodes.View(page).Next(this.join)
    approved = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()

    def is_dear(self, activation):
        return activation.process.amount >= 100


class AlwaysSplitFlow(Flow):
    process_class = Order

    start = nodes.StartHandle(put).Next(this.split)
    split = nodes.Split().Next(this.maybe, case=act.process.approved).Always(this.surely)
    maybe = nodes.View(page).Next(this.join)
    surely = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()


class DirectSplitFlow(Flow):
    """A branch without a step: Split straight to Join, and twice the same target."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.join).Next(this.twin).Next(this.twin)
    twin = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.empty)
    empty = nodes.Split().Next(this.empty_join).Next(this.empty_join)
    empty_join = nodes.Join().Next(this.end)
    end = nodes.End()


class NestedFlow(Flow):
    """A split within a branch of a split."""

    process_class = Order

    start = nodes.StartHandle().Next(this.outer)
    outer = nodes.Split().Next(this.alone).Next(this.inner)
    alone = nodes.View(page).Next(this.outer_join)
    inner = nodes.Split().Next(this.a).Next(this.b)
    a = nodes.View(page).Next(this.inner_join)
    b = nodes.View(page).Next(this.inner_join)
    inner_join = nodes.Join().Next(this.between)
    between = nodes.View(page).Next(this.outer_join)
    outer_join = nodes.Join().Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()


class LoopFlow(Flow):
    """A split and join passed again and again until approved."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = nodes.View(page).Next(this.join)
    right = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.check)
    check = nodes.If(act.process.approved).Then(this.end).Else(this.split)
    end = nodes.End()


class BranchLoopFlow(Flow):
    """A loop inside one branch."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.work).Next(this.other)
    work = nodes.View(page).Next(this.check)
    check = nodes.If(act.process.approved).Then(this.join).Else(this.work)
    other = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()


class TwoOfThreeFlow(Flow):
    """Enough is enough: the join goes on after two of three."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.a).Next(this.b).Next(this.c)
    a = nodes.View(page).Next(this.join)
    b = nodes.View(page).Next(this.join)
    c = nodes.View(page).Next(this.join)
    join = nodes.Join(continue_on_condition=this.enough).Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()

    def enough(self, activation, active_tasks):
        return len(active_tasks) <= 1


class KeepRestFlow(TwoOfThreeFlow):
    join = nodes.Join(continue_on_condition=this.enough, cancel_active=False).Next(this.after)


class FailingJoinFlow(TwoOfThreeFlow):
    join = nodes.Join(continue_on_condition=this.boom).Next(this.after)

    def boom(self, activation, active_tasks):
        raise RuntimeError("no condition")


class FirstFlow(Flow):
    """Whoever comes first."""

    process_class = Order

    start = nodes.StartHandle().Next(this.race)
    race = nodes.SplitFirst().Next(this.a).Next(this.b).Next(this.c)
    a = nodes.View(page).Next(this.after)
    b = nodes.View(page).Next(this.after)
    c = nodes.View(page).Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()


class TwoEndsFlow(Flow):
    """Branches that end separately."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = nodes.View(page).Next(this.left_end)
    right = nodes.View(page).Next(this.right_end)
    left_end = nodes.End()
    right_end = nodes.End()


class FunctionFlow(Flow):
    """A chain of functions; the third fails while ``data["fail"]`` says so."""

    process_class = Order

    start = nodes.StartHandle(put_data).Next(this.human)
    human = nodes.View(page).Next(this.first)
    first = nodes.Function(this.step, undo_func=this.back).Next(this.second)
    second = nodes.Function(this.shaky, undo_func=this.back).Next(this.third)
    third = nodes.Function(this.step).Next(this.end)
    end = nodes.End()

    def step(self, activation):
        trace(activation, activation.flow_task.name)

    def shaky(self, activation):
        secret_number = 41
        trace(activation, "half of second")
        if activation.process.data.get("fail"):
            raise ValueError(f"it is {secret_number + 1}")

    def back(self, activation):
        trace(activation, f"back {activation.flow_task.name}")


class FailingStartFlow(Flow):
    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.work)
    work = nodes.Function(this.boom).Next(this.end)
    end = nodes.End()

    def begin(self, activation, fail=False):
        if fail:
            raise ValueError("not begun")

    def boom(self, activation):
        raise ValueError("boom")


class FailingBranchFlow(Flow):
    """One branch fails while the other ends."""

    process_class = Order

    start = nodes.StartHandle(put_data).Next(this.split)
    split = nodes.Split().Next(this.shaky).Next(this.other)
    shaky = nodes.View(page).Next(this.work)
    work = nodes.Function(this.run).Next(this.shaky_end)
    other = nodes.View(page).Next(this.other_end)
    shaky_end = nodes.End()
    other_end = nodes.End()

    def run(self, activation):
        if activation.process.data.get("fail"):
            raise ValueError("boom")


class LeavingFlow(Flow):
    """One of two branches may end before the join."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = nodes.View(page).Next(this.join)
    right = nodes.View(page).Next(this.check)
    check = nodes.If(act.process.approved).Then(this.join).Else(this.left_early)
    left_early = nodes.End()
    join = nodes.Join().Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()


class GatesUndoFlow(Flow):
    """Every gate once, for a walk back to the start."""

    process_class = Order

    start = nodes.Start(page).Next(this.check)
    check = nodes.If(lambda activation: True).Then(this.switch).Else(this.end)
    switch = nodes.Switch().Case(this.split, lambda activation: True).Default(this.end)
    split = nodes.Split().Next(this.left).Next(this.right)
    left = nodes.View(page).Next(this.join)
    right = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()


class RepairFlow(Flow):
    """Gates that fail until the process is repaired; each can be revived or cancelled."""

    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.human)
    human = nodes.View(page).Next(this.switch)
    switch = (
        nodes.Switch()
        .Case(this.check, lambda activation: activation.process.route == "if")
        .Case(this.strict, lambda activation: activation.process.route == "switch")
        .Case(this.split, lambda activation: activation.process.route == "split")
        .Case(this.function, lambda activation: activation.process.route == "function")
    )
    check = nodes.If(this.condition).Then(this.after).Else(this.after)
    strict = nodes.Switch().Case(this.after, this.condition)
    split = nodes.Split().Next(this.after, case=this.condition)
    function = nodes.Function(this.condition).Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()

    def begin(self, activation, route=""):
        activation.process.route = route
        activation.process.data["broken"] = True

    def condition(self, activation):
        if activation.process.data.get("broken"):
            raise RuntimeError("broken")
        return True


class ObsoleteFlow(Flow):
    process_class = Order

    start = nodes.StartHandle().Next(this.wait)
    wait = nodes.View(page).Next(this.end)
    end = nodes.End()
    obsolete = nodes.Obsolete()


class NoObsoleteFlow(Flow):
    process_class = Order

    start = nodes.StartHandle().Next(this.wait)
    wait = nodes.View(page).Next(this.end)
    end = nodes.End()


class EscapeFlow(Flow):
    process_class = Order
    process_summary_template = "For {{ process.customer_name }}"

    start = nodes.StartHandle(put).Next(this.wait)
    wait = (
        nodes.View(page)
        .Annotation(summary_template="{{ process.customer_name }}", title="Wait here")
        .Next(this.end)
    )
    end = nodes.End()


class ChainFlow(Flow):
    """Ten functions in a row."""

    process_class = Order

    start = nodes.StartHandle().Next(this.f0)
    f0 = nodes.Function(lambda activation: None).Next(this.f1)
    f1 = nodes.Function(lambda activation: None).Next(this.f2)
    f2 = nodes.Function(lambda activation: None).Next(this.f3)
    f3 = nodes.Function(lambda activation: None).Next(this.f4)
    f4 = nodes.Function(lambda activation: None).Next(this.f5)
    f5 = nodes.Function(lambda activation: None).Next(this.f6)
    f6 = nodes.Function(lambda activation: None).Next(this.f7)
    f7 = nodes.Function(lambda activation: None).Next(this.f8)
    f8 = nodes.Function(lambda activation: None).Next(this.f9)
    f9 = nodes.Function(lambda activation: None).Next(this.end)
    end = nodes.End()


class FanFlow(Flow):
    """A ten-way split of functions and a join."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = (
        nodes.Split()
        .Next(this.b0)
        .Next(this.b1)
        .Next(this.b2)
        .Next(this.b3)
        .Next(this.b4)
        .Next(this.b5)
        .Next(this.b6)
        .Next(this.b7)
        .Next(this.b8)
        .Next(this.b9)
    )
    b0 = nodes.Function(lambda activation: None).Next(this.join)
    b1 = nodes.Function(lambda activation: None).Next(this.join)
    b2 = nodes.Function(lambda activation: None).Next(this.join)
    b3 = nodes.Function(lambda activation: None).Next(this.join)
    b4 = nodes.Function(lambda activation: None).Next(this.join)
    b5 = nodes.Function(lambda activation: None).Next(this.join)
    b6 = nodes.Function(lambda activation: None).Next(this.join)
    b7 = nodes.Function(lambda activation: None).Next(this.join)
    b8 = nodes.Function(lambda activation: None).Next(this.join)
    b9 = nodes.Function(lambda activation: None).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()


def behind_the_back(activation) -> None:
    """Cancel the other branch and add a task, without the engine."""
    tasks = activation.process.task_set
    way = activation.process.data["way"]
    if way == "update":
        tasks.filter(flow_task=SlyFlow.ask).update(status="CANCELED")
    elif way == "save":
        other = tasks.get(flow_task=SlyFlow.ask)
        other.status = "CANCELED"
        other.save()
    elif way == "activation":
        other = tasks.get(flow_task=SlyFlow.ask)
        SlyFlow.ask.activation_class(other).cancel()
    elif way == "create":
        tasks.filter(flow_task=SlyFlow.ask).update(status="CANCELED")
        tasks.create(flow_task=SlyFlow.ask, flow_task_type="HUMAN")


class SlyFlow(Flow):
    """Its code changes tasks behind the back of the step that runs it."""

    process_class = Order

    start = nodes.StartHandle(put_data).Next(this.split)
    split = nodes.Split().Next(this.ask).Next(this.meddle)
    ask = nodes.View(page).Next(this.join)
    meddle = nodes.Function(behind_the_back).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()


def try_out(activation) -> None:
    """Start a process and finish a task, take both back, and start the process for good."""
    process = activation.process
    process.note = "tried"
    other = process.task_set.get(flow_task=TryFlow.wait)
    try:
        with transaction.atomic():
            TryFlow.wait.run(other)
            TryTinyFlow.start.run()
            raise LookupError
    except LookupError:
        pass
    TryTinyFlow.start.run()


class TryTinyFlow(Flow):
    """Waits for nothing."""

    process_class = Order

    start = nodes.StartHandle().Next(this.work)
    work = nodes.Function(lambda activation: None).Next(this.end)
    end = nodes.End()


class TryFlow(Flow):
    """Its code rolls back to a savepoint of its own."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.wait).Next(this.meddle)
    wait = nodes.Handle().Next(this.join)
    meddle = nodes.Function(try_out).Next(this.join)
    join = nodes.Join().Next(this.end)
    end = nodes.End()
