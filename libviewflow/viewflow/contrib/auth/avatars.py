"""
Pictures of people: one PNG per user at ``avatars/<pk>.png`` in the default storage.

What is uploaded is never stored as it came. With Pillow any usual picture is decoded, turned the
right way up, cut to a square and written anew; without it a PNG is taken apart and only the parts
that draw the picture are kept. Either way nothing but an image can be served from there.
"""

from __future__ import annotations

import io
import struct
import time
import zlib
from typing import Any
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.signals import setting_changed
from django.templatetags.static import static
from django.utils.translation import gettext as _

__all__ = [
    "MAX_BYTES",
    "delete_avatar",
    "get_user_avatar_url",
    "has_avatar",
    "save_avatar",
    "to_png",
]

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000  # a 40-megapixel photo; far below what a "bomb" of 5 MB unpacks to
SIZE = 512  # pixels of the stored square
DEFAULT_PICTURE = "viewflow/img/avatar.svg"

# Whether a picture exists is asked on every page, by every process, and a storage may be a
# network away: the answer is believed for a minute.
_BELIEVED_FOR = 60.0
_known: dict[str, tuple[float, str | None]] = {}


def _path(user: Any) -> str:
    return f"avatars/{quote(str(user.pk), safe='')}.png"


def _stored_url(user: Any) -> str | None:
    path = _path(user)
    now = time.monotonic()
    known = _known.get(path)
    if known and now - known[0] < _BELIEVED_FOR:
        return known[1]
    url = None
    if user.pk is not None and default_storage.exists(path):
        url = default_storage.url(path)
        if "?" not in url:  # a signed address must stay as it is
            try:
                changed = default_storage.get_modified_time(path)
            except NotImplementedError:
                pass
            else:
                url = f"{url}?v={int(changed.timestamp())}"  # a new picture is seen at once
    if len(_known) > 2048:
        _known.clear()
    _known[path] = (now, url)
    return url


def has_avatar(user: Any) -> bool:
    """Whether the user has a picture of their own."""
    return _stored_url(user) is not None


def get_user_avatar_url(user: Any) -> str:
    """Address of the user's picture, of a default picture when there is none."""
    return (_stored_url(user) if user is not None else None) or static(DEFAULT_PICTURE)


def save_avatar(user: Any, png: bytes) -> None:
    """Store a picture made by :func:`to_png` as the user's, in the place of an earlier one."""
    path = _path(user)
    default_storage.delete(path)
    name = default_storage.save(path, ContentFile(png))
    if name != path:
        # Somebody else wrote between the two calls; a picture under another name would stay
        # for ever, so theirs is kept.
        default_storage.delete(name)
    _known.pop(path, None)


def delete_avatar(user: Any) -> None:
    """Remove the user's picture, if there is one."""
    default_storage.delete(_path(user))
    _known.pop(_path(user), None)


def to_png(upload: Any) -> bytes:
    """
    The upload as a clean PNG.

    Raises ``ValidationError`` when it is no image, larger than 5 MB or has an absurd number of
    pixels. Nothing is stored.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(
            _("This file has %(size).1f MB; use a picture of at most 5 MB."),
            code="too_large",
            params={"size": upload.size / 1024 / 1024},
        )
    data = upload.read(MAX_BYTES + 1)
    if not data:
        raise ValidationError(_("This file is empty."), code="empty")
    if len(data) > MAX_BYTES:
        raise ValidationError(_("Use a picture of at most 5 MB."), code="too_large")
    try:
        from PIL import Image
    except ImportError:
        return _plain_png(data)
    return _with_pillow(Image, data)


def _too_many_pixels() -> ValidationError:
    return ValidationError(
        _("This picture has too many pixels; use a smaller one."), code="too_many_pixels"
    )


def _with_pillow(image_module: Any, data: bytes) -> bytes:
    from PIL import ImageOps

    try:
        # Only formats that browsers show: no decoder for the exotic ones is ever started.
        with image_module.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_many_pixels()
            picture.draft("RGB", (SIZE * 2, SIZE * 2))  # a JPEG is decoded at a smaller scale
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
            square = ImageOps.fit(upright, (min(SIZE, *upright.size),) * 2)
    except ValidationError:
        raise
    except Exception as error:  # Pillow's decoders raise a dozen different types
        raise ValidationError(
            _("This file is not a picture: use PNG, JPEG, GIF or WebP."), code="not_an_image"
        ) from error
    out = io.BytesIO()
    square.save(out, "PNG", optimize=True)
    return out.getvalue()


_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


def _plain_png(data: bytes) -> bytes:
    """Check a PNG chunk by chunk (W3C PNG, 5.3) and keep those that draw the picture."""
    try:
        return _rebuilt_png(data)
    except (KeyError, ValueError, struct.error, zlib.error) as error:
        raise ValidationError(
            _("This file is not a picture that can be used here: use PNG."), code="not_an_image"
        ) from error


def _rebuilt_png(data: bytes) -> bytes:
    if not data.startswith(_PNG):
        raise ValueError("no PNG signature")
    position, kept, packed = len(_PNG), [_PNG], b""
    seen: list[bytes] = []
    while not seen or seen[-1] != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        body = data[position + 8 : end - 4]
        if len(body) != length or struct.unpack_from(">I", data, end - 4)[0] != zlib.crc32(
            kind + body
        ):
            raise ValueError("damaged chunk")
        if (kind == b"IHDR") != (not seen):
            raise ValueError("IHDR must come first, once")
        if kind == b"IDAT":
            packed += body
        if kind in _KEPT:
            kept.append(data[position:end])
        elif not kind[0] & 0x20:
            raise ValueError("unknown critical chunk")
        seen.append(kind)
        position = end
    width, height, depth, colour, *methods = struct.unpack(">IIBBBBB", kept[1][8:-4])
    interlaced = methods[2]
    if not width or not height or depth not in _DEPTHS[colour] or methods[:2] != [0, 0]:
        raise ValueError("impossible header")
    if width * height > MAX_PIXELS // 8:  # nothing will be scaled down here
        raise _too_many_pixels()
    if colour == 3 and b"PLTE" not in seen:
        raise ValueError("no palette")
    expected = sum(
        rows * (1 + (columns * depth * _CHANNELS[colour] + 7) // 8)
        for columns, rows in _passes(width, height, interlaced)
        if columns
    )
    unpacker = zlib.decompressobj()
    if len(unpacker.decompress(packed, expected + 1)) != expected:
        raise ValueError("wrong amount of pixels")
    return b"".join(kept)


def _passes(width: int, height: int, interlaced: int) -> list[tuple[int, int]]:
    """Columns and rows of each pass of the picture; one when it is not interlaced (Adam7)."""
    if not interlaced:
        return [(width, height)]
    steps = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    return [((width - x + dx - 1) // dx, (height - y + dy - 1) // dy) for x, y, dx, dy in steps]


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in {"MEDIA_ROOT", "MEDIA_URL", "STORAGES"}:
        _known.clear()


setting_changed.connect(_forget)
