"""People who call an API, and short names for what they call."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from tests.workflow.conftest import committed as committed


class Caller:
    """Speaks JSON, signed in."""

    def __init__(self, user=None):
        self.user, self.client = user, Client()
        if user is not None:
            self.client.force_login(user)

    def get(self, url, **query):
        return self.client.get(url, query)

    def post(self, url, /, **data):
        return self.client.post(url, data, content_type="application/json")


@pytest.fixture
def caller(db):
    def make(name, *codenames, **kwargs):
        user = get_user_model().objects.create_user(name, **kwargs)
        user.user_permissions.set(
            Permission.objects.filter(codename__in=codenames, content_type__app_label="flowviews")
        )
        return Caller(user)

    return make


@pytest.fixture
def boss(caller):
    return caller("boss", is_superuser=True)


@pytest.fixture
def anybody(db):
    return Caller()
