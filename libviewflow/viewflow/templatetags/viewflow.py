"""``{% load viewflow %}``: URLs of viewsets, forms, icons and names of models."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Manager, Model, QuerySet
from django.template.base import FilterExpression, Node, Parser, TextNode, Token, token_kwargs
from django.urls import NoReverseMatch
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from viewflow.icons import Icon, lucide
from viewflow.naming import camel_case_to_title
from viewflow.urls import resolver

register = template.Library()


# URLs


@register.simple_tag
def reverse(viewset: Any, viewname: str, *args: Any, **kwargs: Any) -> str:
    """``{% reverse viewset 'change' obj.pk %}``: URL of a view of the viewset."""
    return str(viewset.reverse(viewname, args=args or None, kwargs=kwargs or None))


@register.simple_tag(takes_context=True)
def current_viewset_reverse(
    context: Any, viewset: Any, viewname: str, *args: Any, **kwargs: Any
) -> str:
    """Like ``reverse``, keeping the parameters of the current URL's prefixes."""
    return resolver.current_viewset_reverse(
        context["request"], viewset, viewname, args=args or None, kwargs=kwargs or None
    )


@register.simple_tag(takes_context=True)
def get_absolute_url(context: Any, site: Any, obj: Any) -> str:
    """URL of ``obj`` on the site; empty where no viewset shows such objects."""
    try:
        return str(site.get_absolute_url(context["request"], obj))
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def current_site(context: Any) -> Any:
    """``{% current_site as site %}``: the Site of this page, or the only one of the project."""
    return resolver.current_site(context.get("request"))


# Forms and icons


@register.simple_tag
def render(form: Any, layout: Any = None) -> SafeString:
    """``{% render form layout %}``: fields, errors and hidden inputs of a form."""
    from viewflow import forms  # not at the top: forms are loaded by pages that have one

    return forms.render(form, layout or None)


@register.simple_tag
def form_media(form: Any) -> SafeString:
    """``{% form_media form %}``: what ``{{ form.media }}`` prints, quicker where that is nothing."""
    from viewflow import forms

    return forms.form_media(form)


@register.filter
def rich_text(value: Any) -> SafeString:
    """``{{ object.text|rich_text }}``: HTML of a person, with what is harmless in it and no more."""
    from viewflow import forms

    return forms.clean_html(value)


class IconNode(Node):
    """``{% icon name "classes" %}`` with a name known only when the page is made."""

    def __init__(self, name: FilterExpression, class_: FilterExpression | None) -> None:
        self.name = name
        self.class_ = class_

    def render(self, context: Any) -> SafeString:
        class_ = self.class_.resolve(context) if self.class_ is not None else ""
        return draw(self.name.resolve(context), class_)


def draw(icon: Any, class_: str = "") -> SafeString:
    """The SVG of a name or an :class:`Icon`; nothing for an empty value."""
    if not icon:
        return SafeString("")
    if isinstance(icon, Icon):
        if not class_:
            return str(icon)  # type: ignore[return-value]
        icon, class_ = icon.icon_name, f"{icon.class_ or ''} {class_}".strip()
    classes = class_ if "icon" in class_.split() else f"icon {class_}".strip()
    return lucide(str(icon), classes)


@register.tag
def icon(parser: Parser, token: Token) -> Node:
    """``{% icon "inbox" %}``, ``{% icon viewset.icon "lg" %}``, ``{% icon "x" class="sm" %}``."""
    bits = token.split_contents()[1:]
    if not 1 <= len(bits) <= 2:
        raise template.TemplateSyntaxError("{% icon %} takes a name and, if need be, classes.")
    name = parser.compile_filter(bits[0])
    class_ = None
    if len(bits) == 2:
        keywords = token_kwargs(bits[1:], parser)
        class_ = keywords.get("class") or keywords.get("class_")
        if class_ is None:
            if keywords:
                raise template.TemplateSyntaxError("{% icon %} knows the keyword class only.")
            class_ = parser.compile_filter(bits[1])
    parts = [part for part in (name, class_) if part is not None]
    if all(isinstance(part.var, str) and not part.filters for part in parts):
        # Written out in the template: drawn once, when the template is compiled.
        return TextNode(draw(*(str(part.var) for part in parts)))
    return IconNode(name, class_)


# Names and permissions


def _meta(value: Any) -> Any:
    if isinstance(value, QuerySet | Manager):
        return value.model._meta
    return value._meta if isinstance(value, Model) or hasattr(value, "_meta") else None


@register.filter
def verbose_name(value: Any) -> str:
    """Name of a model, given an instance, the class or a queryset."""
    meta = _meta(value)
    return str(meta.verbose_name) if meta else ""


@register.filter
def verbose_name_plural(value: Any) -> str:
    """Plural name of a model, given an instance, the class or a queryset."""
    meta = _meta(value)
    return str(meta.verbose_name_plural) if meta else ""


@register.filter
def class_title(value: Any) -> str:
    """Class name of an object, or of the class itself, as words."""
    cls = value if isinstance(value, type) else type(value)
    return capfirst(camel_case_to_title(cls.__name__))


@register.filter
def has_perm(viewset: Any, user: Any) -> bool:
    """``{% if app|has_perm:user %}``: may the user see this part of the site?"""
    return bool(viewset and viewset.has_view_permission(user))


@register.filter
def user_avatar_url(user: Any) -> str:
    """URL of the user's picture, or of the picture for users without one."""
    # By name: the kit does not depend on the integrations above it.
    return str(import_string("viewflow.contrib.auth.get_user_avatar_url")(user))


# Lists


@register.filter
def list_page_data(view: Any, page: Any) -> Any:
    """``{% for row in view|list_page_data:page_obj %}``: the rows of a page."""
    return view.get_page_data(page)


@register.filter
def list_column_order(view: Any, column: Any) -> str:
    """How the list is ordered by this column now: ``asc``, ``desc`` or nothing."""
    return str(view.columns_order.get(getattr(column, "name", column), ""))


@register.filter
def list_order(view: Any, column: Any) -> str:
    """Value of the ordering parameter after a click on the column's header."""
    return str(view.get_toggled_order(getattr(column, "name", column)))
