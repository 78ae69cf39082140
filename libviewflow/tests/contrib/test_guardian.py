"""Permissions on single objects, kept by django-guardian, on every page of a viewset."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client, override_settings
from django.urls import path
from guardian.shortcuts import assign_perm, remove_perm

from tests.kit.models import Customer
from viewflow.contrib.guardian import ObjectPermissionsMixin
from viewflow.contrib.import_export import ExportViewsetMixin, ImportViewsetMixin
from viewflow.urls import Application, DeleteViewMixin, DetailViewMixin, ModelViewset, Site
from viewflow.utils import has_object_perm

pytestmark = pytest.mark.django_db


class Plain(ImportViewsetMixin, ExportViewsetMixin, DetailViewMixin, DeleteViewMixin, ModelViewset):
    """The backend alone: pages of the objects open, the list wants the permission for the model."""

    model = Customer
    list_columns = ("name", "kind")
    list_search_fields = ["name"]


class Listed(ObjectPermissionsMixin, Plain):
    app_name = "listed"


class Regular(ObjectPermissionsMixin, Plain):
    app_name = "regular"
    queryset = Customer.objects.filter(kind="REG")


site = Site(
    title="Shop",
    viewsets=[Application(app_name="shop", title="Shop", viewsets=[Plain(), Listed(), Regular()])],
)


class Urls:
    urlpatterns = [path("", site.urls)]


@pytest.fixture(autouse=True)
def urls(settings):
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "guardian.backends.ObjectPermissionBackend",
    ]
    with override_settings(ROOT_URLCONF=Urls):
        yield


@pytest.fixture
def rows():
    return [
        Customer.objects.create(name=name, kind=kind)
        for name, kind in [("Hannah", "REG"), ("Paolo", "NEW"), ("Amina", "REG")]
    ]


@pytest.fixture
def yusuf():
    return get_user_model().objects.create_user("yusuf")


@pytest.fixture
def client(yusuf):
    client = Client()
    client.force_login(yusuf, backend="django.contrib.auth.backends.ModelBackend")
    return client


def names(response):
    assert response.status_code == 200
    return [row.obj.name for row in response.context["rows"]]


def test_has_object_perm_asks_guardian(yusuf, rows):
    """B21"""
    assign_perm("kit.change_customer", yusuf, rows[0])
    yusuf = get_user_model().objects.get()
    assert has_object_perm(yusuf, "change", Customer, rows[0])
    assert not has_object_perm(yusuf, "change", Customer, rows[1])
    assert not has_object_perm(yusuf, "change", Customer)


@pytest.mark.parametrize("viewset", ["customer", "listed"])
def test_pages_of_permitted_objects_open(client, yusuf, rows, viewset):
    assign_perm("kit.change_customer", yusuf, rows[0])
    assign_perm("kit.view_customer", yusuf, rows[1])
    outside = 403 if viewset == "customer" else 404
    for row, pages in (
        (rows[0], {"detail": 200, "change": 200, "delete": 403}),
        (rows[1], {"detail": 200, "change": 403, "delete": 403}),
    ):
        for page, status in pages.items():
            assert client.get(f"/shop/{viewset}/{row.pk}/{page}/").status_code == status, page
    for page in ("detail", "change", "delete"):
        found = client.get(f"/shop/{viewset}/{rows[2].pk}/{page}/").status_code
        assert found in (outside, 403), page
    assert client.post(f"/shop/{viewset}/{rows[1].pk}/delete/").status_code == 403
    assert Customer.objects.count() == 3


def test_the_backend_alone_opens_no_list(client, yusuf, rows):
    assign_perm("kit.view_customer", yusuf, rows[0])
    assert client.get("/shop/customer/").status_code == 403


def test_the_mixin_lists_what_is_permitted(client, yusuf, rows):
    assert client.get("/shop/listed/").status_code == 403
    group = Group.objects.create(name="Mitte")
    yusuf.groups.add(group)
    assign_perm("kit.view_customer", yusuf, rows[0])
    assign_perm("kit.change_customer", group, rows[1])
    assert names(client.get("/shop/listed/")) == ["Hannah", "Paolo"]
    assert names(client.get("/shop/listed/?_search=a")) == ["Hannah", "Paolo"]
    assert names(client.get("/shop/listed/?_search=amina")) == []
    assert names(client.get("/shop/regular/")) == ["Hannah"]
    page = client.get("/shop/listed/")
    assert f'href="/shop/listed/{rows[1].pk}/detail/"' in page.text
    assert 'href="/shop/customer/"' not in page.text
    remove_perm("kit.view_customer", yusuf, rows[0])
    assert names(client.get("/shop/listed/")) == ["Paolo"]


def test_a_permission_for_the_model_is_one_for_all(client, yusuf, rows):
    yusuf.user_permissions.add(Permission.objects.get(codename="view_customer"))
    assert names(client.get("/shop/listed/")) == ["Hannah", "Paolo", "Amina"]
    assert names(client.get("/shop/regular/")) == ["Hannah", "Amina"]


def test_files_and_ticked_rows_hold_only_what_is_permitted(client, yusuf, rows):
    assign_perm("kit.view_customer", yusuf, rows[0])
    data = {"select_all": "1", "_confirm": "1", "file_format": "csv"}
    text = client.post("/shop/listed/action/export/", data).content.decode()
    assert "Hannah" in text
    assert "Paolo" not in text
    data = {"pk": [row.pk for row in rows], "_confirm": "1"}
    assert client.post("/shop/listed/action/delete/", data).status_code == 403
    assert Customer.objects.count() == 3
    assert client.get("/shop/listed/import/").status_code == 403


def test_the_list_costs_a_fixed_number_of_queries(client, yusuf, django_assert_max_num_queries):
    for number in range(20):
        row = Customer.objects.create(name=f"C{number:02}")
        assign_perm("kit.view_customer", yusuf, row)
    with django_assert_max_num_queries(12):
        assert len(names(client.get("/shop/listed/"))) == 20


def test_superusers_see_all(rows):
    client = Client()
    client.force_login(
        get_user_model().objects.create_superuser("marta"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert len(names(client.get("/shop/listed/"))) == 3
    assert Client().get("/shop/listed/").url.startswith("/accounts/login/")
