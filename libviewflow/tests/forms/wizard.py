"""A wizard of three steps: a form, a form with choices from the server, and lines."""

from __future__ import annotations

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import formset_factory
from django.http import HttpResponse
from django.urls import path
from formtools.wizard.views import SessionWizardView

from viewflow.forms import AjaxModelSelect, DependentModelSelect, Form
from viewflow.urls import Application, Site
from viewflow.views import WizardPageMixin

from .atlas import regions
from .models import Country, Region


class Who(Form):
    name = forms.CharField(max_length=10)
    mail = forms.EmailField()


class Where(Form):
    country = forms.ModelChoiceField(
        Country.objects.filter(secret=False), widget=AjaxModelSelect(lookups=["name__icontains"])
    )
    region = forms.ModelChoiceField(
        Region.objects.all(), widget=DependentModelSelect(depends_on="country", queryset=regions)
    )


class Guest(forms.Form):
    guest = forms.CharField(max_length=10)


class Booking(LoginRequiredMixin, WizardPageMixin, SessionWizardView):
    title = "Book a trip"
    form_list = [("who", Who), ("where", Where), ("guests", formset_factory(Guest, extra=1))]

    def done(self, form_list, **kwargs):
        who, where, guests = (form.cleaned_data for form in form_list)
        return HttpResponse(
            f"{who['name']} to {where['region']} with {[g.get('guest') for g in guests]}"
        )


class Desk(Application):
    book_path = path("book/", Booking.as_view(), name="book")


urlpatterns = [path("", Site(title="Atlas", viewsets=[Desk(title="Desk", app_name="desk")]).urls)]
