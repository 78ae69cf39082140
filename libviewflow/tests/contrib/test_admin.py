"""Django's admin inside a site and inside an application."""

from __future__ import annotations

import importlib

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client, override_settings
from django.urls import path, resolve, reverse

from tests.kit.models import District
from viewflow.contrib.admin import Admin
from viewflow.urls import Application, ModelViewset, Site

pytestmark = pytest.mark.django_db

own = admin.AdminSite(name="own")
own.register(District)


class InSite:
    site = Site(title="Shop", viewsets=[Application(
        app_name="shop", title="Shop", viewsets=[ModelViewset(model=District)]), Admin()])  # fmt: skip
    urlpatterns = [path("site/", site.urls)]


class InApplication:
    site = Site(
        title="Shop",
        viewsets=[Application(app_name="deep", title="Deep", viewsets=[Admin(), Admin(own, app_name="own")])],
    )  # fmt: skip
    urlpatterns = [path("site/", site.urls)]


class Closed:
    site = Site(title="Shop", viewsets=[Admin(permission="auth.view_group")])
    urlpatterns = [path("", site.urls)]


def person(**options) -> Client:
    users = get_user_model().objects
    client = Client()
    client.force_login(users.create_user(f"user{users.count()}", **options))
    return client


@pytest.fixture
def browser():
    return person(is_staff=True, is_superuser=True)


@pytest.mark.parametrize(
    ("urls", "base"), [(InSite, "/site/admin/"), (InApplication, "/site/deep/admin/")]
)
def test_the_admin_works_below_a_site(browser, urls, base):
    """B53"""
    with override_settings(ROOT_URLCONF=urls):
        assert reverse("admin:index") == base
        assert reverse("admin:auth_user_changelist") == f"{base}auth/user/"
        page = browser.get(base)
        assert page.status_code == 200
        assert f'href="{base}auth/user/"' in page.text
        user = get_user_model().objects.get()
        change = reverse("admin:auth_user_change", args=[user.pk])
        assert browser.get(change).status_code == 200
        response = browser.post(f"{base}auth/group/add/", {"name": "Bakers"})
        assert response.url == f"{base}auth/group/"
        assert resolve(base).url_name == "index"
        with override_settings(LANGUAGE_CODE="de"):
            assert reverse("admin:index") == base


def test_another_admin_beside_it(browser):
    with override_settings(ROOT_URLCONF=InApplication):
        assert reverse("admin:index", current_app="own") == "/site/deep/own/"
        page = browser.get("/site/deep/own/")
        assert 'href="/site/deep/own/kit/district/"' in page.text
        assert "/auth/user/" not in page.text


@pytest.mark.parametrize("urls", [InSite, InApplication])
def test_it_is_for_those_whom_the_admin_lets_in(client, urls):
    """B50"""
    base = "/site/admin/" if urls is InSite else "/site/deep/admin/"
    with override_settings(ROOT_URLCONF=urls):
        assert client.get(base).url == f"{base}login/?next={base}"
        assert client.get(f"{base}login/").status_code == 200
        plain = person()
        for where in ("", "auth/user/", "login/", "jsi18n/"):
            assert plain.get(base + where).status_code == 403, where
            assert plain.post(base + where).status_code == 403, where
        staff = person(is_staff=True)
        assert staff.get(base).status_code == 200
        assert staff.get(f"{base}auth/user/").status_code == 403


def test_the_menu_shows_it_to_staff():
    """B50"""
    with override_settings(ROOT_URLCONF=InSite):
        entry = 'href="/site/admin/"'
        boss = person(is_staff=True, is_superuser=True)
        assert entry in boss.get("/site/shop/district/").text
        assert "Administration" in boss.get("/site/shop/district/").text
        viewer = person()
        viewer_user = get_user_model().objects.order_by("-pk").first()
        viewer_user.user_permissions.add(Permission.objects.get(codename="view_district"))
        page = viewer.get("/site/shop/district/")
        assert page.status_code == 200
        assert entry not in page.text


def test_a_permission_is_asked_as_well(client):
    with override_settings(ROOT_URLCONF=Closed):
        assert client.get("/admin/login/").status_code == 403
        assert person(is_staff=True).get("/admin/").status_code == 403
        assert person(is_staff=True, is_superuser=True).get("/admin/").status_code == 200


def test_the_app_leads_back_to_the_site(browser, settings):
    """B463"""
    assert importlib.import_module("viewflow.contrib.admin.apps").AdminConfig.label == (
        "viewflow_admin"
    )
    settings.INSTALLED_APPS = ["viewflow.contrib.admin", *settings.INSTALLED_APPS]
    with override_settings(ROOT_URLCONF=InSite):
        page = browser.get("/site/admin/")
        assert '<a href="/site/">Shop</a>' in page.text
        assert Client().get("/site/admin/login/").status_code == 200
        assert Admin.turbo_disabled is True
