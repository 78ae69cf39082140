"""Flows with an API and no pages."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.views.generic import FormView
from rest_framework import serializers

from tests.flowviews.models import Errand, Review
from tests.kit.models import Courier, District, Tag
from viewflow import this
from viewflow.workflow import rest
from viewflow.workflow.flow.views.mixins import TaskViewMixin


class NoteSerializer(serializers.Serializer):
    note = serializers.CharField(max_length=50)

    def validate_note(self, value):
        if value == "rude":
            raise serializers.ValidationError("Mind your words.")
        return value

    def update(self, process, validated_data):
        process.note = validated_data["note"].upper()
        return process


class AmountForm(forms.ModelForm):
    class Meta:
        model = Errand
        fields = ["note", "amount"]

    def clean(self):
        if self.cleaned_data.get("amount") == 13:
            raise forms.ValidationError("Not that many.")


class LicenceForm(forms.Form):
    """A form that is of no model, with a file, a choice and a relation."""

    name = forms.CharField(max_length=20)
    file = forms.FileField()
    days = forms.TypedChoiceField(choices=[(1, "one"), (2, "two")], coerce=int, required=False)
    district = forms.ModelChoiceField(District.objects.all(), required=False)
    tags = forms.ModelMultipleChoiceField(Tag.objects.all(), required=False)
    when = forms.SplitDateTimeField(required=False)
    price = forms.DecimalField(max_digits=5, decimal_places=2, required=False)
    extra = forms.JSONField(required=False)


class LicenceView(TaskViewMixin, FormView):
    form_class = LicenceForm

    def form_valid(self, form):
        told.append(form.cleaned_data)
        data = form.cleaned_data
        district = data["district"] or District.objects.create(name="Mitte")
        Courier.objects.create(name=data["name"], district=district, licence=data["file"])
        self.activation.execute()
        return HttpResponse("done")


#: What the form above has made of the last requests.
told: list[dict] = []


class LicenceFlow(rest.Flow):
    start = rest.Start(LicenceView.as_view()).Next(this.end)
    end = rest.End()


def by_hand(request, **kwargs):
    return HttpResponse("a page")


class ErrandFlow(rest.Flow):
    """Errand

    Somebody is sent, and comes back."""

    process_class = Errand

    start = (
        rest.Start(rest.views.CreateProcessView.as_view(serializer_class=NoteSerializer))
        .Annotation(title="Send somebody")
        .Next(this.go)
    )
    go = rest.View(rest.views.UpdateProcessView.as_view(form_class=AmountForm)).Next(this.enough)
    enough = (
        rest.If(lambda activation: activation.process.amount > 0).Then(this.thank).Else(this.go)
    )
    thank = rest.View(by_hand).Next(this.end)
    end = rest.End()


class ReviewApiFlow(rest.Flow):
    process_class = Review

    start = (
        rest.Start(rest.views.CreateProcessView.as_view(fields=["text"]))
        .Permission("flowviews.add_review")
        .Next(this.decide)
    )
    decide = (
        rest.View(rest.views.UpdateProcessView.as_view(fields=["approved", "comment"]))
        .Permission("flowviews.change_review")
        .Next(this.end)
    )
    end = rest.End()
