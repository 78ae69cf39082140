"""Files: what is written can be opened in a spreadsheet without running anything, and read back.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break is a formula to a spreadsheet.
Such a text gets an apostrophe in front, which is taken away when the file is imported again.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.formats import base_formats
from tablib import Dataset

__all__ = ["FORMATS", "format_named", "offered_formats", "read_dataset", "write_dataset"]

FORMATS: Final = (base_formats.CSV, base_formats.XLSX)

_FORMULA: Final = re.compile(r"^[=+\-@\t\r\n]")
_NUMBER: Final = re.compile(r"^[+-]?\d[\d.,]*([eE][+-]?\d+)?$")
_ESCAPED: Final = re.compile(r"^'+[=+\-@\t\r\n]")
#: XML, and with it XLSX, has no way to write these.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: What a zipped workbook may grow to.
MAX_UNZIPPED: Final = 100 * 1024 * 1024


def offered_formats(formats: Any = None) -> list[Any]:
    """Return instances of the formats whose library is installed."""
    return [kind() for kind in formats or FORMATS if kind.is_available()]


def format_named(name: str, formats: Any = None) -> Any:
    """Return the format with this extension, or ``None``."""
    for found in offered_formats(formats):
        if found.get_extension() == name:
            return found
    return None


def harmless(value: Any, *, binary: bool) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    if binary:
        value = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", value)
    if (_FORMULA.match(value) and not _NUMBER.match(value)) or _ESCAPED.match(value):
        return "'" + value
    return value


def original(value: Any) -> Any:
    """Undo :func:`harmless`."""
    return value[1:] if isinstance(value, str) and _ESCAPED.match(value) else value


def write_dataset(dataset: Dataset, kind: Any) -> bytes:
    """Return the file's bytes. CSV begins with a mark that tells Excel that it is UTF-8."""
    binary = kind.is_binary()
    # A header may come from data too: columns of a resource can be made of anything.
    safe = Dataset(headers=[harmless(name, binary=binary) for name in dataset.headers or ()])
    for row in dataset:
        safe.append([harmless(cell, binary=binary) for cell in row])
    written = kind.export_data(safe)
    if isinstance(written, bytes):
        return written
    return str(written).encode("utf-8-sig" if isinstance(kind, base_formats.CSV) else "utf-8")


def read_dataset(content: bytes, kind: Any, *, max_rows: int) -> Dataset:
    """Return what the file says. ``ValidationError`` in words a person can act upon."""
    try:
        rows = _parse(content, kind)
    except ValidationError:
        raise
    except UnicodeDecodeError as error:
        raise ValidationError(_("The file is not text in UTF-8.")) from error
    except Exception as error:  # each library has errors of its own for a broken file
        raise ValidationError(_("The file cannot be read.")) from error
    if not rows:
        raise ValidationError(_("The file is empty."))
    headers = [str(name or "").strip() for name in rows[0][1]]
    if not any(headers):
        raise ValidationError(_("The file is empty."))
    if len(set(filter(None, headers))) != len([name for name in headers if name]):
        raise ValidationError(_("The file has two columns of the same name."))
    dataset = Dataset(headers=headers)
    dataset.lines = []  # where each row stood: blank ones are passed over
    for line, row in rows[1:]:
        if all(cell is None or cell == "" for cell in row):
            continue
        if len(row) > len(headers):
            raise ValidationError(
                _("Row %(row)d has more cells than there are columns.") % {"row": line}
            )
        if len(dataset.lines) >= max_rows:
            raise ValidationError(
                _("The file has more than %(max)d rows: split it.") % {"max": max_rows}
            )
        cells = [original(cell) for cell in row]
        dataset.append([*cells, *[""] * (len(headers) - len(cells))])
        dataset.lines.append(line)
    return dataset


def _parse(content: bytes, kind: Any) -> list[tuple[int, list[Any]]]:
    """Return the rows and the lines that they begin in, the header first."""
    if kind.is_binary():
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > MAX_UNZIPPED:
                    raise ValidationError(_("The file is too large."))
        dataset = kind.create_dataset(content)
        return list(enumerate([list(dataset.headers or ()), *map(list, dataset)], 1))
    text = content.decode("utf-8-sig")
    if "\x00" in text:
        raise UnicodeDecodeError("utf-8", content[:1], 0, 1, "NUL")
    if not isinstance(kind, base_formats.CSV):
        dataset = kind.create_dataset(text)
        return list(enumerate([list(dataset.headers or ()), *map(list, dataset)], 1))
    # Spreadsheets of many countries write semicolons.
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    rows, begin = [], 1
    for row in reader:
        rows.append((begin, row))
        begin = reader.line_num + 1
    return rows
