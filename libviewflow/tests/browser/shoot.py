"""Take a picture of every page, wide and narrow, light and dark.

    python -m tests.browser.shoot [folder]

The folder is ``screenshots/`` unless another one is named; version control ignores it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


def main(argv: list[str]) -> int:
    folder = Path(argv[0] if argv else "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    pages = Path(__file__).with_name("test_pages.py")
    return int(pytest.main([str(pages), "-q", "-p", "no:cacheprovider", f"--screenshots={folder}"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
