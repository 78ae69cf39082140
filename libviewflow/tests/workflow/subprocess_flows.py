"""Flows that start processes of other flows, and flows with a branch for each of several items."""

from __future__ import annotations

from datetime import timedelta

from viewflow import this
from viewflow.workflow import Flow, act, nodes
from viewflow.workflow.lock import CacheLock, no_lock, select_for_update_lock

from .contended import lock_cache
from .models import Order, Parcel
from .steps import page


class ChildFlow(Flow):
    """A person works on it."""

    process_class = Order

    start = nodes.StartSubprocess(this.begin).Next(this.work)
    work = nodes.View(page).Next(this.end)
    end = nodes.End()

    def begin(self, activation, item=None, **values):
        activation.process.note = str(item)
        for name, value in values.items():
            setattr(activation.process, name, value)
        if item == "bad":
            raise ValueError("a bad item")


class QuickChildFlow(ChildFlow):
    """Ends in the moment it starts; with an error when it is about errors."""

    work = nodes.If(this.is_bad).Then(this.failed).Else(this.end)
    failed = nodes.ErrorEnd("E1")

    def is_bad(self, activation):
        return activation.process.note == "error"


class FailingChildFlow(ChildFlow):
    """A person decides whether it ends well."""

    work = nodes.View(page).Next(this.check)
    check = nodes.If(act.process.approved).Then(this.end).Else(this.failed)
    failed = nodes.ErrorEnd("E2")


class ParentFlow(Flow):
    """Waits for one process."""

    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.sub, task_data=lambda a: {"kept": 1})
    sub = nodes.Subprocess(ChildFlow.start, undo_func=this.forget).Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()

    def begin(self, activation, **values):
        for name, value in values.items():
            setattr(activation.process, name, value)

    def forget(self, activation):
        activation.process.note = "forgotten"


class QuickParentFlow(ParentFlow):
    sub = nodes.Subprocess(QuickChildFlow.start).Next(this.count)
    count = nodes.Function(this.bump).Next(this.after)

    def bump(self, activation):
        activation.process.amount += 1


class GrandParentFlow(ParentFlow):
    sub = nodes.Subprocess(ParentFlow.start).Next(this.after)


class GivingFlow(ParentFlow):
    """Says all that can be said about what the process begins with."""

    sub = nodes.Subprocess(
        ChildFlow.start,
        process_data=lambda activation: {"customer_name": activation.process.customer_name},
        process_seed=this.parcel,
        task_data={"constant": True},
        task_seed=this.parcel,
        get_subprocess_kwargs=this.kwargs,
    ).Next(this.after)

    def parcel(self, activation):
        return Parcel.objects.get_or_create(name="given")[0]

    def kwargs(self, activation):
        return {"amount": activation.process.amount}


class ManyFlow(ParentFlow):
    """Waits for a process for each item."""

    sub = nodes.NSubprocess(
        ChildFlow.start,
        this.items,
        task_data=lambda activation, item: {"item": item},
        get_subprocess_kwargs=lambda activation: {"customer_name": "Eve"},
    ).Next(this.count)
    count = nodes.Function(this.bump).Next(this.after)

    def items(self, activation):
        return activation.process.data.get("list", ["a", "b", "c"])

    def begin(self, activation, items=("a", "b", "c")):
        activation.process.data["list"] = list(items)

    def bump(self, activation):
        activation.process.amount += 1


class SequenceFlow(ManyFlow):
    """The same, one after the other."""

    sub = nodes.NSubprocess(ChildFlow.start, this.items, sequential=True).Next(this.count)


class QuickManyFlow(ManyFlow):
    sub = nodes.NSubprocess(QuickChildFlow.start, this.items).Next(this.count)


class QuickSequenceFlow(ManyFlow):
    sub = nodes.NSubprocess(QuickChildFlow.start, this.items, sequential=True).Next(this.count)


