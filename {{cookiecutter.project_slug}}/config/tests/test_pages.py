"""Security headers, error pages and uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.urls import reverse

from users.tests.factories import UserFactory

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_pages_run_nothing_inline(client: Client) -> None:
    response = client.get(reverse("login"))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert b" style=" not in response.content
    assert b"<script>" not in response.content


def test_an_unknown_address_is_not_found(client: Client) -> None:
    client.force_login(UserFactory.create())
    assert client.get("/there-is-no-such-page/").status_code == 404


def test_nul_bytes_are_a_bad_request(client: Client) -> None:
    """PostgreSQL takes none in a text; Django's admin would answer 500."""
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    orders = reverse("admin:pizza_pizzaorder_changelist")
    assert client.get(f"{orders}?status=NEW").status_code == 200
    for address in (f"{orders}?status=%00", f"{orders}%00/", "/pizza/%00/", "/media/%00"):
        assert client.get(address).status_code == 400, address
    client.cookies["sessionid"] = "aaaaaaaa\x00"
    assert client.get(orders).status_code == 400


def test_an_expired_form_is_explained() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("login"), {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


def test_uploads_are_for_people_who_are_logged_in(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT = tmp_path
    FileSystemStorage(location=tmp_path).save("a.html", ContentFile(b"<script>1</script>"))
    assert client.get("/media/a.html").status_code == 302
    client.force_login(UserFactory.create())
    response = client.get("/media/a.html")
    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for name in ("b.html", "../manage.py", "%FF", "x" * 5000, ".", "folder/"):
        assert client.get(f"/media/{name}").status_code == 404, name
