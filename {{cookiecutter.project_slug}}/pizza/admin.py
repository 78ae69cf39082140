"""Orders in Django's admin, to look at: the flow alone changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from pizza.models import PizzaOrder

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(PizzaOrder)
class PizzaOrderAdmin(admin.ModelAdmin):
    list_display = ("pk", "customer_name", "status", "created", "finished")
    list_filter = ("status",)
    date_hierarchy = "created"
    fields = (
        "status",
        "created",
        "finished",
        "customer_name",
        "address",
        "toppings",
        "baking_time",
        "tips_received",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PizzaOrder | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PizzaOrder | None = None) -> bool:
        return False
