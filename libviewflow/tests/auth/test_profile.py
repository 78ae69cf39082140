"""The profile and the picture in it."""

from __future__ import annotations

import io
import struct
import sys
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from viewflow.contrib.auth import avatars, get_user_avatar_url
from viewflow.contrib.auth.avatars import to_png

from .conftest import chunk, picture, png
from .test_pages import text

PROFILE = "/accounts/profile/"


def upload(content, name="me.png"):
    return SimpleUploadedFile(name, content)


def kept():
    try:
        return default_storage.listdir("avatars")[1]
    except FileNotFoundError:
        return []


@pytest.fixture
def without_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)


def test_profile_tells_who_one_is(signed_in):
    page = text(signed_in.get(PROFILE))
    for words in ("Marta Rossi", "marta@forno.example", "Username marta"):
        assert words in page


def test_picture_is_stored_as_a_square_png_and_shown(signed_in, user):
    content = picture("JPEG", (900, 700))
    response = signed_in.post(PROFILE, {"avatar": upload(content, "me.jpg")}, follow=True)
    assert "Your picture is changed." in text(response)
    assert kept() == [f"{user.pk}.png"]
    image = pytest.importorskip("PIL.Image").open(default_storage.open(f"avatars/{user.pk}.png"))
    assert (image.format, image.size) == ("PNG", (512, 512))
    assert get_user_avatar_url(user) in response.content.decode()
    assert get_user_avatar_url(user).startswith(f"/media/avatars/{user.pk}.png?v=")


def test_new_picture_takes_the_place_of_the_old_one_and_can_be_removed(signed_in, user):
    for colour in range(2):
        signed_in.post(PROFILE, {"avatar": upload(png(4 + colour, 4))})
    assert kept() == [f"{user.pk}.png"]
    page = signed_in.post(PROFILE, {"_remove": "1"}, follow=True)
    assert "Your picture is removed." in text(page)
    assert kept() == []
    assert get_user_avatar_url(user).endswith("avatar.svg")


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "me.png", "not a picture"),
        (b"<html><script>alert(1)</script>", "me.png", "not a picture"),
        (b"GIF89a/*", "me.gif", "not a picture"),
        (png()[:40], "me.png", "not a picture"),
        (b"", "me.png", "empty"),
        (png(tail=b"\0" * (5 * 1024 * 1024)), "me.png", "at most 5 MB"),
    ],
)
def test_file_that_is_no_picture_or_too_large_is_refused_and_not_kept(
    signed_in, content, name, message
):
    """B457"""
    page = signed_in.post(PROFILE, {"avatar": upload(content, name)})
    assert page.status_code == 200
    assert message in text(page)
    assert kept() == []


def test_picture_with_a_script_behind_it_loses_the_script(signed_in, user):
    signed_in.post(PROFILE, {"avatar": upload(png(tail=b"<script>alert(1)</script>"))})
    assert b"script" not in default_storage.open(f"avatars/{user.pk}.png").read()


def test_picture_that_unpacks_to_too_many_pixels_is_refused():
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", b"")
        + chunk(b"IEND", b"")
    )
    with pytest.raises(ValidationError, match=r"too many pixels|not a picture"):
        to_png(upload(bomb))


def test_photo_taken_upright_stands_upright():
    image = pytest.importorskip("PIL.Image")
    out = io.BytesIO()
    photo = image.new("RGB", (40, 40), "white")
    photo.paste("black", (0, 0, 40, 10))  # a dark edge at the top
    exif = image.Exif()
    exif[0x0112] = 6  # turned by 90° when shown
    photo.save(out, "PNG", exif=exif)
    shown = image.open(io.BytesIO(to_png(upload(out.getvalue())))).convert("L")
    assert shown.getpixel((38, 20)) < 50 < shown.getpixel((2, 20))


def test_submit_without_a_file_says_what_is_missing(signed_in):
    """B458"""
    page = signed_in.post(PROFILE, {})
    assert "Choose a picture first." in text(page)


def test_default_picture_where_there_is_none(user):
    """B459"""
    assert get_user_avatar_url(user) == "/static/viewflow/img/avatar.svg"
    assert get_user_avatar_url(None) == "/static/viewflow/img/avatar.svg"
    assert get_user_avatar_url(get_user_model()()) == "/static/viewflow/img/avatar.svg"


def test_storage_is_not_asked_for_the_same_person_again_and_again(user, monkeypatch):
    asked = []
    monkeypatch.setattr(
        avatars, "default_storage", SimpleNamespace(exists=lambda path: asked.append(path))
    )
    for _ in range(5):
        get_user_avatar_url(user)
    assert len(asked) == 1


def test_strange_primary_key_stays_inside_the_directory(db):
    class Stranger:
        pk = "../../etc/passwd"

    avatars.save_avatar(Stranger(), png())
    assert kept() == ["..%2F..%2Fetc%2Fpasswd.png"]


@pytest.mark.usefixtures("without_pillow")
class TestWithoutPillow:
    def test_png_is_accepted_and_stripped_of_what_does_not_draw(self):
        sneaky = png(extra=chunk(b"tEXt", b"Comment\0<script>"), tail=b"<?php ?>")
        assert to_png(upload(sneaky)) == png()

    @pytest.mark.parametrize(
        "content",
        [
            b"\x89PNG\r\n\x1a\n",
            png(pixels=b"\0"),
            png(pixels=b"\0" * 1000),
            png().replace(b"IDAT", b"IDAX"),
            png()[:-1],
            png(extra=chunk(b"EVIL", b"")),
            b"\xff\xd8\xff\xe0 JPEG",
        ],
    )
    def test_anything_else_is_refused(self, content):
        with pytest.raises(ValidationError, match="use PNG"):
            to_png(upload(content))

    def test_pillow_agrees_that_a_png_made_here_is_one(self, monkeypatch):
        clean = to_png(upload(png(9, 7)))
        monkeypatch.undo()
        image = pytest.importorskip("PIL.Image").open(io.BytesIO(clean))
        image.load()
        assert image.size == (9, 7)
