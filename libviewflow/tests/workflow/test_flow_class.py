"""What a flow class knows about itself: titles, nodes, references."""

from __future__ import annotations

import warnings

import pytest
from django.core.exceptions import ImproperlyConfigured

from viewflow import this
from viewflow.workflow import Flow, nodes
from viewflow.workflow.exceptions import FlowDefinitionError
from viewflow.workflow.fields import (
    get_flow_ref,
    get_task_ref,
    import_flow_by_ref,
    import_task_by_ref,
)
from viewflow.workflow.models import Process, Task

from . import flows, models
from .steps import page


def test_the_docstring_gives_title_and_description():
    """B272."""
    assert flows.PizzaFlow.process_title == "Order a pizza"
    assert flows.PizzaFlow.process_description == "From the call to the door."
    assert flows.PizzaFlow.instance.process_title == "Order a pizza"


def test_given_texts_win_over_the_docstring():
    """B272."""
    assert flows.TitledFlow.process_title == "Given title"
    assert flows.TitledFlow.process_description == "Given description"


def test_without_texts_the_title_is_the_class_name():
    """B273."""
    assert str(flows.UntitledTeaFlow.process_title) == "Untitled tea"
    assert flows.UntitledTeaFlow.process_description == ""


def test_nodes_know_their_name_flow_and_edges():
    """B274."""
    flow = flows.PizzaFlow.instance
    assert [node.name for node in flow.nodes()] == ["start", "bake", "deliver", "end"]
    bake = flow.node("bake")
    assert bake is flows.PizzaFlow.bake
    assert bake.flow_class is flows.PizzaFlow
    assert [(e.src, e.dst, e.edge_class) for e in bake._outgoing()] == [
        (bake, flow.node("deliver"), "next")
    ]
    assert [e.src.name for e in bake._incoming()] == ["start"]
    assert list(flow.node("end")._outgoing()) == []


def test_gate_edges_tell_their_branch():
    edges = {e.dst.name: e.edge_class for e in flows.GateFlow.by_act._outgoing()}
    assert edges == {"noted": "cond_true", "switch": "cond_false"}
    edges = {e.dst.name: e.edge_class for e in flows.GateFlow.switch._outgoing()}
    assert edges["other"] == "default"
    assert edges["hundred"] == edges["fifty"]
    assert edges["hundred"] != "default"


def test_task_types():
    types = {node.name: node.task_type for node in flows.GatesUndoFlow.instance.nodes()}
    assert types == {
        "start": "HUMAN_START",
        "check": "EXCLUSIVE_GATEWAY",
        "switch": "SWITCH",
        "split": "PARALLEL_GATEWAY",
        "left": "HUMAN",
        "right": "HUMAN",
        "join": "JOIN",
        "end": "END",
    }
    assert flows.HandleFlow.start.task_type == "START"
    assert flows.HandleFlow.wait.task_type == "FUNCTION"
    assert flows.FunctionFlow.first.task_type == "FUNCTION"


def test_a_subclass_changes_only_itself():
    """B275."""
    parent, child = flows.PizzaFlow, flows.FreshPizzaFlow
    assert [node.name for node in parent.instance.nodes()] == ["start", "bake", "deliver", "end"]
    assert {node.name for node in child.instance.nodes()} == {
        "start",
        "bake",
        "deliver",
        "end",
        "taste",
    }
    assert parent.bake is not child.bake
    assert child.bake.flow_class is child
    assert parent.bake.flow_class is parent
    assert [e.dst for e in child.bake._outgoing()] == [child.deliver]
    assert [e.dst for e in parent.bake._outgoing()] == [parent.deliver]
    assert [e.dst.name for e in child.deliver._outgoing()] == ["taste"]
    assert [e.dst.name for e in parent.deliver._outgoing()] == ["end"]
    assert parent.deliver.task_title == "Bring it"
    assert child.deliver.task_title == "Run with it"
    child.start.task_title = "Changed"
    try:
        assert parent.start.task_title != "Changed"
    finally:
        child.start.task_title = parent.start.task_title


def test_an_inherited_node_uses_the_method_of_the_subclass():
    """B275."""

    class Base(Flow):
        start = nodes.StartHandle(this.begin).Next(this.end)
        end = nodes.End()

        def begin(self, activation):
            return "base"

    class Child(Base):
        def begin(self, activation):
            return "child"

    assert Child.start is not Base.start
    assert [e.dst for e in Child.start._outgoing()] == [Child.end]


