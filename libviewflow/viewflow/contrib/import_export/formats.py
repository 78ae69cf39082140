"""Files: what is written can be opened in a spreadsheet without running anything, and read back.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break is a formula to a spreadsheet.
Such a text gets an apostrophe in front, which is taken away when the file is imported again. In a
text file the same is done behind whatever a spreadsheet of another country takes for the end of a
cell.

A file of a few kilobytes can describe millions of cells: rows are read one by one, and no more of
them than are asked for.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, Final
from xml.parsers import expat

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.formats import base_formats
from tablib import Dataset

__all__ = ["FORMATS", "format_named", "offered_formats", "read_dataset", "write_dataset"]

FORMATS: Final = (base_formats.CSV, base_formats.XLSX)

#: What begins a formula; some spreadsheets take the full-width signs for the same.
_SIGNS: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA: Final = re.compile(rf"^[{_SIGNS}\t\r\n]")
_NUMBER: Final = re.compile(r"^[+-]?\d[\d.,]*([eE][+-]?\d+)?$")
_ESCAPED: Final = re.compile(rf"^'+[{_SIGNS}\t\r\n]")
#: A formula behind the end of a cell; a number there is none.
_INNER: Final = (
    rf"'*(?![+-]\d[\d.]*(?:[eE][+-]?\d+)?(?:[;,\t\r\n\"]|\Z))[{_SIGNS}]"  # after apostrophes
)
_END: Final = r'([;,\t\r\n][^\S\t\r\n]*"?)'
_BEHIND: Final = re.compile(f"{_END}(?={_INNER})")
_BEHIND_ESCAPED: Final = re.compile(f"{_END}'(?={_INNER})")
#: XML, and with it XLSX, has no way to write these.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: What a zipped workbook may grow to.
MAX_UNZIPPED: Final = 32 * 1024 * 1024
MAX_COLUMNS: Final = 1_000
#: Blank rows that are passed over. Very wide ones count as several.
MAX_BLANK: Final = 100_000
#: Elements of a workbook's part that a parser holds at once: in a row or text, and beside these.
MAX_ELEMENTS: Final = 100_000
#: Rows or texts in a part of a workbook.
MAX_UNITS: Final = 1_048_576


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
    formula = _FORMULA.match(value) and not _NUMBER.match(value)
    if formula or _ESCAPED.match(value):
        value = "'" + value
    if binary:
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", value)
    return _BEHIND.sub(r"\1'", value)


def original(value: Any, *, binary: bool) -> Any:
    """Undo :func:`harmless`."""
    if not isinstance(value, str):
        return value
    if not binary:
        value = _BEHIND_ESCAPED.sub(r"\1", value)
    return value[1:] if _ESCAPED.match(value) else value


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
        return _read(_rows(content, kind), max_rows, binary=kind.is_binary())
    except ValidationError:
        raise
    except UnicodeDecodeError as error:
        raise ValidationError(_("The file is not text in UTF-8.")) from error
    except Exception as error:  # each library has errors of its own for a broken file
        raise ValidationError(_("The file cannot be read.")) from error


def _read(rows: Iterator[tuple[int, Any]], max_rows: int, *, binary: bool) -> Dataset:
    dataset: Any = None
    blank = 0
    for line, found in rows:
        row = _without_end(found)
        blank += len(found) // MAX_COLUMNS + (0 if row else 1)
        if blank > MAX_BLANK:
            raise ValidationError(_("The file is too large."))
        if not row:
            continue
        if len(row) > MAX_COLUMNS:
            raise ValidationError(
                _("The file has more than %(max)d columns.") % {"max": MAX_COLUMNS}
            )
        cells = [original(cell, binary=binary) for cell in row]
        if dataset is None:
            headers = [str(name or "").strip() for name in cells]
            if not any(headers):
                break
            if len(set(filter(None, headers))) != len([name for name in headers if name]):
                raise ValidationError(_("The file has two columns of the same name."))
            dataset = Dataset(headers=headers)
            dataset.lines = []  # where each row stood: blank ones are passed over
            continue
        if len(cells) > len(headers):
            raise ValidationError(
                _("Row %(row)d has more cells than there are columns.") % {"row": line}
            )
        if len(dataset.lines) >= max_rows:
            raise ValidationError(
                _("The file has more than %(max)d rows: split it.") % {"max": max_rows}
            )
        dataset.append([*cells, *[""] * (len(headers) - len(cells))])
        dataset.lines.append(line)
    if dataset is None:
        raise ValidationError(_("The file is empty."))
    return dataset


def _without_end(row: Any) -> Any:
    """Return the row up to its last cell that says something."""
    end = len(row)
    while end and (row[end - 1] is None or row[end - 1] == ""):
        end -= 1
    return row[:end]


def _rows(content: bytes, kind: Any) -> Iterator[tuple[int, Any]]:
    """Yield the rows with the lines that they begin in, the header first."""
    if type(kind).create_dataset is base_formats.XLSX.create_dataset:
        return _workbook_rows(content)
    if isinstance(kind, base_formats.CSV):
        return _text_rows(content)
    # Other formats are the project's choice: their libraries read all at once.
    if kind.is_binary():
        if zipfile.is_zipfile(io.BytesIO(content)):
            _check_archive(content)
        dataset = kind.create_dataset(content)
    else:
        dataset = kind.create_dataset(content.decode("utf-8-sig"))
    return iter(list(enumerate([list(dataset.headers or ()), *map(list, dataset)], 1)))


def _text_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    if b"\x00" in content:
        raise UnicodeDecodeError("utf-8", content[:1], 0, 1, "NUL")
    # Spreadsheets of many countries write semicolons.
    first = content.partition(b"\n")[0]
    delimiter = max(",;\t", key=lambda sign: first.count(sign.encode()))
    signs = 0

    def lines() -> Iterator[str]:
        # Cells of one row, however many, exist at the same time: counted before they are made.
        # Texts with commas in them have room.
        nonlocal signs
        for text in io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline=""):
            signs += text.count(delimiter)
            if signs > MAX_COLUMNS * 100:
                raise ValidationError(
                    _("The file has more than %(max)d columns.") % {"max": MAX_COLUMNS}
                )
            yield text

    reader = csv.reader(lines(), delimiter=delimiter)
    begin = 1
    for row in reader:
        yield begin, row
        begin = reader.line_num + 1
        signs = 0


def _workbook_rows(content: bytes) -> Iterator[tuple[int, Any]]:
    import openpyxl

    _check_archive(content)
    book: Any = openpyxl.load_workbook(
        io.BytesIO(content), read_only=True, data_only=True, keep_links=False
    )
    try:
        sheet = book.active
        sheet.reset_dimensions()  # what the file says about its size may be anything
        yield from enumerate(sheet.iter_rows(values_only=True), 1)
    finally:
        book.close()


def _check_archive(content: bytes) -> None:
    """Refuse a zipped file that its parser would fill the memory with."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNZIPPED:
            raise ValidationError(_("The file is too large."))
        for entry in archive.infolist():
            with archive.open(entry) as part:
                _check_elements(part)


def _check_elements(part: Any) -> None:
    units = inside = beside = 0
    unit = ""

    def start(name: str, _attributes: Any) -> None:
        nonlocal units, inside, beside, unit
        if unit:
            inside += 1
        elif name.rpartition(":")[2] in ("row", "si"):
            unit, inside = name, 0
            units += 1
        else:
            beside += 1
        if inside > MAX_ELEMENTS or beside > MAX_ELEMENTS or units > MAX_UNITS:
            raise ValidationError(_("The file is too large."))

    def end(name: str) -> None:
        nonlocal unit
        if name == unit:
            unit = ""

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.ParseFile(part)
    except expat.ExpatError:
        return  # an image; or broken, which whoever reads it will say
