"""Remote and dependent selects: what the page carries, what the server answers, and to whom."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django import forms
from django.contrib.auth.models import Permission, User
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.test import override_settings

from viewflow.forms import (
    AjaxModelSelect,
    DependentModelSelect,
    Form,
    get_ajax_suggestions,
    render,
)

from .atlas import TripForm, fill, regions
from .markup import read
from .models import City, Country, Region, Trip
from .test_composite import managed

pytestmark = pytest.mark.django_db


@pytest.fixture
def atlas():
    return fill()


@pytest.fixture
def site(settings, client):
    settings.ROOT_URLCONF = "tests.forms.atlas"
    client.force_login(User.objects.create_superuser("ada"))
    return client


def ask(client, url, header, **question):
    text = urlencode(question)
    return client.options(url, headers={header: text})


def suggest(client, url="/trips/trip/add/", **question):
    return ask(client, url, "X-Request-Autocomplete", **question)


def choices(client, url="/trips/trip/add/", **question):
    return ask(client, url, "X-Request-Select-Options", **question)


def labels(answer):
    return [one["label"] for one in answer.json()["suggestions"]]


# --- suggestions ---------------------------------------------------------------------------------


def test_only_rows_of_the_fields_queryset_are_suggested(site, atlas):
    assert labels(suggest(site, field="country", query="al")) == ["Italy", "Portugal"]
    assert labels(suggest(site, field="country", query="atlantis")) == []
    assert labels(suggest(site, field="country", query="")) == ["Italy", "Portugal", "Spain"]
    assert suggest(site, field="country", query="spain").json() == {
        "suggestions": [{"value": atlas["Spain"].pk, "label": "Spain"}]
    }


def test_several_lookups_a_limit_and_words_that_are_no_number(site, atlas):
    assert labels(suggest(site, field="sights", query="italy 1")) == ["Italy 1a", "Italy 1b"]
    assert len(labels(suggest(site, field="sights", query="2"))) == 3
    assert len(labels(suggest(site, field="sights", query=""))) == 3


def test_fields_in_lines_and_of_existing_rows_are_found(site, atlas):
    for field in (
        "formset-stops-0-country",
        "formset-stops-7-country",
        "formset-stops-__prefix__-country",
    ):
        assert labels(suggest(site, field=field, query="spa")) == ["Spain"]
    url = f"/trips/trip/{atlas['trip'].pk}/change/"
    assert labels(suggest(site, url, field="country", query="spa")) == ["Spain"]
    assert labels(suggest(site, f"/plain/{atlas['trip'].pk}/", field="country", query="spa")) == [
        "Spain"
    ]


@pytest.mark.parametrize("query", ["\x00", "x" * 5000, "%", "_", "\\", "9" * 400, "😀", "'; --"])
def test_odd_queries_find_nothing_and_break_nothing(site, atlas, query):
    for field in ("country", "sights"):
        answer = suggest(site, field=field, query=query)
        assert answer.status_code in (200, 400)
        if answer.status_code == 200:
            assert labels(answer) == []


@pytest.mark.parametrize(
    "question",
    [
        "", "field=country", "query=x", "field=&query=x", "nonsense", "field=nope&query=x", "\x00",
        "field=title&query=x", "field=region&query=x", "field=stops&query=x",
        "field=formset-stops&query=x", "field=formset-stops-0&query=", "field=formset-stops-x-country&query=",
        "field=formset-stops--1-country&query=", "field=formset-stops-0-nope&query=",
        "field=formset-stops-99999999999999999999-country&query=",
        "field=formset-stops-²-country&query=", "field=form-country&query=", "field=__class__&query=",
        "field=country&query=%ff&" + "a=b&" * 50,
    ],
)  # fmt: skip
@pytest.mark.parametrize("header", ["X-Request-Autocomplete", "X-Request-Select-Options"])
def test_malformed_questions_are_answered_with_400(site, atlas, question, header):
    if header == "X-Request-Select-Options" and "field=region" in question:
        question = question.replace("region", "country")
    answer = site.options("/trips/trip/add/", headers={header: question})
    assert answer.status_code == 400 and list(answer.json()) == ["error"]


def test_the_views_own_permissions_hold(client, settings, atlas):
    settings.ROOT_URLCONF = "tests.forms.atlas"
    assert suggest(client, field="country", query="").status_code == 302
    bob = User.objects.create_user("bob")
    client.force_login(bob)
    assert suggest(client, field="country", query="").status_code == 403
    assert choices(client, field="region", query="1").status_code == 403
    bob.user_permissions.add(Permission.objects.get(codename="add_trip"))
    assert labels(suggest(client, field="country", query="it")) == ["Italy"]
    change = f"/trips/trip/{atlas['trip'].pk}/change/"
    assert suggest(client, change, field="country", query="it").status_code in (403, 404)


def test_without_our_headers_options_is_djangos(site, atlas):
    answer = site.options("/trips/trip/add/")
    assert answer.status_code == 200 and "OPTIONS" in answer["Allow"]


def test_suggestions_are_a_function_too(atlas):
    form = TripForm()
    assert get_ajax_suggestions(form.fields["country"], "spa")[0]["label"] == "Spain"
    with pytest.raises(ValueError, match="no suggestions"):
        get_ajax_suggestions(form.fields["title"], "x")
    with pytest.raises(ValueError, match="say what to look for"):
        AjaxModelSelect()

    class Wrong(Form):
        city = forms.ModelChoiceField(City.objects, widget=AjaxModelSelect(lookups=["nope"]))
        word = forms.ChoiceField(choices=[], widget=AjaxModelSelect(lookups=["name"]))

    with pytest.raises(FieldError):
        get_ajax_suggestions(Wrong().fields["city"], "x")
    with pytest.raises(ImproperlyConfigured, match="widget for ModelChoiceField"):
        render(Wrong())


# --- the page ------------------------------------------------------------------------------------


def test_the_page_carries_the_chosen_rows_only(atlas, django_assert_max_num_queries):
    trip = atlas["trip"]
    trip.sights.set([atlas["Spain 1a"], atlas["Italy 1b"]])
    with django_assert_max_num_queries(15):
        page = read(render(TripForm(instance=trip)))
    country = page.one("select", name="country")
    assert [(o.text, "selected" in o.attrs) for o in country.all("option")] == [
        ("Choose…", False),
        ("Italy", True),
    ]
    sights = page.one("select", name="sights")
    assert sorted(o.text for o in sights.all("option")) == ["Italy 1b", "Spain 1a"]
    regions_shown = page.one("select", name="region").all("option")
    assert [o.text for o in regions_shown] == ["Not set", "Italy 1", "Italy 2"]
    cities = page.one("select", name="city").all("option")
    assert [(o.text, "selected" in o.attrs) for o in cities] == [
        ("Not set", False), ("Italy 2a", True), ("Italy 2b", False),
    ]  # fmt: skip


def sent(atlas, **more):
    return {
        "title": "South",
        "country": str(atlas["Italy"].pk),
        "region": str(atlas["Italy 1"].pk),
        "city": str(atlas["Italy 1a"].pk),
        **managed("formset-stops"),
        **more,
    }


def test_what_was_chosen_is_saved(atlas):
    several = [str(atlas[name].pk) for name in ("Spain 1a", "Spain 1b")]
    form = TripForm(sent(atlas, sights=several))
    assert form.is_valid(), form.errors
    trip = form.save()
    assert trip.city == atlas["Italy 1a"] and trip.sights.count() == 2


@pytest.mark.parametrize("value", ["x", "0", "-1", "9" * 40, "\x00", " "])
def test_what_cannot_be_chosen_is_refused(atlas, value):
    for name in ("country", "region", "city"):
        form = TripForm(sent(atlas, **{name: value}))
        assert not form.is_valid() and name in form.errors
        render(form)
    form = TripForm(sent(atlas, sights=[value]))
    assert not form.is_valid()
    render(form)


def test_rows_outside_of_the_scope_are_refused(atlas):
    secret = str(atlas["Atlantis"].pk)
    form = TripForm(sent(atlas, country=secret, region=str(atlas["Atlantis 1"].pk)))
    assert not form.is_valid() and "country" in form.errors
    page = read(render(form))
    assert "Atlantis" not in page.text
    # A region of another country, a city of another region.
    form = TripForm(sent(atlas, region=str(atlas["Spain 1"].pk), city=str(atlas["Spain 1a"].pk)))
    assert not form.is_valid() and set(form.errors) == {"region", "city"}
    form = TripForm(sent(atlas, city=str(atlas["Italy 2a"].pk)))
    assert not form.is_valid() and set(form.errors) == {"city"}


def test_find_looks_for_choices_without_a_script(atlas):
    data = sent(atlas, **{"country-QUERY": "or", "country-FIND": "1", "title": ""})
    form = TripForm(data)
    assert not form.is_valid()
    page = read(render(form))
    assert not page.all(role="alert")
    shown = page.one("select", name="country").all("option")
    assert [o.text for o in shown] == ["Choose…", "Italy", "Portugal"]
    assert page.one(role="status").text == "Found: 1"
    assert page.one(name="country-QUERY").attrs["value"] == "or"
    form = TripForm(sent(atlas, **{"country-QUERY": "atlantis", "country-FIND": "1"}))
    assert not form.is_valid() and "Nothing matches" in render(form)
    rows = managed("formset-stops", [{"country": "", "region": ""}])
    rows |= {"formset-stops-0-country-QUERY": "spa", "formset-stops-0-country-FIND": "1"}
    page = read(render(TripForm({**sent(atlas), **rows})))
    assert page.one("select", name="formset-stops-0-country").all("option")[1].text == "Spain"


def test_update_shows_the_choices_of_the_parent_without_a_script(atlas):
    data = sent(
        atlas, country=str(atlas["Spain"].pk), region="", city="", **{"region-REFRESH": "1"}
    )
    form = TripForm(data)
    assert not form.is_valid()
    page = read(render(form))
    assert [o.text for o in page.one("select", name="region").all("option")][1:] == [
        "Spain 1",
        "Spain 2",
    ]
    assert not page.with_class("error")


# --- dependent -----------------------------------------------------------------------------------


def test_choices_follow_the_parent(site, atlas):
    answer = choices(site, field="region", query=atlas["Spain"].pk).json()
    assert answer == {
        "data": [
            {"name": "", "options": {"value": "", "label": "Not set", "selected": True}},
            *(
                {"name": "", "options": {"value": str(atlas[n].pk), "label": n, "selected": False}}
                for n in ("Spain 1", "Spain 2")
            ),
        ]
    }
    # The third level, for a region that the stored trip knows nothing of.
    url = f"/trips/trip/{atlas['trip'].pk}/change/"
    answer = choices(site, url, field="city", query=atlas["Spain 2"].pk).json()["data"]
    assert [o["options"]["label"] for o in answer] == ["Not set", "Spain 2a", "Spain 2b"]
    answer = choices(site, field="formset-stops-3-region", query=atlas["Spain"].pk).json()["data"]
    assert [o["options"]["label"] for o in answer][1:] == ["Spain 1", "Spain 2"]


@pytest.mark.parametrize("query", ["", "x", "0", "\x00", "9" * 50, "-1", "1,2"])
def test_without_a_parent_there_are_none(site, atlas, query):
    answer = choices(site, field="region", query=query).json()["data"]
    assert [o["options"]["value"] for o in answer] == [""]


def test_a_parent_out_of_scope_has_no_children(site, atlas):
    answer = choices(site, field="region", query=atlas["Atlantis"].pk).json()["data"]
    assert len(answer) == 1


def test_the_fields_own_queryset_limits_the_choices(atlas):
    class Narrow(Form):
        country = forms.ModelChoiceField(Country.objects)
        region = forms.ModelChoiceField(
            Region.objects.filter(name__endswith="2"),
            widget=DependentModelSelect(depends_on="country", queryset=regions),
        )

    form = Narrow({"country": atlas["Italy"].pk, "region": atlas["Italy 1"].pk})
    assert not form.is_valid()
    assert [str(row) for row in form.fields["region"].queryset] == ["Italy 2"]
    assert Narrow(initial={"country": atlas["Spain"]})["region"].field.queryset.count() == 1
    assert Narrow()["region"].field.queryset.count() == 0


def test_wrong_declarations_are_refused():
    class Plain(forms.Form):
        country = forms.ModelChoiceField(Country.objects)
        region = forms.ModelChoiceField(
            Region.objects, widget=DependentModelSelect(depends_on="country", queryset=regions)
        )

    class Missing(Form):
        region = forms.ModelChoiceField(
            Region.objects, widget=DependentModelSelect(depends_on="country", queryset=regions)
        )

    with pytest.raises(ImproperlyConfigured, match=r"needs viewflow\.forms\.Form"):
        render(Plain())
    with pytest.raises(ImproperlyConfigured, match="no field of the form"):
        render(Missing())


def test_a_line_follows_the_parent_of_its_own_row(atlas):
    rows = [
        {"country": str(atlas["Spain"].pk), "region": str(atlas["Spain 1"].pk)},
        {"country": str(atlas["Italy"].pk), "region": str(atlas["Spain 1"].pk)},
    ]
    form = TripForm({**sent(atlas), **managed("formset-stops", rows)})
    assert not form.is_valid()
    first, second = form.formsets["stops"].forms
    assert not first.errors and set(second.errors) == {"region"}
    page = read(render(form))
    shown = page.one("select", name="formset-stops-1-region").all("option")
    assert [o.text for o in shown][1:] == ["Italy 1", "Italy 2"]


@override_settings(ROOT_URLCONF="tests.forms.atlas")
def test_a_whole_trip_through_the_pages(site, atlas):
    page = site.get("/trips/trip/add/").content.decode()
    assert "widgets/selects.js" in page and "widgets/formset.js" in page
    data = sent(atlas, title="Tour") | managed(
        "formset-stops", [{"country": atlas["Spain"].pk, "region": atlas["Spain 1"].pk}]
    )
    answer = site.post("/trips/trip/add/", {**data, "title": ""})
    assert answer.status_code == 200 and not Trip.objects.filter(title="Tour").exists()
    assert site.post("/trips/trip/add/", {**data, "formset-stops-ADD": "1"}).status_code == 200
    assert not Trip.objects.filter(title="Tour").exists()
    assert site.post("/trips/trip/add/", data).status_code == 302
    assert Trip.objects.get(title="Tour").stops.get().region == atlas["Spain 1"]
