"""Join the style and script sources into the two files that a page loads.

The sources lie beside each other in ``static/viewflow/css`` and ``static/viewflow/js``: small
files, one concern each. A page should cost one request for each kind, so they are joined,
without comments and idle spaces, into ``viewflow.css`` and ``viewflow.js``, which are kept in
version control. No tool but Python is needed::

    python -m viewflow.assets          # write the two files
    python -m viewflow.assets --check  # exit with 1 when they are not current

Scripts are joined as blocks: a source neither imports nor exports, and what it declares stays
its own. They talk to each other through events on the document.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["SCRIPTS", "STATIC", "STYLES", "build", "stale", "write"]

STATIC = Path(__file__).parent / "static" / "viewflow"

#: In this order: the first one names the cascade layers.
STYLES = (
    "reset",
    "tokens",
    "base",
    "shell",
    "layout",
    "tones",
    "buttons",
    "forms",
    "formgrid",
    "lists",
    "data",
    "map",
    "floating",
    "utilities",
)
SCRIPTS = (
    "preferences",
    "dialogs",
    "toasts",
    "forms",
    "keys",
    "palette",
    "times",
    "partials",
    "pane",
    "counts",
)


def squeeze_css(text: str) -> str:
    """Drop comments and the white space that has no meaning."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text)
    text = re.sub(r"(?<=[{;])([a-z-]+|--[\w-]+): ", r"\1:", text)
    return text.replace(";}", "}").strip()


#: What is kept as it is (texts, patterns), and signs around which white space means nothing.
_JS = re.compile(
    r"""(?P<kept>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"""
    r"""|(?<=[(,=!?:&|] )/(?:[^/\\\n]|\\.)+/|(?<=[(!])/(?:[^/\\\n]|\\.)+/)"""
    r"""|[ ]*(?P<open>[{(\[,;])\s*|\s*(?P<close>[})\]])[ ]*|[ ]*(?P<sign>[=<>!&|?:*]+)[ ]*"""
)


def squeeze_js(text: str) -> str:
    """Drop lines that are only a comment, blank lines, indentation and spaces around signs."""
    text = re.sub(r"^[ \t]*/\*.*?\*/[ \t]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = (line.strip() for line in text.splitlines())
    code = "\n".join(line for line in lines if line and not line.startswith("//"))
    return _JS.sub(lambda found: found[found.lastgroup or 0], code)


def build() -> dict[Path, str]:
    """Return what each bundle should hold, by its path."""
    css = "".join(squeeze_css((STATIC / "css" / f"{name}.css").read_text()) for name in STYLES)
    js = "".join(
        "{\n" + squeeze_js((STATIC / "js" / f"{name}.js").read_text()) + "\n}\n" for name in SCRIPTS
    )
    return {STATIC / "viewflow.css": css + "\n", STATIC / "viewflow.js": js}


def stale() -> list[Path]:
    """Return the bundles that are missing or differ from their sources."""
    return [
        path
        for path, text in build().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def write() -> list[Path]:
    """Write the bundles that are not current and return their paths."""
    changed = stale()
    for path, text in build().items():
        if path in changed:
            path.write_text(text, encoding="utf-8")
    return changed


def main(argv: list[str]) -> int:
    if "--check" in argv:
        old = stale()
        for path in old:
            sys.stderr.write(f"{path.name} is not current: run python -m viewflow.assets\n")
        return 1 if old else 0
    for path in write():
        sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
