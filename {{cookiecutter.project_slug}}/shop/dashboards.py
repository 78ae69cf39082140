"""How the shop is doing: figures and charts, drawn on the server."""

from __future__ import annotations

from django.db.models import Avg
from viewflow.dashboard import BarChart, Dashboard, Figure, LineChart

from pizza.flows import PizzaFlow
from pizza.models import PizzaOrder
from shop.models import Customer, Pizza

#: A proxy model shows every process; these are the pizza orders.
ORDERS = PizzaOrder.objects.filter(flow_class=PizzaFlow)


class ShopDashboard(Dashboard):
    title = "Figures"
    icon = "bar_chart"
    panels = [
        Figure("Pizza orders", ORDERS),
        Figure("On their way", ORDERS.filter(status="NEW")),
        Figure("Customers", Customer),
        LineChart("Orders by day", ORDERS, "created", last=14),
        BarChart("Orders by state", ORDERS, by="status"),
        BarChart("Average price by kind", Pizza, "kind", Avg("price"), unit="€"),
    ]
