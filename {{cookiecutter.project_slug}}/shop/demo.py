"""A menu, customers, and who may do what with them: for the command ``demo``."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.auth.models import Permission

from shop.models import Customer, Pizza

if TYPE_CHECKING:
    from users.models import User

CUSTOMERS = [
    # name, phone, e-mail, address
    ("Grace Hopper", "555 0112", "grace@example.com", "12 Harbour Street"),
    ("Alan Turing", "555 0103", "alan@example.com", "3 Park Lane"),
    ("Ada Lovelace", "555 0102", "lovelace@example.com", "2 St James's Square"),
    ("Konrad Zuse", "555 0108", "", "Schlüterstraße 8"),
    ("Barbara Liskov", "555 0107", "barbara@example.com", "7 Station Square"),
    ("Margaret Hamilton", "555 0111", "margaret@example.com", "11 Observatory Hill"),
]
PIZZAS = [
    # name, kind, price, vegetarian, on the menu, description
    ("Margherita", "classic", "7.50", True, True, "Tomatoes, mozzarella, basil."),
    ("Marinara", "classic", "6.50", True, True, "Tomatoes, garlic, oregano; no cheese."),
    ("Diavola", "classic", "9.00", False, True, "Tomatoes, mozzarella, hot salami."),
    ("Quattro formaggi", "classic", "9.50", True, True, "Four kinds of cheese."),
    ("Tartufo", "special", "14.00", True, True, "Mushrooms and truffle oil."),
    ("Tonno", "special", "10.50", False, True, "Tuna, capers, red onions."),
    ("Zucca", "seasonal", "11.00", True, True, "Pumpkin, sage, ricotta."),
    ("Asparagi", "seasonal", "12.00", True, False, "Green asparagus; in spring."),
]
#: Codenames of permissions on customers and menu, by who gets them.
MAY = {
    "manager": (
        "view_customer",
        "add_customer",
        "change_customer",
        "delete_customer",
        "add_pizza",
        "change_pizza",
    ),
    "courier": ("view_customer",),
}


def fill(people: dict[str, User]) -> None:
    """Make what is missing; what is there stays as it is."""
    of_shop = Permission.objects.filter(content_type__app_label="shop")
    for name, codenames in MAY.items():
        people[name].user_permissions.add(*of_shop.filter(codename__in=codenames))
    if not Customer.objects.exists():
        Customer.objects.bulk_create(
            Customer(name=name, phone=phone, email=email, address=address)
            for name, phone, email, address in CUSTOMERS
        )
    if not Pizza.objects.exists():
        Pizza.objects.bulk_create(
            Pizza(
                name=name,
                kind=kind,
                price=Decimal(price),
                vegetarian=vegetarian,
                on_menu=on_menu,
                description=description,
            )
            for name, kind, price, vegetarian, on_menu, description in PIZZAS
        )
