"""Graphs to draw: small stand-ins for nodes, sample flows, and random graphs for hypothesis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st


@dataclass
class FakeEdge:
    src: Any
    dst: Any
    edge_class: str = "next"
    label: str = ""


@dataclass(eq=False, repr=False)
class FakeNode:
    name: str
    task_type: str = "HUMAN"
    task_title: str = ""
    edges: list[FakeEdge] = field(default_factory=list)

    def _outgoing(self):
        yield from self.edges

    def __repr__(self) -> str:
        ways = ", ".join(f"{edge.dst.name} {edge.label}".strip() for edge in self.edges)
        return f"{self.name}[{self.task_type} {self.task_title!r}] -> ({ways})"

    def to(self, *targets: FakeNode, label: str = "", edge_class: str = "next") -> FakeNode:
        self.edges.extend(FakeEdge(self, target, edge_class, label) for target in targets)
        return self


def fake_flow(nodes: list[FakeNode], title: str = "Sample") -> Any:
    """A class that has what a drawing reads of a flow class."""
    instance = type("Instance", (), {"nodes": lambda self: nodes})()
    return type("SampleFlow", (), {"instance": instance, "process_title": title})


def pizza() -> list[FakeNode]:
    start, charge = FakeNode("start", "HUMAN_START", "Ordered"), FakeNode("charge", "FUNCTION")
    bake, pickup = FakeNode("bake"), FakeNode("pickup", "EXCLUSIVE_GATEWAY", "Pickup?")
    hand, deliver = FakeNode("hand_over"), FakeNode("deliver")
    join, end = FakeNode("join", "JOIN"), FakeNode("end", "END", "Closed")
    start.to(charge)
    charge.to(bake)
    bake.to(pickup)
    pickup.to(hand, edge_class="cond_true").to(deliver, edge_class="cond_false")
    hand.to(join)
    deliver.to(join)
    join.to(end)
    return [start, charge, bake, pickup, hand, deliver, join, end]


def switch() -> list[FakeNode]:
    start, kind = (
        FakeNode("start", "HUMAN_START"),
        FakeNode("kind", "SWITCH", "Which kind of claim?"),
    )
    pay, end = FakeNode("pay", "FUNCTION"), FakeNode("end", "END")
    start.to(kind)
    pay.to(end)
    cases = [FakeNode(f"case_{i}", "HUMAN", f"Look at case number {i}") for i in range(5)]
    for i, case in enumerate(cases):
        kind.to(case, label=f"case {i}")
        case.to(pay)
    return [start, kind, *cases, pay, end]


def loop() -> list[FakeNode]:
    start, fill = FakeNode("start", "HUMAN_START"), FakeNode("fill")
    ok, again = FakeNode("ok", "EXCLUSIVE_GATEWAY", "Approved?"), FakeNode("again")
    end = FakeNode("end", "END")
    start.to(fill)
    fill.to(ok)
    ok.to(end, label="yes").to(fill, label="no")
    again.to(again, end)
    return [start, fill, ok, again, end]


def boundaries() -> list[FakeNode]:
    start, work, end = FakeNode("start", "START"), FakeNode("work"), FakeNode("end", "END")
    late, failed = FakeNode("work__timeout", "TIMER", "2 days"), FakeNode("work__error", "EVENT")
    escalate, undo = FakeNode("escalate"), FakeNode("undo", "FUNCTION")
    start.to(work)
    work.to(end).to(late, failed, edge_class="boundary").to(undo, edge_class="compensation")
    late.to(escalate)
    escalate.to(end)
    failed.to(work)
    return [start, work, late, failed, escalate, undo, end]


SAMPLES = {"pizza": pizza, "switch": switch, "loop": loop, "boundaries": boundaries}

TYPES = [
    "HUMAN_START",
    "HUMAN",
    "FUNCTION",
    "EXCLUSIVE_GATEWAY",
    "PARALLEL_GATEWAY",
    "SWITCH",
    "JOIN",
    "TIMER",
    "EVENT",
    "END",
]
TITLES = [
    "",
    "Bake",
    "Approve the yearly report of the department",
    "Donaudampfschifffahrtsgesellschaft",
    "\u6838\u51c6\u7533\u8acb\u8868\u683c",
    "<b>&\"'",
]


@st.composite
def graphs(draw: st.DrawFn, most: int = 14) -> list[FakeNode]:
    """Any graph: cycles, self loops, double edges, unreachable parts, boundaries with ways out."""
    count = draw(st.integers(1, most))
    nodes = [
        FakeNode(f"n{i}", draw(st.sampled_from(TYPES)), draw(st.sampled_from(TITLES)))
        for i in range(count)
    ]
    index = st.integers(0, count - 1)
    for src, dst, label in draw(
        st.lists(
            st.tuples(index, index, st.sampled_from(["", "", "yes", "no", "below 100 EUR"])),
            max_size=2 * count,
        )
    ):
        nodes[src].to(nodes[dst], label=label)
    for number, (host, dst) in enumerate(draw(st.lists(st.tuples(index, index), max_size=3))):
        event = FakeNode(f"b{number}", "TIMER", "")
        if nodes[host].task_type in {"HUMAN", "FUNCTION"}:
            nodes[host].to(event, edge_class="boundary")
            event.to(nodes[dst])
            nodes.append(event)
    return nodes


@st.composite
def structured(draw: st.DrawFn) -> list[FakeNode]:
    """Flows as people write them: sequences, choices and parallel parts, properly nested."""
    nodes: list[FakeNode] = []

    def new(kind: str, title: str = "") -> FakeNode:
        node = FakeNode(f"n{len(nodes)}", kind, title)
        nodes.append(node)
        return node

    def block(depth: int) -> tuple[FakeNode, FakeNode]:
        if depth == 0 or draw(st.integers(0, 2)) == 0:
            task = new("HUMAN", draw(st.sampled_from(TITLES)))
            return task, task
        if draw(st.booleans()):
            first, middle = block(depth - 1)
            second, last = block(depth - 1)
            middle.to(second)
            return first, last
        fork = new(draw(st.sampled_from(["EXCLUSIVE_GATEWAY", "PARALLEL_GATEWAY"])), "Sure?")
        join = new("JOIN")
        for _ in range(draw(st.integers(2, 4))):
            enter, leave = block(depth - 1)
            fork.to(enter, label=draw(st.sampled_from(["", "yes"])))
            leave.to(join)
        return fork, join

    start = new("HUMAN_START", "Begin")
    enter, leave = block(3)
    start.to(enter)
    leave.to(new("END", "Done"))
    return nodes