class ParcelsFlow(ManyFlow):
    """A sequence over rows."""

    sub = nodes.NSubprocess(ChildFlow.start, this.parcels, sequential=True).Next(this.count)

    def parcels(self, activation):
        return [Parcel.objects.create(name=name) for name in ("one", "two")]


class OddSequenceFlow(ManyFlow):
    """A sequence over what cannot be kept."""

    sub = nodes.NSubprocess(ChildFlow.start, lambda a: [object()], sequential=True).Next(this.count)


class OddManyFlow(ManyFlow):
    """Such items, all at once."""

    sub = nodes.NSubprocess(ChildFlow.start, lambda a: [object(), object()]).Next(this.count)


class BranchesFlow(ParentFlow):
    """A subprocess in one branch, a person in the other."""

    split = nodes.Split().Next(this.sub).Next(this.other)
    start = nodes.StartHandle(this.begin).Next(this.split)
    sub = nodes.NSubprocess(ChildFlow.start, lambda activation: [1, 2]).Next(this.join)
    other = nodes.View(page).Next(this.join)
    join = nodes.Join(continue_on_condition=lambda a, active: a.process.approved).Next(this.after)


class StoppedFlow(BranchesFlow):
    """The other branch ends everything."""

    other = nodes.View(page).Next(this.stop)
    stop = nodes.TerminateEnd()


class RepairFlow(ParentFlow):
    sub = nodes.Subprocess(FailingChildFlow.start).Next(this.after)


class CaughtFlow(ParentFlow):
    """Goes another way when one of two fails, or both take too long."""

    sub = (
        nodes.NSubprocess(FailingChildFlow.start, lambda activation: [1, 2])
        .OnError(this.mend, code="E2")
        .OnError(this.end, code="CANCELED")
        .OnTimeout(timedelta(days=1), this.mend)
        .Next(this.after)
    )
    mend = nodes.View(page).Next(this.end)


class TreeFlow(Flow):
    """Works for itself, as deep as it is told."""

    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.deeper)
    deeper = nodes.If(act.process.amount).Then(this.sub).Else(this.work)
    sub = nodes.NSubprocess(
        this.start,
        lambda activation: [1, 2],
        get_subprocess_kwargs=lambda activation: {"amount": activation.process.amount - 1},
    ).Next(this.end)
    work = nodes.View(page).Next(this.end)
    end = nodes.End()

    def begin(self, activation, amount=0, item=None):
        activation.process.amount = amount


# locks ------------------------------------------------------------------------------------------

PATIENT = CacheLock(cache=lock_cache("families"), attempts=60, expires=10)


class BusyChildFlow(Flow):
    """Two tasks, so that a cancel may come in between."""

    process_class = Order

    start = nodes.StartSubprocess(this.begin).Next(this.work)
    work = nodes.View(page).Next(this.more)
    more = nodes.Function(lambda activation: None).Next(this.end)
    end = nodes.End()

    def begin(self, activation, item=None):
        pass


class BusyFlow(Flow):
    """Six processes, and what follows counts how often it runs."""

    process_class = Order

    start = nodes.StartHandle().Next(this.sub)
    sub = nodes.NSubprocess(BusyChildFlow.start, lambda activation: range(6)).Next(this.count)
    count = nodes.Function(this.bump).Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()

    def bump(self, activation):
        activation.process.amount += 1


class RowChildFlow(BusyChildFlow):
    lock_impl = select_for_update_lock


class RowFlow(BusyFlow):
    lock_impl = select_for_update_lock
    sub = nodes.NSubprocess(RowChildFlow.start, lambda activation: range(6)).Next(this.count)


class CacheChildFlow(BusyChildFlow):
    lock_impl = PATIENT


class CacheFlow(BusyFlow):
    lock_impl = PATIENT
    sub = nodes.NSubprocess(CacheChildFlow.start, lambda activation: range(6)).Next(this.count)


class MixedFlow(BusyFlow):
    """Parent and children with different locks."""

    lock_impl = select_for_update_lock
    sub = nodes.NSubprocess(CacheChildFlow.start, lambda activation: range(6)).Next(this.count)


