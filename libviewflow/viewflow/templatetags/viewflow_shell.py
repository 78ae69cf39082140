"""Tags of the base templates. Pages need none of them; ``{% load viewflow %}`` is for pages."""

from __future__ import annotations

import secrets
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockNode, do_block
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from ..shell import Shell, asset_url

__all__ = ["register"]

register = template.Library()

register.simple_tag(asset_url, name="asset")


@register.simple_tag(takes_context=True)
def shell(context: template.Context) -> Shell:
    """The :class:`~viewflow.shell.Shell` of this page; the same one wherever it is asked for."""
    known = context.get("shell")
    return known if isinstance(known, Shell) else Shell(context)


@register.simple_tag(takes_context=True)
def site_menu(context: template.Context) -> SafeString:
    """The menu template of the site, up to the current application."""
    page = shell(context)
    return page.split_menu(_menu(context, page, page.site))


@register.simple_tag(takes_context=True)
def site_menu_rest(context: template.Context) -> SafeString:
    """What ``{% site_menu %}`` has left; nothing when it was not used."""
    return shell(context).menu_rest


@register.simple_tag(takes_context=True)
def app_menu(context: template.Context) -> SafeString:
    """The menu template of the current application."""
    page = shell(context)
    return _menu(context, page, page.app)


@register.simple_tag(takes_context=True)
def list_key(context: template.Context, name: str) -> Any:
    """What a bar of a list depends on, by the method of its view; ``None`` where there is none."""
    key = getattr(context.get("view"), name, None)
    return key(context) if key is not None else None


def _menu(context: template.Context, page: Shell, owner: Any) -> SafeString:
    name = getattr(owner, "menu_template_name", None)
    if not name or page.request is None:
        return SafeString("")
    assert context.template is not None
    menu = context.template.engine.get_template(name)
    with context.push(
        shell=page, request=page.request, site=page.site, app=page.app, user=page.user
    ):
        return menu.render(context)


#: Stands for the CSRF token in what is kept; each page puts its own in. Nobody can guess it, so
#: no text of a page contains it.
_TOKEN = secrets.token_hex(16)


class StillNode(Node):
    """See :func:`still`."""

    MOST = 512

    def __init__(self, nodelist: NodeList, vary: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.vary = vary
        self.kept: dict[Any, list[SafeString]] = {}
        found: list[Any] = nodelist.get_nodes_by_type(BlockNode)
        self.blocks = [block.name for block in found]

    def _filled(self, context: template.Context) -> bool:
        """Has a template that extends this one put something of its own into a block inside?"""
        known = context.render_context.get(BLOCK_CONTEXT_KEY)
        return known is not None and any(len(known.blocks.get(b, ())) > 1 for b in self.blocks)

    def render(self, context: template.Context) -> SafeString:
        if self.blocks and self._filled(context):
            return self.nodelist.render(context)
        key: Any = get_language()
        if self.vary:
            key = (key, *[value.resolve(context, ignore_failures=True) for value in self.vary])
            if None in key[1:]:
                return self.nodelist.render(context)
        parts = self.kept.get(key)
        if parts is None:
            with context.push(csrf_token=_TOKEN):
                html = self.nodelist.render(context)
            parts = [SafeString(part) for part in html.split(_TOKEN)]
            if len(self.kept) >= self.MOST:
                self.kept.clear()
            self.kept[key] = parts
        if len(parts) == 1:
            return parts[0]
        token = str(context.get("csrf_token") or "")
        if not token or token == "NOTPROVIDED":  # noqa: S105 - how Django says that there is none
            return self.nodelist.render(context)
        return SafeString(escape(token).join(parts))


class PlainBlockNode(BlockNode):
    """See :func:`block`."""

    def render(self, context: template.Context) -> SafeString:
        known = context.render_context.get(BLOCK_CONTEXT_KEY)
        if known is None:
            return self.nodelist.render(context)
        filled = known.blocks.get(self.name)
        if filled and len(filled) == 1 and filled[0] is self:
            return self.nodelist.render(context)
        return super().render(context)


@register.tag
def block(parser: Parser, token: Token) -> PlainBlockNode:
    """``{% block %}`` as Django has it, at a third of its price where no template has filled it.

    A page has some thirty blocks, most of them empty. In one that nobody has filled there is no
    variable ``block``, and what is set in there stays set.
    """
    found = do_block(parser, token)
    return PlainBlockNode(found.name, found.nodelist)


class FrameNode(Node):
    """See :func:`frame`."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._found: dict[type[Node], list[Node]] = {}

    def get_nodes_by_type(self, nodetype: type[Node]) -> list[Any]:
        """Return the nodes of a type in here, this one included."""
        if nodetype not in self._found:
            self._found[nodetype] = super().get_nodes_by_type(nodetype)
        return [*self._found[nodetype]]

    def render(self, context: template.Context) -> SafeString:
        return self.nodelist.render(context)


@register.tag
def frame(parser: Parser, token: Token) -> FrameNode:
    """``{% frame %}…{% endframe %}``: all of a template that others extend.

    Django looks through every node of it for blocks, for each page that is rendered. In here they
    are found once.
    """
    nodelist = parser.parse(("endframe",))
    parser.delete_first_token()
    return FrameNode(nodelist)


@register.tag
def still(parser: Parser, token: Token) -> StillNode:
    """``{% still value … %}…{% endstill %}``: a part that depends on these values alone.

    It is rendered once for each language and each combination of the values, so a frame full of
    translated words costs a page nothing. What it shows must depend on nothing else, except for
    ``{% csrf_token %}``, which is filled in for each page. It may hold blocks: a page whose
    template fills one of them gets the whole part rendered anew, and so does a page on which a
    value is ``None`` or missing.
    """
    vary = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodelist = parser.parse(("endstill",))
    parser.delete_first_token()
    return StillNode(nodelist, vary)
