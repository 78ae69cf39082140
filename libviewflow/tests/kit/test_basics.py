"""Descriptors, icons, names, utilities and settings."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import override_settings
from django.urls import path

from viewflow import DEFAULT, Icon, this, viewprop
from viewflow.icons import is_known, lucide
from viewflow.urls import Application, AppMenuMixin, Viewset
from viewflow.utils import (
    LazySingletonDescriptor,
    camel_case_to_title,
    camel_case_to_underscore,
    first_not_default,
    get_app_package,
    get_containing_app_data,
    get_object_data,
    has_object_perm,
    is_owner,
    list_path_components,
    strip_suffixes,
)

from .models import Customer, District, Page


def test_viewflow_can_be_imported_before_settings_are_configured():
    code = "import viewflow, viewflow.utils; print(viewflow.__version__, viewflow.Icon('home'))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 0, done.stderr
    assert "<svg" in done.stdout


class Pot:
    made = 0

    @viewprop
    def soup(self):
        """Soup of the day."""
        Pot.made += 1
        return "leek"


class BetterPot(Pot):
    @viewprop
    def soup(self):
        return f"better {super().soup}"


def test_viewprop_is_computed_once_per_instance():
    """B8"""
    Pot.made = 0
    first, second = Pot(), Pot()
    assert (first.soup, first.soup) == ("leek", "leek")
    assert Pot.made == 1
    assert second.soup == "leek"
    assert Pot.made == 2


def test_assigned_viewprop_wins():
    """B9"""
    pot = Pot()
    pot.soup = "tomato"
    assert pot.soup == "tomato"

    class PotViewset(Viewset):
        soup = Pot.__dict__["soup"]

    assert PotViewset(soup="fish").soup == "fish"


def test_viewprop_of_the_parent_is_available():
    """B10"""
    pot = BetterPot()
    assert pot.soup == "better leek"
    assert super(BetterPot, pot).soup == "leek"
    assert pot.soup == "better leek"


def test_viewprop_on_the_class_is_the_descriptor():
    """B11"""
    assert isinstance(Pot.soup, viewprop)
    assert Pot.soup.__doc__ == "Soup of the day."


def test_icon_escapes_its_name_and_class():
    """B12"""
    html = str(Icon('<script>"', class_='"><b>'))
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html


def test_icon_begins_with_the_given_classes():
    """B13"""
    assert str(Icon("local_pizza", class_="a b")).startswith('<svg class="a b icon"')
    assert str(Icon("home")).startswith('<svg class="icon"')


def test_icon_knows_material_and_lucide_names_and_draws_each_once():
    assert lucide("local_pizza") == lucide("pizza")
    assert lucide("pizza") is lucide("pizza")
    assert is_known("shopping_cart")
    assert not is_known("no_such_icon")
    assert 'data-icon="no_such_icon"' in lucide("no_such_icon")


def test_every_material_name_leads_to_a_real_icon():
    from viewflow.material_icons import MATERIAL

    assert [name for name in MATERIAL if not is_known(name)] == []
    assert len(MATERIAL) > 150


def test_string_icon_of_a_viewset_becomes_an_icon():
    """B14"""

    class Class(AppMenuMixin, Viewset):
        icon = "home"

    assert Class().icon == Icon("home")
    assert Application(icon="inbox").icon == Icon("inbox")


def test_default_marker():
    """B15"""
    assert (*DEFAULT, "x") == ("x",)
    assert repr(DEFAULT) == "DEFAULT"
    assert sorted(["b", DEFAULT, "a"]) == [DEFAULT, "a", "b"]
    assert copy.deepcopy(DEFAULT) is DEFAULT
    assert pickle.loads(pickle.dumps(DEFAULT)) is DEFAULT  # noqa: S301
    assert first_not_default(DEFAULT, None, 1) is None
    assert first_not_default(DEFAULT) is DEFAULT


def test_lazy_singleton_is_one_per_class():
    class Base:
        instance = LazySingletonDescriptor()

    class Child(Base):
        pass

    assert Base.instance is Base.instance
    assert type(Child.instance) is Child
    assert Child.instance is not Base.instance


def test_names():
    assert camel_case_to_underscore("SomeString") == "some_string"
    assert camel_case_to_underscore("HTTPServer2Go") == "http_server2_go"
    assert camel_case_to_title("SomeString") == "Some string"
    assert strip_suffixes("OrderViewset", ["App", "Viewset"]) == "Order"
    assert strip_suffixes("Viewset", ["Viewset"]) == "Viewset"
    assert strip_suffixes("OrderFlowViewset", ["Viewset", "Flow"]) == "Order"
    assert list_path_components("d/<int:dept_pk>/<slug>/") == ["dept_pk", "slug"]


def test_module_outside_every_app_has_no_app():
    """B16"""
    assert get_containing_app_data("os.path") == (None, None)


def test_app_package_by_label():
    """B17"""
    assert get_app_package("auth") == "django.contrib.auth"
    with pytest.raises(LookupError):
        get_app_package("nobody")


def test_app_package_of_the_workflow():
    """B17"""
    assert get_app_package("viewflow") == "viewflow.workflow"


def test_app_whose_name_begins_with_another_apps_name():
    """B18"""
    assert get_containing_app_data("tests.kit.flows") == ("kit", "tests.kit")
    assert get_containing_app_data("tests.kitchen.flows") == (None, None)
    assert get_containing_app_data("viewflow.workflow.x") == ("viewflow", "viewflow.workflow")
    assert get_containing_app_data("viewflow.urls") == ("viewflow_base", "viewflow")


@pytest.mark.django_db
def test_object_data_shows_labels_and_skips_nothing_values():
    """B19"""
    customer = Customer.objects.create(name="Hannah", kind="REG", orders=3)
    data = {label: value for _, label, value in get_object_data(customer)}
    assert data["Kind"] == "Regular"
    assert data["Name"] == "Hannah"
    assert "Last order" not in data
    assert "ID" not in data


@pytest.mark.django_db
def test_object_data_with_a_deleted_artifact():
    """B20"""
    customer = Customer(name="Hannah")
    customer.artifact_object_id = 5
    customer.artifact = None
    assert list(get_object_data(customer))
    customer.artifact = District.objects.create(name="Mitte")
    assert ("Name", "Mitte") in [(label, value) for _, label, value in get_object_data(customer)]


class FakeUser:
    def __init__(self, *answers):
        self.asked = []
        self.answers = answers

    def has_perm(self, perm, obj=None):
        self.asked.append((perm, obj))
        return (perm, obj) in self.answers


def test_object_permission_asks_the_model_first_and_the_object_second():
    """B21"""
    obj = District(pk=1)
    user = FakeUser(("kit.view_district", obj))
    assert has_object_perm(user, "view", District, obj)
    assert user.asked == [("kit.view_district", None), ("kit.view_district", obj)]
    assert not has_object_perm(user, "view", District)


def test_owner_is_the_same_person_of_the_same_class():
    user = get_user_model()
    assert is_owner(user(pk=1), user(pk=1))
    assert not is_owner(user(pk=1), user(pk=2))
    assert not is_owner(user(pk=1), Page(pk=1))
    assert not is_owner(None, user(pk=1))


@pytest.fixture
def middleware(settings):
    """``register_middleware`` works on a list that is put back afterwards."""
    before = list(settings.MIDDLEWARE)

    def register(middleware=None, **viewflow):
        from django.conf import settings as django_settings

        settings.MIDDLEWARE = list(before if middleware is None else middleware)
        settings.VIEWFLOW = viewflow
        apps.get_app_config("viewflow_base").ready()
        return django_settings.MIDDLEWARE

    return register


PLAIN = ["django.contrib.auth.middleware.AuthenticationMiddleware"]
OURS = ["viewflow.middleware.SiteMiddleware", "viewflow.middleware.HotwireTurboMiddleware"]


def test_autoregister_can_be_switched_off(middleware):
    """B22"""
    assert middleware(PLAIN, AUTOREGISTER=False) == PLAIN


def test_middleware_is_added_once(middleware):
    """B23, B26"""
    assert middleware(PLAIN) == [*PLAIN, *OURS]
    assert middleware([*PLAIN, OURS[0]]) == [*PLAIN, *OURS]
    assert middleware([*PLAIN, *OURS]) == [*PLAIN, *OURS]
    assert tuple(middleware(tuple(PLAIN))) == (*PLAIN, *OURS)


def test_settings_are_read_again_when_a_test_overrides_them():
    """B25"""
    from django.forms import Textarea, TextInput

    from viewflow.conf import settings

    with override_settings(VIEWFLOW={"AUTOREGISTER": False, "UNKNOWN": 1}):
        assert settings.AUTOREGISTER is False
        with pytest.raises(AttributeError, match="Invalid viewflow setting"):
            _ = settings.UNKNOWN
    assert settings.AUTOREGISTER is True
    assert settings.WIDGET_RENDERERS == {}
    mapping = {"django.forms.Textarea": "django.forms.TextInput"}
    with override_settings(VIEWFLOW={"WIDGET_RENDERERS": mapping}):
        assert {Textarea: TextInput} == settings.WIDGET_RENDERERS


def test_htmx_is_found_without_listing_django_htmx():
    from django.contrib.staticfiles import finders

    assert finders.find("django_htmx/htmx-4.min.js")


class IconUrls:
    class Odd(AppMenuMixin, Viewset):
        icon = "flying_saucer_9"
        page_path = path("", lambda request: None, name="page")

    urlpatterns = [path("", Application(app_name="a", viewsets=[Odd()]).urls)]


@override_settings(ROOT_URLCONF=IconUrls)
def test_unknown_icon_is_reported_by_a_system_check(capsys):
    call_command("check", tags=["urls"])
    err = capsys.readouterr().err
    assert "viewflow.W101" in err
    assert "flying_saucer_9" in err


def test_references_survive_copies():
    """B7"""
    assert copy.deepcopy(this.bake).name == "bake"


@pytest.fixture
def view_customer(db):
    return Permission.objects.get(codename="view_customer")
