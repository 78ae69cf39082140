"""The shortest flow there is, and one with every node."""

from __future__ import annotations

from django import forms
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.generic import FormView

from viewflow import this
from viewflow.forms import Layout, Row
from viewflow.views import Action
from viewflow.workflow import flow
from viewflow.workflow.flow.utils import wrap_task_view
from viewflow.workflow.flow.views import (
    CreateArtifactView,
    CreateProcessView,
    UpdateArtifactView,
    UpdateProcessView,
)
from viewflow.workflow.flow.views.mixins import TaskViewMixin

from .models import Document, Errand, PizzaOrder, Review


class PizzaFlow(flow.Flow):
    process_class = PizzaOrder

    start = flow.Start(
        CreateProcessView.as_view(fields=["customer_name", "address", "toppings"])
    ).Next(this.bake)

    bake = flow.View(UpdateProcessView.as_view(fields=["baking_time"])).Next(this.deliver)

    deliver = flow.View(UpdateProcessView.as_view(fields=["tips_received"])).Next(this.end)

    end = flow.End()


class DecideForm(forms.ModelForm):
    class Meta:
        model = Review
        fields = ["approved", "comment"]

    class Media:
        js = ["flowviews/decide.js"]


class ApprovalNode(flow.View):
    """A node with a page and an action of its own."""

    def get_available_actions(self, activation, user):
        actions = super().get_available_actions(activation, user)
        if self.can_execute(user, activation.task):
            actions.append(Action("Ask the author", url=activation.task.reverse("ask")))
        return actions

    @property
    def ask_path(self):
        view = wrap_task_view(self, self.ask, permission=self.can_execute)
        return path(self.task_route("ask"), view, name="ask")

    def ask(self, request, **kwargs):
        return HttpResponse(f"asked about {request.activation.task.pk}")


def handmade(request, **kwargs):
    """A view written as a plain function."""
    if request.method == "POST":
        request.activation.process.comment = request.POST.get("comment", "")
        request.activation.execute()
        return redirect(request.activation.get_success_url(request))
    return render(request, "flowviews/handmade.html", {"activation": request.activation})


class ReviewFlow(flow.Flow):
    """Document review

    Read a document, decide, publish.
    """

    process_class = Review
    process_summary_template = "Review of <i>{{ process.text }}</i>"
    process_result_template = "{{ process.text }} was reviewed"

    start = (
        flow.Start(CreateProcessView.as_view(fields=["text"]))
        .Annotation(title="New review")
        .Permission(auto_create=True)
        .Next(this.fork)
    )
    begin = flow.StartHandle(this.from_code).Next(this.fork)
    fork = flow.Split().Next(this.decide).Next(this.notify).Next(this.wait)
    decide = (
        ApprovalNode(UpdateProcessView.as_view(form_class=DecideForm))
        .Annotation(
            title="Decide",
            description="Is the text good enough?",
            summary_template="Decide about {{ process.text }}",
            result_template="{% if process.approved %}Approved{% else %}Refused{% endif %}",
        )
        .Permission("flowviews.can_decide_review", auto_create=True)
        .Next(this.join)
    )
    notify = flow.Function(this.tell).Next(this.join)
    wait = flow.Handle(this.arrived).Next(this.join)
    join = flow.Join().Next(this.check)
    check = (
        flow.If(lambda activation: activation.process.approved).Then(this.publish).Else(this.route)
    )
    publish = flow.View(handmade).Assign(this.start.owner).Next(this.end)
    route = flow.Switch().Case(this.race, this.is_long).Default(this.end)
    race = flow.SplitFirst().Next(this.first).Next(this.second)
    first = flow.View(UpdateProcessView.as_view(fields=["comment"])).Next(this.end)
    second = flow.View(UpdateProcessView.as_view()).Next(this.end)
    end = flow.End()
    obsolete = flow.Obsolete()

    def from_code(self, activation, text="from code"):
        activation.process.text = text

    def tell(self, activation):
        activation.task.data = {"told": "everybody"}

    def arrived(self, activation, comment=""):
        activation.process.comment = comment

    def is_long(self, activation):
        return len(activation.process.text) > 20


class DocumentFlow(flow.Flow):
    """A flow about an artifact."""

    start = flow.Start(CreateArtifactView.as_view(model=Document, fields=["title", "body"])).Next(
        this.edit
    )
    edit = (
        flow.View(UpdateArtifactView.as_view(fields=["body"]))
        .Assign(lambda activation: activation.process.created_by if False else None)
        .Next(this.end)
    )
    end = flow.End()


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(queryset=get_user_model()._default_manager.all())


class HandOverView(TaskViewMixin, FormView):
    form_class = HandOverForm
    template_name = "flowviews/hand_over.html"

    def form_valid(self, form):
        self.activation.reassign(form.cleaned_data["to"])
        return redirect(self.activation.task.reverse("detail"))


class HandOver(flow.View):
    """A task that its owner may hand to somebody."""

    reassign_view_class = HandOverView


class ErrandFlow(flow.Flow):
    """Runs the risk of failing."""

    process_class = Errand

    start = flow.StartHandle(this.begin).Next(this.work)
    work = (
        flow.View(UpdateProcessView.as_view(fields=["note"]))
        .Assign(lambda activation: get_user_model().objects.filter(username="vera").first())
        .Next(this.risky)
    )
    risky = flow.Function(this.do_risky).Next(this.after)
    after = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.end)
    end = flow.End()

    def begin(self, activation, note=""):
        activation.process.note = note

    def do_risky(self, activation):
        if activation.process.note == "boom":
            raise ValueError("the bank does not answer")


class LayoutFlow(flow.Flow):
    """A flow whose project has changed its pages."""

    process_class = Errand

    start = flow.Start(CreateProcessView.as_view(layout=Layout(Row("note", "amount")))).Next(
        this.one
    )
    one = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.two)
    two = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.three)
    three = HandOver(UpdateProcessView.as_view(fields=["note"])).Next(this.end)
    end = flow.End()
