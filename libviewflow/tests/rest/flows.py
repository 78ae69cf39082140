"""Flows with an API and no pages."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from rest_framework import serializers

from tests.flowviews.models import Errand, Review
from viewflow import this
from viewflow.workflow import rest


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