def test_an_inherited_node_asks_for_the_permission_of_its_own_process_model():
    """B275, B319."""

    class Base(Flow):
        process_class = models.Shipment
        begin_it = nodes.Start(page).Permission(auto_create=True).Next(this.look)
        look = nodes.View(page).Permission("may_look", obj=this.thing).Next(this.end)
        end = nodes.End()

        def thing(self, process):
            return "base"

    class Child(Base):
        process_class = models.LeanProcess
        task_class = models.LeanTask

        def thing(self, process):
            return "child"

    assert Base.begin_it.owner_permission == "workflow.can_begin_it_shipment"
    assert Child.begin_it.owner_permission == "workflow.can_begin_it_leanprocess"
    assert "can_begin_it_leanprocess" in dict(models.LeanProcess._meta.permissions)
    assert "can_begin_it_shipment" not in dict(models.LeanProcess._meta.permissions)
    assert Base.look.owner_permission == Child.look.owner_permission == "workflow.may_look"
    assert Base.look.owner_permission_obj(None) == "base"
    assert Child.look.owner_permission_obj(None) == "child"


def test_a_missing_node_is_named_when_the_class_is_made():
    """B276."""
    with pytest.raises((ImproperlyConfigured, AttributeError), match="no_such_node"):

        class BrokenFlow(Flow):
            start = nodes.Start(page).Next(this.no_such_node)
            end = nodes.End()


def test_what_was_probably_meant_is_suggested():
    with pytest.raises(
        ImproperlyConfigured, match=r"this\.dlver as the next.*mean this\.deliver\?"
    ):

        class TypoFlow(Flow):
            start = nodes.Start(page).Next(this.dlver)
            deliver = nodes.Handle().Next(this.end)
            end = nodes.End()

    with pytest.raises(ImproperlyConfigured, match=r"this\.begn.*mean this\.begin\?"):

        class MethodTypoFlow(Flow):
            start = nodes.StartHandle(this.begn).Next(this.end)
            end = nodes.End()

            def begin(self, activation):
                pass


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        ("end", r"'end' is not a node\. Write this\.end, without quotation marks\."),
        (this.forgotten, r"this\.forgotten is not a node but .* Call the class: End\(…\)\."),
    ],
)
def test_a_target_that_is_no_node_says_what_to_write(target, advice):
    with pytest.raises(ImproperlyConfigured, match=advice):

        class NoNodeFlow(Flow):
            start = nodes.Start(page).Next(target)
            forgotten = nodes.End
            end = nodes.End()


def test_a_missing_method_is_named_when_the_class_is_made():
    with pytest.raises((ImproperlyConfigured, AttributeError), match="no_such_method"):

        class BrokenFlow(Flow):
            start = nodes.StartHandle(this.no_such_method).Next(this.end)
            end = nodes.End()


@pytest.mark.parametrize("name", ["cancel", "lock", "nodes", "reverse", "lock_impl", "instance"])
def test_a_node_with_the_name_of_what_every_flow_has_is_refused(name):
    """``MyFlow.instance.cancel(process)`` would call the node instead."""
    body = {"start": nodes.StartHandle().Next(getattr(this, name)), name: nodes.End()}
    with pytest.raises(FlowDefinitionError, match=rf"TakenFlow\.{name}: .*rename"):
        type(Flow)("TakenFlow", (Flow,), {"__module__": __name__, **body})


def test_a_node_may_be_named_directly():
    """Without ``this``, when it stands above."""

    class Direct(Flow):
        end = nodes.End()
        wait = nodes.Handle().Next(end)
        start = nodes.StartHandle().Next(wait)

    class Child(Direct):
        end = nodes.TerminateEnd()

    for flow_class in (Direct, Child):
        assert [edge.dst for edge in flow_class.start._outgoing()] == [flow_class.wait]
        assert [edge.dst for edge in flow_class.wait._outgoing()] == [flow_class.end]
        assert list(flow_class.end._incoming())


@pytest.mark.parametrize("stranger", [nodes.End(), flows.TwoEndsFlow.start, flows.HandleFlow.wait])
def test_next_does_not_lead_to_a_node_that_the_flow_does_not_have(stranger):
    body = {"begin": nodes.StartHandle().Next(stranger), "end": nodes.End()}
    with pytest.raises(FlowDefinitionError, match=r"Lost\.begin .*no node of Lost"):
        type(Flow)("Lost", (Flow,), {"__module__": __name__, **body})


