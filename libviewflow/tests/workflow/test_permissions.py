"""Permissions that migrate makes: of process models and of nodes, in every database."""

from __future__ import annotations

import sys
import warnings

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import IntegrityError, connections

from viewflow.workflow.apps import _create_permissions

from .models import Order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other(tmp_path, monkeypatch):
    """A second database, empty."""
    settings = {
        **connections["default"].settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "other.sqlite3"),
        "OPTIONS": {},
    }
    monkeypatch.setitem(connections.settings, "other", settings)
    # Tests may not open a connection that was not there at their beginning; this one is open.
    connections["other"].connect()
    yield "other"
    connections["other"].close()
    del connections["other"]
    ContentType.objects.clear_cache()


def codenames(using, model):
    rows = Permission.objects.using(using).filter(content_type__app_label="workflow")
    return set(rows.filter(content_type__model=model).values_list("codename", flat=True))


def migrate(using="default"):
    call_command("migrate", database=using, run_syncdb=True, verbosity=0)


def test_they_are_made_in_the_database_that_is_migrated(other):
    """B314."""
    before = Permission.objects.count()
    migrate(other)
    for model in ("order", "shipment", "leanprocess"):
        assert {f"{verb}_{model}" for verb in ("add", "change", "delete", "view", "manage")} <= (
            codenames(other, model)
        )
    assert {"can_start_shipment", "can_check_shipment"} <= codenames(other, "shipment")
    assert Permission.objects.count() == before


def test_migrating_again_makes_none_twice():
    """B314."""
    before = sorted(Permission.objects.values_list("content_type", "codename"))
    migrate()
    assert sorted(Permission.objects.values_list("content_type", "codename")) == before


def test_one_that_was_removed_comes_back_with_its_name():
    """B314: also one of a proxy, which belongs to the proxy's own content type."""
    mine = Permission.objects.filter(content_type__app_label="workflow")
    rows = mine.filter(codename__in=["manage_order", "can_check_shipment"])
    assert len(rows) == 2
    rows.delete()
    migrate()
    manage = mine.get(codename="manage_order")
    assert manage.content_type == ContentType.objects.get_for_model(Order, False)
    assert manage.name == "Can manage order"
    assert mine.get(codename="can_check_shipment").name == "Can check"


def test_a_database_that_splits_auth_from_contenttypes_is_told_about_routers(other):
    """B314."""
    migrate(other)
    config = apps.get_app_config("workflow")
    content_type = ContentType.objects.db_manager(other).get_for_model(Order, False)
    Permission.objects.using(other).filter(content_type=content_type).delete()
    # What a router does that sends content types elsewhere: the key is of no row here.
    with connections[other].cursor() as cursor:
        cursor.execute("DELETE FROM django_content_type WHERE id = %s", [content_type.pk])
    with pytest.raises(IntegrityError, match=r"workflow\.Order.*'other'.*routers"):
        _create_permissions(config, using=other)


def test_a_database_without_auth_gets_none(other, settings):
    """B314."""
    settings.DATABASE_ROUTERS = ["tests.workflow.test_permissions.OnlyWorkflow"]
    migrate(other)
    tables = connections[other].introspection.table_names()
    assert "viewflow_process" in tables
    assert "auth_permission" not in tables


class OnlyWorkflow:
    def allow_migrate(self, db, app_label, **hints):
        return db == "default" or app_label in {"viewflow", "workflow"}


# apps with a flows module ------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path, monkeypatch, settings):
    """``app(text)`` installs an app whose ``flows.py`` has this text."""
    made = []

    def install(text):
        name = f"orders_{len(made)}_of_{tmp_path.name.replace('-', '_')}"
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "flows.py").write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, name]
        made.append(name)
        return name

    yield install
    for name in made:
        sys.modules.pop(f"{name}.flows", None)
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    "text", ["import no_such_module_at_all", "from tests.workflow.models import NoSuchModel"]
)
def test_an_import_that_fails_is_told_and_stops_nothing(app, text):
    """B315."""
    name = app(text)
    with pytest.warns(UserWarning, match=f"{name}.flows cannot be imported") as told:
        migrate()
    assert "Traceback" in str(told[0].message)
    assert text.split()[-1] in str(told[0].message)


def test_a_mistake_in_a_flow_stops_migrate_and_is_shown(app):
    """B315: it is never hidden."""
    app(
        "from viewflow import this\n"
        "from viewflow.workflow import Flow, nodes\n"
        "class BrokenFlow(Flow):\n"
        "    start = nodes.StartHandle().Next(this.nowhere)\n"
    )
    with pytest.raises(Exception, match=r"(?s)BrokenFlow.*nowhere"):
        migrate()


def test_flows_of_an_app_that_nobody_has_imported_get_their_permissions(app):
    """B314."""
    app(
        "from tests.workflow.models import Order\n"
        "from viewflow import this\n"
        "from viewflow.workflow import Flow, nodes\n"
        "from tests.workflow.steps import page\n"
        "class LateFlow(Flow):\n"
        "    process_class = Order\n"
        "    start = nodes.Start(page).Next(this.weigh)\n"
        "    weigh = nodes.View(page).Permission(\n"
        "        auto_create=True, help_text='Can weigh things').Next(this.end)\n"
        "    end = nodes.End()\n"
    )
    known = Order._meta.permissions
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            migrate()
        made = Permission.objects.get(codename="can_weigh_order")
        assert made.name == "Can weigh things"
        made.delete()
    finally:
        Order._meta.permissions = known


def test_an_app_without_flows_is_silent(app, settings):
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "django.contrib.humanize"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        migrate()
