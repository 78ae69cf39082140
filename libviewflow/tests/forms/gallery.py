"""Every kind of field in every state, as a page: for the eye, the browser and axe."""

from __future__ import annotations

import datetime

from django import forms
from django.http import HttpResponse
from django.template import Context, Template
from django.urls import path

from viewflow.forms import Caption, Column, FieldSet, Layout, Row, Span
from viewflow.urls import Application, Site

DISHES = [
    ("", "---------"),
    ("Warm", [("1", "Margherita"), ("2", "Diavola")]),
    ("Cold", [("3", "Salad")]),
]
EXTRAS = [("a", "Cut in eight"), ("b", "Extra basil"), ("c", "Clean board used")]
WAYS = [("d", "Delivery"), ("p", "Pick-up")]


class Gallery(forms.Form):
    text = forms.CharField(max_length=30, help_text="A new name makes a new customer.")
    search = forms.CharField(
        required=False, widget=forms.TextInput({"leading-icon": "search", "placeholder": "Name"})
    )
    minutes = forms.IntegerField(
        min_value=1,
        max_value=30,
        widget=forms.NumberInput({"suffix": "minutes"}),
        help_text="From 1 to 30.",
    )
    price = forms.DecimalField(decimal_places=2, max_digits=6, required=False)
    email = forms.EmailField(required=False)
    phone = forms.CharField(required=False, widget=forms.TextInput({"type": "tel"}))
    site = forms.URLField(required=False, assume_scheme="https")
    secret = forms.CharField(widget=forms.PasswordInput)
    readonly = forms.CharField(initial="1042", widget=forms.TextInput({"readonly": True}))
    disabled = forms.CharField(initial="€ 34.50", disabled=True)
    dish = forms.ChoiceField(choices=DISHES)
    sides = forms.MultipleChoiceField(choices=DISHES[1:], required=False)
    day = forms.DateField(initial=datetime.date(2026, 11, 22))
    at = forms.TimeField(initial=datetime.time(19, 40))
    moment = forms.DateTimeField(initial=datetime.datetime(2026, 11, 22, 19, 40))
    own = forms.DateField(input_formats=["%d.%m.%Y"], required=False, label="Own format")
    window = forms.SplitDateTimeField(initial=datetime.datetime(2026, 11, 22, 19, 40))
    born = forms.DateField(widget=forms.SelectDateWidget(years=range(1990, 2000)), required=False)
    note = forms.CharField(widget=forms.Textarea, required=False)
    plan = forms.FileField(help_text="PDF or image, up to 5 MB.")
    how = forms.ChoiceField(choices=WAYS, widget=forms.RadioSelect({"boxed": True}))
    extras = forms.MultipleChoiceField(choices=EXTRAS, widget=forms.CheckboxSelectMultiple)
    inline = forms.MultipleChoiceField(
        choices=EXTRAS, widget=forms.CheckboxSelectMultiple({"inline": True}), required=False
    )
    columns = forms.MultipleChoiceField(
        choices=EXTRAS, widget=forms.CheckboxSelectMultiple({"columns": 2}), required=False
    )
    known = forms.NullBooleanField(required=False)
    colour = forms.CharField(
        widget=forms.TextInput({"type": "color"}), initial="#2b5fd9", required=False
    )
    amount = forms.IntegerField(
        widget=forms.NumberInput({"type": "range", "min": 0, "max": 9}), required=False
    )
    agree = forms.BooleanField(label="I have read the rules", help_text="They are on the wall.")
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    layout = Layout(
        Row("text", "search"),
        Row("minutes", "price", "dish"),
        FieldSet(
            "Who is it?",
            Row(Span("email", desktop=6), "phone"),
            Row("site", "secret"),
            Row("readonly", "disabled"),
        ),
        FieldSet(
            "When?",
            Row("day", "at", "moment"),
            Row("own", "window"),
            "born",
        ),
        Caption("Everything else"),
        Row(Column("note", "plan", desktop=8, tablet=8), Column("known", "colour", "amount")),
        "how",
        Row("extras", "columns"),
        "inline",
        "sides",
        "agree",
    )


PAGE = """{% extends 'viewflow/base_page.html' %}{% load viewflow %}
{% block title %}Gallery{% endblock %}
{% block content %}<div class="page-head"><div><h1>Gallery</h1></div></div>
<form method="post" enctype="multipart/form-data" novalidate>{% csrf_token %}{% render form %}
<div class="actionbar"><button class="btn primary">Save</button></div></form>{% endblock %}"""


def gallery(request):
    form = Gallery(request.POST, request.FILES) if request.method == "POST" else Gallery()
    context = {"form": form, "request": request, "user": request.user, "csrf_token": "x"}
    return HttpResponse(Template(PAGE).render(Context(context)))


def wrong(request):
    """The same form, sent with nearly everything missing or wrong."""
    form = Gallery(
        {"minutes": "45", "day": "31.02.2026", "email": "x", "price": "much", "text": "x" * 40}
    )
    context = {"form": form, "request": request, "user": request.user}
    return HttpResponse(Template(PAGE).render(Context(context)))


class Kitchen(Application):
    fields_path = path("fields/", gallery, name="fields")


urlpatterns = [
    path("gallery/", gallery),
    path("gallery/wrong/", wrong),
    path("", Site(title="Forno", viewsets=[Kitchen()]).urls),
]
