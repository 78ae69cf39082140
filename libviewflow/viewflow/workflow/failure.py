"""What is kept about an exception that made a task fail."""

from __future__ import annotations

import traceback
from typing import Any

from django.views.debug import SafeExceptionReporterFilter

__all__ = ["describe"]

_LOCAL_LENGTH = 500  # characters of a local variable that are kept


def describe(error: BaseException) -> dict[str, Any]:
    """Return title, traceback, error code and the local variables where it was raised.

    Variables that Django's error reports would hide are hidden here too
    (``SafeExceptionReporterFilter``).
    """
    frames = traceback.extract_tb(error.__traceback__)
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    values = last.tb_frame.f_locals if last is not None else {}
    cleaner = SafeExceptionReporterFilter()
    hidden = cleaner.cleansed_substitute
    kept = {}
    for name, value in values.items():
        secret = cleaner.cleanse_setting(name, "x") == hidden
        kept[name] = hidden if secret else _repr(value)
    code = getattr(error, "code", None)
    return {
        **({"code": code} if isinstance(code, str) else {}),
        "title": f"{type(error).__name__}: {error}".strip(": "),
        "traceback": "".join(
            [*traceback.format_list(frames), *traceback.format_exception_only(error)]
        ),
        "locals": kept,
    }


def _repr(value: Any) -> str:
    try:
        return repr(value)[:_LOCAL_LENGTH]
    except Exception as error:
        return f"<{type(value).__name__}, whose repr fails: {error!s}>"[:_LOCAL_LENGTH]
