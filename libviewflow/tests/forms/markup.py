"""Reading rendered HTML the way a browser does: elements, attributes, nesting."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"input", "br", "path", "circle", "line", "rect", "polyline", "hr", "img", "link", "meta"}


class Element:
    def __init__(self, tag, attrs, parent):
        self.tag, self.attrs, self.parent = tag, dict(attrs), parent
        self.children, self.parts = [], []

    @property
    def text(self):
        return "".join(p if isinstance(p, str) else p.text for p in self.parts).strip()

    @property
    def classes(self):
        return self.attrs.get("class", "").split()

    def all(self, tag=None, **attrs):
        """Every element below with this tag and these attributes, in document order."""
        found = []
        for child in self.children:
            same = all(
                child.attrs.get(k.rstrip("_").replace("_", "-")) == v for k, v in attrs.items()
            )
            if tag in (None, child.tag) and same:
                found.append(child)
            found += child.all(tag, **attrs)
        return found

    def one(self, tag=None, **attrs):
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} times {tag} {attrs}"
        return found[0]

    def with_class(self, name):
        return [element for element in self.all() if name in element.classes]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.at = Element("root", [], None)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, attrs, self.at)
        self.at.children.append(element)
        self.at.parts.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag, attrs):
        element = Element(tag, attrs, self.at)
        self.at.children.append(element)
        self.at.parts.append(element)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.parts.append(data)


def read(html):
    """The document; an element that is not closed where it should be fails the test."""
    reader = _Reader()
    reader.feed(str(html))
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.tag}> is never closed"
    return reader.root
