"""A site on which every composite field and every widget can be tried."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.template import RequestContext, Template
from django.urls import path
from django.views import generic

from viewflow.forms import (
    EmbeddedFormField,
    EmbeddedFormSetField,
    FieldSet,
    ForeignKeyFormField,
    Form,
    FormSet,
    FormSetField,
    InlineCalendar,
    InlineFormSetField,
    JSONEditorWidget,
    Layout,
    ModelForm,
    ModelFormField,
    Row,
    TotalCounterWidget,
    TrixEditorWidget,
)
from viewflow.urls import Application, ModelViewset, Site

from .atlas import TripViewset
from .models import Address, Buyer, Event, Line, Phone, Place, Preferences
from .wizard import Booking


class AddressForm(ModelForm):
    class Meta:
        model = Address
        fields = ["street", "city"]

    layout = Layout(Row("street", "city"))


class PreferencesForm(ModelForm):
    class Meta:
        model = Preferences
        fields = ["colour", "newsletter"]


class CustomerForm(ModelForm):
    address = ForeignKeyFormField(AddressForm)
    billing = ForeignKeyFormField(AddressForm, required=False, label="Billing address")
    preferences = ModelFormField(PreferencesForm, required=False)
    phones = InlineFormSetField(
        model=Phone, fields=["number", "kind"], extra=1, help_text="The first one is tried first."
    )

    class Meta:
        model = Buyer
        fields = ["name", "address", "billing", "preferences", "phones"]


class CustomerViewset(ModelViewset):
    model = Buyer
    form_class = CustomerForm


class EventForm(ModelForm):
    place = EmbeddedFormField(model=Place, fields=["name", "opened", "seats"])
    lines = EmbeddedFormSetField(model=Line, label="What to bring")

    class Meta:
        model = Event
        fields = ["title", "place", "lines"]

    layout = Layout(
        "title", FieldSet("Where", "place"), FormSet("lines", card_desktop=4, card_tablet=4)
    )


class EventViewset(ModelViewset):
    model = Event
    form_class = EventForm


class ItemForm(forms.Form):
    dish = forms.CharField()
    count = forms.IntegerField(initial=1)
    price = forms.DecimalField(required=False)
    total = forms.DecimalField(
        required=False, widget=TotalCounterWidget(expression="count * price")
    )


class OrderForm(Form):
    name = forms.CharField()
    day = forms.DateField(widget=InlineCalendar(), help_text="When shall we come?")
    items = FormSetField(form=ItemForm, can_delete=True)
    discount = forms.DecimalField(required=False)
    total = forms.DecimalField(
        required=False,
        widget=TotalCounterWidget(expression="sum(items.count * items.price) - discount"),
    )
    text = forms.CharField(required=False, widget=TrixEditorWidget, label="Message")
    data = forms.JSONField(required=False, widget=JSONEditorWidget, label="Settings")

    layout = Layout("name", "items", Row("discount", "total"), Row("day", "text"), "data")


SAID = (
    "{% extends 'viewflow/base_page.html' %}{% block content %}<h1>Sent</h1><p>{{ said }}</p>"
    "{% endblock %}"
)


class OrderView(generic.FormView):
    form_class = OrderForm
    template_name = "viewflow/views/form.html"
    extra_context = {"title": "Order"}

    def get_initial(self):
        return {"data": {"plates": [1, 2], "board": True}, "text": "<p>Bring a <b>board</b></p>"}

    def form_valid(self, form):
        said = Template(SAID).render(RequestContext(self.request, {"said": form.cleaned_data}))
        return HttpResponse(said)


class Desk(Application):
    title = "Desk"
    app_name = "desk"
    order_path = path("order/", OrderView.as_view(), name="order")
    book_path = path("book/", Booking.as_view(), name="book")


site = Site(
    title="Atlas",
    viewsets=[
        Desk(viewsets=[TripViewset(), CustomerViewset(), EventViewset()]),
    ],
)
urlpatterns = [path("", site.urls)]
