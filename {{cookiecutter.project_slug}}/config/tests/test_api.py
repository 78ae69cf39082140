"""The API: an order from start to end with JSON, and nothing for strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from users.tests.factories import UserFactory

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def post(client: Client, url: str, **data: Any) -> Any:
    return client.post(url, data, content_type="application/json")


def test_an_order_is_delivered(client: Client) -> None:
    client.force_login(UserFactory.create(is_superuser=True))
    order = {"customer_name": "Grace Hopper", "address": "12 Harbour Street", "toppings": "basil"}
    assert post(client, "/api/pizza/start/", address="nowhere").status_code == 400
    process = post(client, "/api/pizza/start/", **order).json()
    for answers in ({"baking_time": 12}, {"tips_received": 3}):
        [task] = client.get("/api/pizza/task/", {"task_list": "queue"}).json()["results"]
        actions = client.get(task["url"]).json()["actions"]
        actions = post(client, actions["assign"]).json()["actions"]
        assert post(client, actions["execute"], **answers).status_code == 200
        assert post(client, actions["execute"], **answers).status_code == 409
    done = client.get(process["url"]).json()
    assert (done["status"], done["data"]["tips_received"]) == ("DONE", 3)


def test_strangers_get_nothing(client: Client) -> None:
    for url in ("/api/pizza/process/", "/api/pizza/task/", "/api/catering/process/"):
        assert client.get(url).status_code == 403
    client.force_login(UserFactory.create())
    assert client.get("/api/pizza/process/").status_code == 403


def test_it_is_described(client: Client) -> None:
    client.force_login(UserFactory.create())
    schema = client.get("/api/schema/", {"format": "json"}).json()
    assert "/api/pizza/start/" in schema["paths"]
    assert client.get("/api/docs/").status_code == 200