def test_next_must_lead_to_a_node():
    with pytest.raises((ImproperlyConfigured, AttributeError, TypeError), match="start"):

        class BrokenFlow(Flow):
            start = nodes.Start(page).Next(this.method)
            end = nodes.End()

            def method(self, activation):
                pass


def test_an_if_without_else_is_a_clear_error():
    """B340."""
    with pytest.raises(ImproperlyConfigured, match=r"(?s)check.*Else"):

        class NoElseFlow(Flow):
            start = nodes.Start(page).Next(this.check)
            check = nodes.If(lambda activation: True).Then(this.end)
            end = nodes.End()

    with pytest.raises(ImproperlyConfigured, match=r"(?s)check.*Then"):

        class NoThenFlow(Flow):
            start = nodes.Start(page).Next(this.check)
            check = nodes.If(lambda activation: True).Else(this.end)
            end = nodes.End()


def test_view_ignores_extra_arguments():
    """B390."""
    node = nodes.View(page, colour="red", undo_func=None)
    assert isinstance(node, nodes.View)


def test_the_reference_text_leads_back_to_the_class():
    """B277."""
    assert str(flows.PizzaFlow) == "workflow/flows.PizzaFlow"
    assert get_flow_ref(flows.PizzaFlow) == "workflow/flows.PizzaFlow"
    assert import_flow_by_ref("workflow/flows.PizzaFlow") is flows.PizzaFlow
    assert get_task_ref(flows.PizzaFlow.bake) == "workflow/flows.PizzaFlow.bake"
    assert import_task_by_ref("workflow/flows.PizzaFlow.bake") is flows.PizzaFlow.bake


def test_labels_of_app_and_flow():
    instance = flows.PizzaFlow.instance
    assert instance.app_label == "workflow"
    assert instance.flow_label == "pizza"
    assert flows.PizzaFlow.app_name == "pizza"
    assert flows.UntitledTeaFlow.instance.flow_label == "untitledtea"


def test_a_flow_outside_every_app_can_be_made():
    made = type(Flow)(
        "OutsideFlow",
        (Flow,),
        {
            "__module__": "no_such_package.things",
            "start": nodes.Start(page).Next(this.end),
            "end": nodes.End(),
        },
    )
    assert "OutsideFlow" in str(made)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "reference",
    [
        "workflow/flows.GoneFlow",
        "workflow/no_such_module.PizzaFlow",
        "no_such_app/flows.PizzaFlow",
        "not a reference at all",
        "workflow/flows.put",
    ],
)
def test_a_bad_reference_reads_as_none_with_a_warning(reference):
    """B280, B278."""
    process = flows.HandleFlow.start.run()
    Process.objects.filter(pk=process.pk).update(flow_class=reference)
    Task.objects.filter(process_id=process.pk).update(flow_task=f"{reference}.start")
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        stored = Process.objects.get(pk=process.pk)
        task = Task.objects.filter(process_id=process.pk).first()
        assert stored.flow_class is None
        assert task.flow_task is None
    assert stored.brief is None
    assert str(process.pk) in str(stored)
    assert "NEW" in str(stored) or "In progress" in str(stored)
    assert str(task.pk) in str(task)
    assert task.brief is None
    assert stored.coerced == stored
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        assert task.pk in [t.pk for t in Task.objects.all()]


@pytest.mark.django_db
def test_a_bad_reference_warns():
    """B280."""
    process = flows.HandleFlow.start.run()
    Process.objects.filter(pk=process.pk).update(flow_class="workflow/flows.NeverSeenFlow")
    with pytest.warns(UserWarning, match=r"NeverSeenFlow.*rename it in the database"):
        Process.objects.get(pk=process.pk)
    Task.objects.filter(process_id=process.pk).update(flow_task=f"{flows.HandleFlow}.gone")
    with pytest.warns(UserWarning, match=r"has no node 'gone'\. .*`obsolete = flow\.Obsolete\(\)`"):
        Task.objects.filter(process_id=process.pk).first()


def test_nodes_of_one_class_are_linked_among_themselves():
    """The node copies of one class are linked among themselves only."""
    for flow_class in (flows.PizzaFlow, flows.FreshPizzaFlow, flows.KeepRestFlow):
        for node in flow_class.instance.nodes():
            assert node.flow_class is flow_class
            assert all(edge.dst.flow_class is flow_class for edge in node._outgoing())
