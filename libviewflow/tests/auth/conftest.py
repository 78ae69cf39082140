"""What the tests of the account pages share."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache

from viewflow.contrib.auth import avatars


@pytest.fixture(autouse=True)
def _urls(settings, tmp_path):
    settings.ROOT_URLCONF = "tests.auth.urls"
    settings.MEDIA_ROOT = tmp_path
    avatars._known.clear()
    cache.clear()


@pytest.fixture
def user(db):
    return get_user_model().objects.create_user(
        "marta", "marta@forno.example", "quattro-formaggi", first_name="Marta", last_name="Rossi"
    )


@pytest.fixture
def signed_in(client, user):
    client.force_login(user)
    return client


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width=4, height=3, *, extra=b"", tail=b"", pixels=None):
    """A true-colour PNG made by hand."""
    pixels = (
        b"".join(b"\0" + b"\x80\x40\x20" * width for _ in range(height))
        if pixels is None
        else pixels
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + extra
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"IEND", b"")
        + tail
    )


def picture(format_="JPEG", size=(40, 30), **options):
    """A picture made by Pillow."""
    image = pytest.importorskip("PIL.Image")
    out = io.BytesIO()
    image.new("RGB", size, (200, 80, 20)).save(out, format_, **options)
    return out.getvalue()
