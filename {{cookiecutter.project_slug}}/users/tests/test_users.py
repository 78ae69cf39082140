from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from users.tests.factories import PASSWORD, UserFactory

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def test_people_log_in_and_out(client: Client) -> None:
    person = UserFactory.create()
    login = reverse("login")
    assert client.get(login).status_code == 200
    response = client.post(login, {"username": person.username, "password": PASSWORD})
    assert response.status_code == 302
    assert client.get(reverse("profile")).status_code == 200
    client.post(reverse("logout"))
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_is_told(client: Client) -> None:
    person = UserFactory.create()
    response = client.post(reverse("login"), {"username": person.username, "password": "wrong"})
    assert response.status_code in {200, 422}
    assert "_auth_user_id" not in client.session


def test_the_admin_lists_people(client: Client) -> None:
    person = UserFactory.create(is_staff=True, is_superuser=True)
    client.force_login(person)
    assert person.username in client.get(reverse("admin:users_user_changelist")).content.decode()
