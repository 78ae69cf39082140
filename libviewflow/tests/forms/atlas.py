"""A form whose choices come from the server, alone and in lines, and views that show it."""

from __future__ import annotations

from django.urls import path
from django.views import generic

from viewflow.forms import (
    AjaxModelSelect,
    AjaxMultipleModelSelect,
    DependentModelSelect,
    FormAjaxCompleteMixin,
    FormDependentSelectMixin,
    InlineFormSetField,
    ModelForm,
)
from viewflow.urls import Application, ModelViewset, Site

from .models import City, Country, Region, Stop, Trip


def regions(country):
    return Region.objects.filter(country=country)


class StopForm(ModelForm):
    class Meta:
        model = Stop
        fields = ["country", "region"]
        widgets = {
            "country": AjaxModelSelect(lookups=["name__icontains"]),
            "region": DependentModelSelect(depends_on="country", queryset=regions),
        }


class TripForm(ModelForm):
    stops = InlineFormSetField(model=Stop, form=StopForm, extra=1)

    class Meta:
        model = Trip
        fields = ["title", "country", "region", "city", "sights", "stops"]
        widgets = {
            "country": AjaxModelSelect(lookups=["name__icontains"]),
            "region": DependentModelSelect(depends_on="country", queryset=regions),
            "city": DependentModelSelect(
                depends_on="region", queryset=lambda region: region.cities.all()
            ),
            "sights": AjaxMultipleModelSelect(lookups=["name__istartswith", "people"], limit=3),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"].queryset = Country.objects.filter(secret=False)


class TripViewset(ModelViewset):
    model = Trip
    form_class = TripForm


class PlainView(FormAjaxCompleteMixin, FormDependentSelectMixin, generic.UpdateView):
    model = Trip
    form_class = TripForm
    template_name = "viewflow/views/form.html"


urlpatterns = [
    path("plain/<int:pk>/", PlainView.as_view()),
    path(
        "",
        Site(
            title="Atlas",
            viewsets=[Application(title="Trips", app_name="trips", viewsets=[TripViewset()])],
        ).urls,
    ),
]


def fill():
    """Countries, regions, cities and a trip."""
    made = {}
    for name in ("Italy", "Spain", "Portugal", "Atlantis"):
        country = Country.objects.create(name=name, secret=name == "Atlantis")
        made[name] = country
        for number in (1, 2):
            region = Region.objects.create(country=country, name=f"{name} {number}")
            made[region.name] = region
            for letter in "ab":
                city = City.objects.create(
                    region=region, name=f"{region.name}{letter}", people=number
                )
                made[city.name] = city
    made["trip"] = Trip.objects.create(
        title="South", country=made["Italy"], region=made["Italy 2"], city=made["Italy 2a"]
    )
    return made
