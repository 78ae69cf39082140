"""Orders in Django's admin, to look at: the flow alone changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from pizza.flows import PizzaFlow
from pizza.models import PizzaOrder

if TYPE_CHECKING:
    from django.db.models import QuerySet
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[PizzaOrder]:
        """A proxy model shows every process; these are the pizza orders."""
        return super().get_queryset(request).filter(flow_class=PizzaFlow)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PizzaOrder | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PizzaOrder | None = None) -> bool:
        return False
