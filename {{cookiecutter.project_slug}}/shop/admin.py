"""Customers and menu in Django's admin."""

from __future__ import annotations

from django.contrib import admin

from shop.models import Customer, Pizza


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ("name", "phone", "email", "since")
    search_fields = ("name", "phone", "email")


@admin.register(Pizza)
class PizzaAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "price", "vegetarian", "on_menu")
    list_filter = ("kind", "vegetarian", "on_menu")
    search_fields = ("name",)
