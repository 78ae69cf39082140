"""``DATABASE_URL=postgres://… python -m tests.scale.model_list [--rows 1000000] [--keep]``.

Makes a database of its own on that server, fills a table, and opens the pages of its list as a
person with the permission: first and later pages, sorted by an indexed column, searched by the
beginning of a word, filtered. Prints the median, the slowest and the queries of each; the exit code
is 1 when a median is above 100 ms or a page runs more than 6 queries.

The table has the indexes that ``docs/lists.md`` recommends for its list.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

import django

LIMIT_MS = 100
LIMIT_QUERIES = 6

PAGES = {
    "first page": "",
    "second page": "?page=2",
    "page 20": "?page=20",
    "page 2000, after the counted ones": "?page=2000",
    "sorted by an indexed column": "?_orderby=name",
    "the other way round": "?_orderby=-name",
    "sorted, page 5": "?_orderby=name&page=5",
    "search by prefix, few": "?_search=%22Customer+00123%22",
    "search by prefix, many": "?_search=Cust",
    "search by prefix, sorted": "?_search=Cust&_orderby=-name",
    "search, nothing found": "?_search=zzz",
    "filter, a third of the rows": "?kind=REG",
    "filter and search": "?kind=REG&_search=%22Customer+0012%22",
}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("tests.scale.model_list", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the table (1000000)")
    parser.add_argument("--rounds", type=int, default=7, help="visits of each page (7)")
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    return parser.parse_args()


def fill(rows: int) -> None:
    """Write the rows where they are not yet, and the indexes for this list."""
    from django.db import connection

    from tests.kit.models import Customer

    with connection.cursor() as cursor:
        if Customer.objects.count() != rows:
            cursor.execute("TRUNCATE kit_customer CASCADE")
            cursor.execute(
                "INSERT INTO kit_customer (name, email, kind, orders, spent) "
                "SELECT 'Customer ' || lpad(i::text, 7, '0'), 'c' || i || '@x.example', "
                "(ARRAY['REG', 'NEW', 'INV'])[i %% 3 + 1], i %% 50, i %% 1000 "
                "FROM generate_series(1, %s) AS i",
                [rows],
            )
        indexes = {
            "scale_name": "name, id",
            "scale_prefix": "UPPER(name) varchar_pattern_ops",
            "scale_kind": "kind, id",
        }
        for name, columns in indexes.items():
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON kit_customer ({columns})")
        cursor.execute("VACUUM ANALYZE kit_customer")


def visit(client: Any, url: str) -> tuple[float, int, str]:
    """Open a page; return milliseconds, queries and what its head says about the number of rows."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        begin = time.perf_counter()
        response = client.get(url)
        took = (time.perf_counter() - begin) * 1000
    assert response.status_code == 200, (url, response.status_code)
    return took, len(queries), str(response.context["total"])


def urlconf() -> Any:
    from django.urls import path

    from tests.kit.models import Customer
    from viewflow.urls import Application, DeleteViewMixin, ModelViewset, Site

    class CustomerViewset(DeleteViewMixin, ModelViewset):
        model = Customer
        list_columns = ("name", "email", "kind", "orders")
        list_search_fields = ["^name"]
        list_filter_fields = ["kind"]

    shop = Application(app_name="shop", title="Shop", viewsets=[CustomerViewset()])

    class Urls:
        urlpatterns = [path("", Site(title="Scale", viewsets=[shop]).urls)]

    return Urls


def main() -> int:
    chosen = options()
    django.setup()
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Permission
    from django.db import connection
    from django.test import Client
    from django.test.utils import override_settings, setup_test_environment, teardown_databases
    from django.test.utils import setup_databases as setup

    if connection.vendor != "postgresql":
        print("Set DATABASE_URL to a PostgreSQL server.")
        return 2
    setup_test_environment()
    databases = setup(verbosity=0, interactive=False, keepdb=True)
    faults = []
    try:
        fill(chosen.rows)
        users = get_user_model().objects
        user = users.filter(username="scale").first() or users.create_user("scale")
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label="kit", codename__endswith="customer")
        )
        client = Client()
        client.force_login(user)
        print(f"{chosen.rows:,} rows; {chosen.rounds} visits of each page")
        with override_settings(ROOT_URLCONF=urlconf()):
            client.get("/shop/customer/")
            for name, query in PAGES.items():
                visits = [visit(client, f"/shop/customer/{query}") for _ in range(chosen.rounds)]
                times = [took for took, _queries, _total in visits]
                queries = max(queries for _took, queries, _total in visits)
                median = statistics.median(times)
                print(
                    f"{name:34} median {median:7.1f} ms  slowest {max(times):7.1f} ms  "
                    f"{queries} queries  of {visits[0][2]}"
                )
                if median > LIMIT_MS or queries > LIMIT_QUERIES:
                    faults.append(name)
    finally:
        if not chosen.keep:
            teardown_databases(databases, verbosity=0)
    print("Too slow: " + ", ".join(faults) if faults else "All pages are fast enough.")
    return 1 if faults else 0


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    sys.exit(main())
