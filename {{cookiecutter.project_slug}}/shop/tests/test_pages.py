"""Lists, forms and charts in the browser, and who may do what there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from shop.models import Customer, Pizza
from shop.tests.factories import CustomerFactory, PizzaFactory
from users.tests.factories import UserFactory

if TYPE_CHECKING:
    from django.test import Client

    from users.models import User

pytestmark = pytest.mark.django_db


def person(*codenames: str) -> User:
    """Somebody with these permissions on the models of the shop."""
    user: User = UserFactory.create()
    wanted = Permission.objects.filter(content_type__app_label="shop", codename__in=codenames)
    user.user_permissions.set(wanted)
    return user


def test_a_pizza_goes_on_the_menu(client: Client) -> None:
    client.force_login(person("add_pizza", "change_pizza"))
    add = reverse("shop:pizza:add")
    answer = client.post(add, {"name": "Capricciosa", "kind": "classic", "price": "0"})
    assert "price" in answer.context["form"].errors
    assert not Pizza.objects.exists()
    answer = client.post(
        add,
        {"name": "Capricciosa", "kind": "classic", "price": "9.80", "on_menu": "on"},
        follow=True,
    )
    assert answer.redirect_chain
    assert Pizza.objects.get().name == "Capricciosa"


def test_everybody_reads_the_menu_and_nobody_else_changes_it(client: Client) -> None:
    PizzaFactory.create(name="Marinara")
    hidden = PizzaFactory.create(name="Asparagi", on_menu=False)
    client.force_login(person())
    page = client.get(reverse("shop:pizza:list")).content.decode()
    assert "Marinara" in page
    assert "Asparagi" not in page
    assert client.get(reverse("shop:pizza:detail", args=[hidden.pk])).status_code == 404
    assert client.post(reverse("shop:pizza:change", args=[hidden.pk]), {}).status_code in {403, 404}
    assert client.post(reverse("shop:pizza:add"), {"name": "X"}).status_code == 403
    client.force_login(person("change_pizza"))
    assert "Asparagi" in client.get(reverse("shop:pizza:list")).content.decode()


def test_customers_are_for_those_who_may_see_them(client: Client) -> None:
    customers = [CustomerFactory.create(name=name) for name in ("Grace Hopper", "Alan Turing")]
    url = reverse("shop:customer:list")
    assert client.get(url).status_code == 302
    client.force_login(person())
    assert client.get(url).status_code == 403
    client.force_login(person("view_customer", "delete_customer"))
    page = client.get(url, {"_search": "gra"}).content.decode()
    assert "Grace Hopper" in page
    assert "Alan Turing" not in page
    delete = reverse("shop:customer:delete", args=[customers[0].pk])
    assert client.post(delete).status_code == 302
    assert Customer.objects.get() == customers[1]


def test_charts(client: Client) -> None:
    CustomerFactory.create()
    url = reverse("shop:figures:index")
    client.force_login(person())
    assert "Customers" not in client.get(url).content.decode().partition("<h1")[2]
    client.force_login(person("view_customer"))
    assert "Customers" in client.get(url).content.decode().partition("<h1")[2]
