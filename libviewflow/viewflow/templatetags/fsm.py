"""``{% load fsm %}``: what Django's admin shows of a state machine."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("admin/fsm_change_form_object_tools.html", takes_context=True)
def change_form_fsm_tools(context: Any) -> dict[str, Any]:
    """A button for each transition that the person may make from the object's state.

    ``transitions`` are ``(transition, conditions_met, has_perm)``, ``steps`` the same with the
    reason why one is not possible.
    """
    tools = context.get("fsm_tools") or {}
    return {"opts": context.get("opts"), "original": context.get("original"), **tools}