class UnlockedChildFlow(BusyChildFlow):
    lock_impl = no_lock


class UnlockedChildrenFlow(BusyFlow):
    """Children without any lock of their own are safe at the root."""

    sub = nodes.NSubprocess(UnlockedChildFlow.start, lambda activation: range(6)).Next(this.count)


class BusyGrandFlow(BusyFlow):
    """Three generations."""

    sub = nodes.NSubprocess(BusyFlow.start, lambda activation: range(1)).Next(this.count)
    start = nodes.StartHandle(this.begin).Next(this.sub)

    def begin(self, activation, item=None):
        pass


FAMILIES = [BusyFlow, RowFlow, CacheFlow, MixedFlow, UnlockedChildrenFlow]


# a branch for each item -------------------------------------------------------------------------


class EachFlow(Flow):
    """A task for each item, and one person beside them."""

    process_class = Order

    start = nodes.StartHandle(this.begin).Next(this.split)
    split = (
        nodes.Split().Next(this.each, task_data_source=this.items).Next(this.beside, case=this.both)
    )
    each = nodes.View(page).Next(this.note)
    note = nodes.Function(this.bump).Next(this.join)
    beside = nodes.View(page).Next(this.join)
    join = nodes.Join().Next(this.after)
    after = nodes.View(page).Next(this.end)
    end = nodes.End()

    def begin(self, activation, items=(), both=False):
        activation.process.data["list"] = list(items)
        activation.process.approved = both

    def items(self, activation):
        return activation.process.data["list"]

    def both(self, activation):
        return activation.process.approved

    def bump(self, activation):
        activation.process.amount += 1


class EachSeedFlow(EachFlow):
    """Data and seeds together."""

    split = nodes.Split().Next(
        this.each, task_data_source=this.items, task_seed_source=lambda a: Parcel.objects.all()
    )


class OldNameFlow(EachFlow):
    split = nodes.Split().Next(this.each, data_source=this.items)


class EachEndFlow(EachFlow):
    """No join follows."""

    split = nodes.Split().Next(this.each, task_data_source=this.items)
    note = nodes.Function(this.bump).Next(this.end)


class EachEnoughFlow(EachFlow):
    """Two are enough; the rest is cancelled."""

    join = nodes.Join(continue_on_condition=lambda a, active: len(active) <= 1).Next(this.after)


class EachKeepFlow(EachFlow):
    """Two are enough; the rest goes on."""

    join = nodes.Join(
        continue_on_condition=lambda a, active: len(active) <= 1, cancel_active=False
    ).Next(this.after)


class EachNestedFlow(EachFlow):
    """For each item a split with a join of its own."""

    split = nodes.Split().Next(this.inner, task_data_source=this.items)
    inner = nodes.Split().Next(this.each).Next(this.beside)
    beside = nodes.View(page).Next(this.inner_join)
    each = nodes.View(page).Next(this.inner_join)
    inner_join = nodes.Join().Next(this.note)


class EachSharedFlow(EachFlow):
    """For each item a split, and one join for all."""

    split = nodes.Split().Next(this.inner, task_data_source=this.items)
    inner = nodes.Split().Next(this.each).Next(this.beside)


class EachSubFlow(EachFlow):
    """For each item a subprocess."""

    each = nodes.Subprocess(
        ChildFlow.start, get_subprocess_kwargs=lambda a: {"item": a.task.data}
    ).Next(this.note)


class LongLoopFlow(Flow):
    """A split, a subprocess and a join, again and again."""

    process_class = Order

    start = nodes.StartHandle().Next(this.split)
    split = nodes.Split().Next(this.tick).Next(this.tock)
    tick = nodes.Handle().Next(this.join)
    tock = nodes.Function(lambda activation: None).Next(this.join)
    join = nodes.Join().Next(this.again)
    again = nodes.If(lambda activation: True).Then(this.split).Else(this.end)
    end = nodes.End()
