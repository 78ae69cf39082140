"""Orders, complaints and payments in Django's admin, to look at: the flows alone change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from catering.flows import CateringFlow, ComplaintFlow
from catering.models import CateringOrder, Complaint, Payment

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):
    date_hierarchy = "created"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PaymentInline(admin.TabularInline):
    model = Payment
    extra = 0
    can_delete = False
    fields = readonly_fields = ("created", "amount", "reference")


class ProcessAdmin(ReadOnlyAdmin):
    """A proxy model shows every process; each of these shows those of its flow."""

    flow_class: Any = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(flow_class=self.flow_class)


@admin.register(CateringOrder)
class CateringOrderAdmin(ProcessAdmin):
    flow_class = CateringFlow
    list_display = ("pk", "customer_name", "menu", "guests", "deliver_at", "status", "created")
    list_filter = ("status",)
    fields = (
        "status",
        "created",
        "finished",
        "customer_name",
        "address",
        "deliver_at",
        "menu",
        "guests",
        "price",
        "courier_name",
        "complaint",
    )
    readonly_fields = fields
    inlines = (PaymentInline,)


@admin.register(Complaint)
class ComplaintAdmin(ProcessAdmin):
    flow_class = ComplaintFlow
    list_display = ("pk", "customer_name", "outcome", "refund", "status", "created")
    list_filter = ("status",)
    fields = (
        "status",
        "created",
        "finished",
        "customer_name",
        "complaint",
        "answer",
        "outcome",
        "refund",
    )
    readonly_fields = fields


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("reference", "order", "amount", "created")
    list_select_related = ("order",)
