"""``{% load viewflow %}``"""

from __future__ import annotations

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.template import Context, Template, TemplateSyntaxError
from django.urls import path, resolve

from viewflow import Icon
from viewflow.urls import Application, Site, Viewset, route

from .models import Customer, District, Page


def page(request, **kwargs):
    return HttpResponse()


class Team(Viewset):
    app_name = "team"
    list_path = path("", page, name="list")
    change_path = path("<path:pk>/change/", page, name="change")


class Departments(Application):
    app_name = "departments"
    model = District
    index_path = path("", page, name="index")
    team_path = route("<int:dept_pk>/team/", Team())

    def get_object_url(self, request, obj):
        return self.reverse("team:list", args=[obj.pk])


site = Site(viewsets=[Departments(), Application(app_name="closed", permission="x.y")])


class Urls:
    urlpatterns = [path("", site.urls)]


pytestmark = pytest.mark.urls.with_args(Urls)
departments = site.viewsets[0]
team = departments._children[0]


def render(source, **context):
    return Template("{% load viewflow %}" + source).render(Context(context))


def test_reverse():
    """B469, B61"""
    assert render("{% reverse v 'change' 7 'a/b' %}", v=team) == "/departments/7/team/a/b/change/"
    source = "{% reverse v 'list' dept_pk=7 as url %}[{{ url }}]"
    assert render(source, v=team) == "[/departments/7/team/]"


def test_current_viewset_reverse(rf):
    """B470"""
    request = rf.get("/departments/7/team/")
    request.resolver_match = resolve("/departments/7/team/")
    source = "{% current_viewset_reverse v 'change' 3 %} {% current_viewset_reverse v 'list' as u %}{{ u }}"
    expected = "/departments/7/team/3/change/ /departments/7/team/"
    assert render(source, v=team, request=request) == expected


@pytest.mark.django_db
def test_names_of_models():
    """B471"""
    source = "{{ x|verbose_name }}, {{ x|verbose_name_plural }}"
    for value in (Customer(), Customer.objects.all(), Customer.objects):
        assert render(source, x=value) == "pizza customer, pizza customers"
    assert (
        Template("{% load viewflow %}{{ x|verbose_name }}").render(Context({"x": Customer()}))
        == "pizza customer"
    )
    from viewflow.templatetags import viewflow as tags

    assert tags.verbose_name(Page) == "page"
    assert tags.verbose_name("?") == ""
    assert tags.class_title(Customer()) == "Customer"


def test_absolute_url(rf):
    """B472"""
    request = rf.get("/")
    source = "[{% get_absolute_url site obj %}]"
    assert render(source, site=site, obj=District(pk=4), request=request) == (
        "[/departments/4/team/]"
    )
    assert render(source, site=site, obj=Page(pk=4), request=request) == "[]"


def test_has_perm_hides_what_is_closed():
    """B473"""
    source = "{% for app in site.menu_items %}{% if app|has_perm:user %}{{ app.title }}{% endif %}{% endfor %}"
    assert render(source, site=site, user=AnonymousUser()) == "Departments"


def test_icons():
    inbox = render("{% icon 'inbox' %}")
    assert inbox.startswith('<svg class="icon"')
    assert render("{% icon name %}", name="inbox") == inbox
    assert render("{% icon name %}", name=Icon("inbox")) == inbox
    assert render("{% icon 'inbox' 'sm' %}").startswith('<svg class="icon sm"')
    assert render("{% icon name class='sm' %}", name="inbox").startswith('<svg class="icon sm"')
    assert render("{% icon name 'sm' %}", name=Icon("inbox", "a")).startswith(
        '<svg class="icon a sm"'
    )
    assert render("{% icon name %}", name="") == ""
    assert "<script>" not in render("{% icon name cls %}", name="<script>", cls='"><script>')
    for wrong in ("{% icon %}", "{% icon a b c %}", "{% icon a size=3 %}"):
        with pytest.raises(TemplateSyntaxError):
            render(wrong)


def test_render_draws_a_form():
    class Order(forms.Form):
        pizza = forms.CharField(label="Which pizza")

    text = render("{% render form %}", form=Order())
    assert "Which pizza" in text
    assert 'name="pizza"' in text


def test_current_site_tag(rf):
    request = rf.get("/")
    assert render("{% current_site as s %}{{ s.title }}", request=request) == "Site"
    assert render("{% current_site as s %}[{{ s.title }}]") in {"[Site]", "[]"}


@pytest.mark.django_db
def test_picture_of_a_user(django_user_model):
    auth = pytest.importorskip("viewflow.contrib.auth")
    user = django_user_model.objects.create_user("hannah")
    assert render("{{ user|user_avatar_url }}", user=user) == auth.get_user_avatar_url(user)
