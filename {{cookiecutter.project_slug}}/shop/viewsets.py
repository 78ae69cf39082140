"""Pages of customers and pizzas: lists with search and filters, forms, files in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from viewflow.forms import FieldSet, Layout, Row
from viewflow.urls import DeleteViewMixin, DetailViewMixin, ModelViewset

from shop.models import Customer, Pizza

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class CustomerViewset(DetailViewMixin, DeleteViewMixin, ModelViewset):
    model = Customer
    icon = "contacts"
    list_columns = ("name", "phone", "email", "since")
    list_search_fields = ("^name", "^phone", "^email")
    list_filter_fields = ("since",)
    form_layout = Layout("name", Row("phone", "email"), "address")


class PizzaViewset(DetailViewMixin, DeleteViewMixin, ModelViewset):
    model = Pizza
    icon = "menu_book"
    title = "Menu"
    list_columns = ("name", "kind", "price", "vegetarian", "on_menu")
    list_search_fields = ("name", "description")
    list_filter_fields = ("kind", "vegetarian", "on_menu")
    form_layout = Layout(
        "name",
        Row("kind", "price"),
        FieldSet("On the card", Row("vegetarian", "on_menu"), "description"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pizza]:
        """Who may not change the menu sees what is on it."""
        pizzas = Pizza.objects.all()
        return pizzas if self.has_change_permission(request.user) else pizzas.filter(on_menu=True)

    def has_view_permission(self, user: Any, obj: Pizza | None = None) -> bool:
        """Everybody who works here may read the menu."""
        return bool(user.is_authenticated)
