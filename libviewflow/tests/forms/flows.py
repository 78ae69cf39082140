"""A flow whose forms hold embedded objects and rows, and one that makes an artifact with rows."""

from __future__ import annotations

from viewflow import this
from viewflow.forms import (
    EmbeddedFormField,
    EmbeddedFormSetField,
    FormSet,
    InlineFormSetField,
    Layout,
    ModelForm,
    Row,
)
from viewflow.workflow import flow
from viewflow.workflow.flow.views import CreateArtifactView, CreateProcessView, UpdateProcessView

from .atlas import TripForm
from .models import Invitation, Line, Party, Place


class PartyForm(ModelForm):
    place = EmbeddedFormField(model=Place, fields=["name", "seats"])
    dishes = EmbeddedFormSetField(model=Line)

    class Meta:
        model = Party
        fields = ["title", "place", "dishes"]

    layout = Layout("title", Row("place"), FormSet("dishes", card_desktop=6))


class GuestsForm(ModelForm):
    invitations = InlineFormSetField(model=Invitation, fields=["guest"], extra=2)

    class Meta:
        model = Party
        fields = ["title", "invitations"]


class PartyFlow(flow.Flow):
    process_class = Party

    start = flow.Start(CreateProcessView.as_view(form_class=PartyForm)).Next(this.invite)
    invite = flow.View(UpdateProcessView.as_view(form_class=GuestsForm)).Next(this.check)
    check = flow.Function(this.count).Next(this.end)
    end = flow.End()

    def count(self, activation):
        party = activation.process
        if party.title == "Fire":
            raise RuntimeError("oven on fire")
        party.title = f"{party.title} ({party.invitations.count()} guests)"
        party.save()


class TripFlow(flow.Flow):
    start = flow.Start(
        CreateArtifactView.as_view(model=TripForm._meta.model, form_class=TripForm)
    ).Next(this.end)
    end = flow.End()
