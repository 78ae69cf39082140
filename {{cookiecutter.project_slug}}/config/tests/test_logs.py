from __future__ import annotations

import json
import logging
import sys

from config.logs import JsonFormatter


def test_a_line_is_one_json_object_with_its_traceback() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord(
            "pizza", logging.ERROR, __file__, 1, "Burnt %s", ("crust",), sys.exc_info()
        )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["message"]) == ("ERROR", "pizza", "Burnt crust")
    assert "ValueError: two\nlines" in entry["exception"]
