"""People who click, and the pages they click on."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from viewflow.workflow.models import Process, Task

User = get_user_model()


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = "tests.flowviews.urls"


def make_user(name, *perms, **kwargs):
    user = User.objects.create_user(name, f"{name}@example.com", "x", **kwargs)
    for perm in perms:
        app, _, codename = perm.partition(".")
        user.user_permissions.add(
            *Permission.objects.filter(content_type__app_label=app, codename=codename)
        )
    return User.objects.get(pk=user.pk)


@pytest.fixture
def boss(db):
    return User.objects.create_superuser(
        "boss", "boss@example.com", "x", first_name="Berta", last_name="Boss"
    )


@pytest.fixture
def vera(db):
    return make_user("vera", first_name="Vera", last_name="Vogt")


def client_of(user=None, **kwargs):
    client = Client(**kwargs)
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def browser(boss):
    return client_of(boss)


def url(name, *args, **kwargs):
    return reverse(name, args=args or None, kwargs=kwargs or None)


def task_url(task, page, space="pizza"):
    return reverse(f"{space}:{task.flow_task.name}:{page}", args=[task.process_id, task.pk])


def start_pizza(client, **data):
    response = client.post(
        url("pizza:start:execute"),
        {"customer_name": "Hannah", "address": "Elm St 1", "toppings": "olives", **data},
    )
    assert response.status_code == 302, text_of(response)
    return Process.objects.latest("pk")


def newest(process, node):
    found = [
        t
        for t in Task.objects.filter(process_id=process.pk).order_by("-pk")
        if t.flow_task.name == node
    ]
    return found[0] if found else None


def baking(client):
    """A started order whose first task belongs to the client's person."""
    process = start_pizza(client)
    task = newest(process, "bake")
    assert client.post(task_url(task, "assign")).status_code == 302
    task.refresh_from_db()
    return task


def text_of(response, part=""):
    """What a person reads on the page; ``part`` is the element to look into."""
    body = response.content.decode()
    if part:
        body = body[body.index(f"<{part}") : body.index(f"</{part}>")]
    body = re.sub(r"<(script|style|svg).*?</\1>", " ", body, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
