"""Import and export: what a file may do, what it may not, and what a file may hold."""

from __future__ import annotations

import base64
import csv
import io
import itertools
import re
import tracemalloc
import zipfile
import zlib

import openpyxl
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import modelform_factory
from django.test import Client, override_settings
from django.urls import path
from import_export.instance_loaders import CachedInstanceLoader
from import_export.resources import ModelResource

from tests.kit.models import Courier, Customer, Depot, District, Tag
from tests.kit.test_composite_key import make_tables
from viewflow.contrib.import_export import ExportViewsetMixin, ImportView, ImportViewsetMixin
from viewflow.contrib.import_export.formats import (
    format_named,
    harmless,
    original,
    read_dataset,
)
from viewflow.forms import Layout, ModelForm
from viewflow.urls import Application, DeleteViewMixin, ModelViewset, Site
from viewflow.views import CreateModelView, UpdateModelView

pytestmark = pytest.mark.django_db


class CustomerViewset(ImportViewsetMixin, ExportViewsetMixin, DeleteViewMixin, ModelViewset):
    model = Customer
    list_columns = ("name", "kind")
    list_search_fields = ["name"]
    list_filter_fields = ["kind"]


class MitteViewset(CustomerViewset):
    app_name = "mitte"

    def get_queryset(self, request):
        return Customer.objects.filter(district__name="Mitte")


class CarefulViewset(CustomerViewset):
    """Invoices are seen, changed and deleted by nobody."""

    app_name = "careful"

    def has_view_permission(self, user, obj=None):
        return super().has_view_permission(user, obj) and (obj is None or obj.kind != "INV")

    def has_change_permission(self, user, obj=None):
        return super().has_change_permission(user, obj) and (obj is None or obj.kind != "INV")

    def has_delete_permission(self, user, obj=None):
        return super().has_delete_permission(user, obj) and (obj is None or obj.kind != "INV")


class CourierResource(ModelResource):
    class Meta:
        model = Courier
        fields = ("name", "district")
        import_id_fields = ("name",)

    def for_delete(self, row, instance):
        return row.get("gone") == "yes"


class StaleResource(ModelResource):
    """Reads every row at the beginning, as a cache does."""

    seen: list = []

    class Meta:
        model = Courier
        fields = ("name", "district")
        import_id_fields = ("name",)
        instance_loader_class = CachedInstanceLoader

    def get_instance(self, instance_loader, row):
        found = super().get_instance(instance_loader, row)
        Courier.objects.filter(name=row["name"]).update(licence="new.pdf")
        return found

    def before_import(self, dataset, **kwargs):
        super().before_import(dataset, **kwargs)
        if not kwargs["dry_run"]:
            self.seen.append("begin")
        if "more" in dataset.headers:
            dataset.append(["Zoe", dataset[0][1], ""])

    def after_save_instance(self, instance, row, **kwargs):
        if not kwargs["dry_run"]:
            self.seen.append(instance.name)


class NarrowForm(ModelForm):
    class Meta:
        model = Customer
        fields = ["name", "district"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["district"].queryset = District.objects.filter(name="Mitte")


class MitteOnly:
    """A view that narrows its form itself."""

    def get_form(self, *args, **kwargs):
        form = super().get_form(*args, **kwargs)
        form.fields["district"].queryset = District.objects.filter(name="Mitte")
        return form


class Tight(CustomerViewset):
    app_name = "tight"
    create_view_class = type("CreateInMitte", (MitteOnly, CreateModelView), {})
    update_view_class = type("UpdateInMitte", (MitteOnly, UpdateModelView), {})


class Tagged(CustomerViewset):
    app_name = "tagged"

    def get_form_class(self, request):
        return modelform_factory(
            Customer,
            fields=["name", "tags"],
            formfield_callback=lambda field: (
                field.formfield(queryset=Tag.objects.filter(name="good"))
                if field.name == "tags"
                else field.formfield()
            ),
        )


site = Site(
    title="Shop",
    viewsets=[
        Application(
            app_name="shop",
            viewsets=[
                CustomerViewset(),
                MitteViewset(),
                CarefulViewset(),
                Tagged(),
                Tight(),
                type(
                    "DepotViewset",
                    (ImportViewsetMixin, ExportViewsetMixin, ModelViewset),
                    {"model": Depot},
                )(),
                type(
                    "Narrow", (CustomerViewset,), {"app_name": "narrow", "form_class": NarrowForm}
                )(),
                type(
                    "Added",
                    (CustomerViewset,),
                    {"app_name": "added", "create_form_layout": Layout("name", "email")},
                )(),
                type(
                    "Users",
                    (ImportViewsetMixin, ExportViewsetMixin, ModelViewset),
                    {"model": get_user_model(), "app_name": "users"},
                )(),
                type(
                    "Stale",
                    (ImportViewsetMixin, ModelViewset),
                    {"model": Courier, "app_name": "stale", "resource_class": StaleResource},
                )(),
                type(
                    "CourierViewset",
                    (ImportViewsetMixin, ExportViewsetMixin, ModelViewset),
                    {"model": Courier, "resource_class": CourierResource},
                )(),
            ],
        )
    ],
)


class Urls:
    urlpatterns = [path("", site.urls)]


@pytest.fixture(autouse=True)
def urls():
    with override_settings(ROOT_URLCONF=Urls):
        yield


def person(*permissions: str) -> Client:
    users = get_user_model().objects
    user = users.create_user(f"user{users.count()}")
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("marta"))
    return client


@pytest.fixture
def tables(db):
    make_tables()


@pytest.fixture
def customers():
    mitte = District.objects.create(name="Mitte")
    return [
        Customer.objects.create(name="Hannah", kind="REG", district=mitte),
        Customer.objects.create(name="Paolo", kind="INV"),
        Customer.objects.create(name="Amina", kind="NEW", district=mitte),
    ]


def table(response) -> list[dict[str, str]]:
    assert response.status_code == 200, response
    assert response["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def export(client, viewset="customer", query="", **data):
    data = {"_confirm": "1", "file_format": "csv", **(data or {"select_all": "1"})}
    return client.post(f"/shop/{viewset}/action/export/{query}", data)


def names(response) -> list[str]:
    return [row["name"] for row in table(response)]


def upload(client, text, viewset="customer", name="rows.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile(name, content)
    return client.post(f"/shop/{viewset}/import/", {"import_file": file})


def confirm(client, page):
    hidden = dict(re.findall(r'name="(content|file_format)" value="([^"]*)"', page.text))
    assert hidden, page.text
    return client.post(page.wsgi_request.path, {"_confirm": "1", **hidden})


def problems(page) -> list[tuple]:
    return [(p["line"], p["name"], p["text"]) for p in page.context["outcome"].problems]


# Export


def test_the_list_offers_export_and_import(browser, customers):
    page = browser.get("/shop/customer/?kind=REG&page=1")
    assert 'href="/shop/customer/action/export/?kind=REG"' in page.text
    assert 'href="/shop/customer/import/"' in page.text
    assert 'formaction="/shop/customer/action/export/?kind=REG"' in page.text


def test_ticked_rows_are_exported_after_a_question(browser, customers):
    url = "/shop/customer/action/export/"
    page = browser.post(url, {"pk": [customers[0].pk]})
    assert page.templates[0].name == "viewflow/contrib/import_export/export_action.html"
    assert f'name="pk" value="{customers[0].pk}"' in page.text
    assert names(export(browser, pk=[customers[0].pk])) == ["Hannah"]
    assert browser.post(url).status_code == 302  # nothing was ticked


def test_all_means_what_the_filter_and_the_search_show(browser, customers):
    page = browser.get("/shop/customer/action/export/?kind=REG")
    assert page.status_code == 200
    assert page.context["objects_count"] == 1
    assert names(export(browser)) == ["Hannah", "Paolo", "Amina"]
    assert names(export(browser, query="?kind=REG")) == ["Hannah"]
    assert names(export(browser, query="?_search=a+m")) == ["Amina"]
    assert names(export(browser, query="?kind=NOPE")) == []


def test_export_is_limited_to_the_scope(browser, customers):
    """B464"""
    assert names(export(browser, "mitte")) == ["Hannah", "Amina"]
    assert names(export(browser, "mitte", pk=[customers[1].pk, customers[0].pk])) == ["Hannah"]


def test_rows_that_a_person_may_not_see_are_left_out(customers):
    client = person("view_customer")
    assert names(export(client, "careful")) == ["Hannah", "Amina"]
    assert names(export(client, "careful", pk=[customers[1].pk])) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_export_wants_the_right_to_view(client, customers, method):
    """B464"""
    url = "/shop/customer/action/export/"
    data = {"_confirm": "1", "file_format": "csv", "select_all": "1"} if method == "post" else {}
    assert getattr(client, method)(url, data).url.startswith("/accounts/login/")
    assert getattr(person("add_customer", "delete_customer"), method)(url, data).status_code == 403
    assert getattr(person("view_customer"), method)(url, data).status_code == 200


FORMULAS = [
    "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "'=1", "=HYPERLINK(1)", "\uff1d1+1",
    "\uff0bA1", "\uff0dA1", "\uff20SUM(A1)",
]  # fmt: skip
PLAIN = ["-5", "+49", "-1.5e3", "'quoted'", "a=b", 'é; "x", y', ""]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", FORMULAS + PLAIN)
def test_no_cell_is_a_formula_and_the_file_can_be_read_back(browser, kind, text):
    Customer.objects.create(name=text)
    response = export(browser, file_format=kind, select_all="1")
    if kind == "csv":
        cell = table(response)[0]["name"]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        header = [cell.value for cell in sheet[1]]
        found = sheet.cell(2, header.index("name") + 1)
        assert found.data_type != "f"
        cell = found.value or ""
    expected = f"'{text}" if text in FORMULAS else text
    assert cell == ("'\t'=1" if (kind, text) == ("csv", "\t=1") else expected)
    if text:
        page = upload(browser, response.content, name=f"x.{kind}")
        assert problems(page) == [], page.text
        assert page.context["outcome"].same == 1


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Meier;=HYPERLINK(1)", "Meier;'=HYPERLINK(1)"),
        ('a, "@SUM(A1)"', 'a, "\'@SUM(A1)"'),
        ("a\n-2+3", "a\n'-2+3"),
        ("a;'=1", "a;''=1"),
        ("a\t\uff1d1", "a\t'\uff1d1"),
        ("a, -5; +49", "a, -5; +49"),
    ],
)
def test_a_formula_behind_what_ends_a_cell_elsewhere_is_none(browser, text, cell):
    Customer.objects.create(name=text)
    response = export(browser, select_all="1")
    assert table(response)[0]["name"] == cell
    assert upload(browser, response.content).context["outcome"].same == 1


@pytest.mark.parametrize("binary", [True, False])
def test_every_text_survives_the_apostrophes(binary):
    for length in range(1, 6):
        for signs in itertools.product("=-';,\t\" 5", repeat=length):
            text = "".join(signs)
            assert original(harmless(text, binary=binary), binary=binary) == text


def test_long_runs_of_signs_take_no_time():
    for text in ("\t" * 100_000, "; " * 50_000, ";" + " " * 100_000, ";" + "'" * 100_000):
        assert original(harmless(text, binary=False), binary=False) == text


def test_control_characters_do_not_break_a_workbook(browser):
    Customer.objects.create(name="a\x07b")
    response = export(browser, file_format="xlsx", select_all="1")
    assert "a\N{REPLACEMENT CHARACTER}b" in [
        cell.value for cell in openpyxl.load_workbook(io.BytesIO(response.content)).active[2]
    ]


def test_an_unknown_format_is_refused_on_the_page(browser, customers):
    page = export(browser, file_format="exe", select_all="1")
    assert page.status_code == 200
    assert page.context["export_form"].errors


def test_too_many_rows_are_not_exported(browser, customers, monkeypatch):
    from viewflow.contrib.import_export import ExportView

    monkeypatch.setattr(ExportView, "max_rows", 2)
    assert export(browser).status_code == 302
    assert len(names(export(browser, query="?kind=REG"))) == 1


def test_export_needs_few_queries(browser, customers, django_assert_max_num_queries):
    Customer.objects.bulk_create(Customer(name=f"C{n}") for n in range(300))
    with django_assert_max_num_queries(8):
        assert len(names(export(browser, "careful"))) == 302


# Import


def test_a_file_is_shown_before_it_is_imported(browser, customers):
    """B465"""
    assert 'type="file"' in browser.get("/shop/customer/import/").text
    text = f"id,name,kind\n{customers[0].pk},Hannah Meyer,REG\n,Yusuf,NEW\n"
    page = upload(browser, text)
    outcome = page.context["outcome"]
    assert (outcome.new, outcome.changed, outcome.problem_count) == (1, 1, 0)
    assert "Yusuf" in page.text
    assert not Customer.objects.filter(name="Yusuf").exists()
    response = confirm(browser, page)
    assert response.url == "/shop/customer/"
    customers[0].refresh_from_db()
    assert customers[0].name == "Hannah Meyer"
    assert Customer.objects.filter(name="Yusuf", kind="NEW").exists()


def test_problems_are_shown_by_row_and_nothing_is_changed(browser, customers):
    """B465"""
    before = list(Customer.objects.order_by("pk").values())
    text = (
        f"id,name,kind,orders,district\n{customers[0].pk},Good,REG,1,{customers[0].district_id}\n,,NEW,1,\n\n,X,ZZZ,1,\n"
        f",Y,NEW,many,\n,Z,NEW,1,999999\n"
    )
    page = upload(browser, text)
    found = problems(page)
    assert [line for line, _name, _text in found] == [3, 5, 6, 7]
    assert found[0][1:] == ("name", "This field cannot be blank.")
    assert "ZZZ" in found[1][2]
    assert found[2][1] == "orders"
    assert found[3][1] == "district"
    assert "does not exist" in found[3][2]
    assert "_confirm" not in page.text
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    forced = {"_confirm": "1", "content": packed, "file_format": "csv"}
    page = browser.post("/shop/customer/import/", forced)
    assert len(problems(page)) == 4
    assert list(Customer.objects.order_by("pk").values()) == before


def test_after_a_refused_file_another_one_is_chosen_above_the_problems(browser, customers):
    page = upload(browser, "id,name,kind\n" + ",,ZZZ\n" * 60)
    assert page.context["outcome"].problem_count == 120
    assert "Nothing was imported: 60 rows have problems" in page.text
    assert page.text.count('type="file"') == 1
    assert (
        page.text.index('type="file"')
        < page.text.index("Check the file")
        < page.text.index("<table")
    )
    nothing_new = upload(browser, f"id,name\n{customers[0].pk},{customers[0].name}\n").text
    assert "The file says nothing new." in nothing_new
    assert nothing_new.index('type="file"') < nothing_new.index("<table")


def test_many_rows_are_confirmed_by_a_bar_that_stays_in_sight(browser, customers):
    """The bar sticks to the end of the form around the rows, so it is inside of that form."""
    rows = "".join(f",New {number}\n" for number in range(30))
    html = upload(browser, f"id,name\n{rows}").text
    form = next(f for f in html.split("<form ")[1:] if 'name="content"' in f).split("</form>", 1)[0]
    assert form.count("<tr") > 30
    assert form.index("<table") < form.index('class="actionbar"')
    assert 'name="csrfmiddlewaretoken"' in form


def test_nothing_outside_of_the_scope_is_changed_or_made(browser, customers):
    hannah, paolo, _amina = customers
    before = list(Customer.objects.order_by("pk").values())
    district = hannah.district_id
    page = upload(browser, f"id,name,district\n{paolo.pk},Taken,{district}\n", "mitte")
    assert problems(page) == [(2, "", "There is no such entry that you could change.")]
    other = District.objects.create(name="Wedding").pk
    page = upload(browser, f"id,name,district\n{hannah.pk},Hannah,{other}\n,New,{other}\n", "mitte")
    assert [line for line, _name, _text in problems(page)] == [2, 3]
    assert list(Customer.objects.order_by("pk").values()) == before
    page = upload(
        browser, f"id,name,district\n{hannah.pk},H,{district}\n,New,{district}\n", "mitte"
    )
    assert confirm(browser, page).status_code == 302
    assert set(Customer.objects.values_list("name", flat=True)) == {"H", "New", "Paolo", "Amina"}


def test_each_row_wants_its_right(customers):
    text = f"id,name\n{customers[0].pk},Changed\n,Added\n"
    assert [p[0] for p in problems(upload(person("add_customer"), text))] == [2]
    assert [p[0] for p in problems(upload(person("change_customer"), text))] == [3]
    careful = upload(person("change_customer"), f"id,name\n{customers[1].pk},X\n", "careful")
    assert problems(careful) == [(2, "", "You may not change this entry.")]
    both = person("add_customer", "change_customer")
    assert confirm(both, upload(both, text)).status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_wants_a_right(client, customers, method):
    url = "/shop/customer/import/"
    assert getattr(client, method)(url).url.startswith("/accounts/login/")
    viewer = person("view_customer", "delete_customer")
    assert getattr(viewer, method)(url).status_code == 403
    assert 'href="/shop/customer/import/"' not in viewer.get("/shop/customer/").text
    assert getattr(person("add_customer"), method)(url).status_code == 200


def test_a_resource_of_the_project_keeps_the_rules_too(browser):
    mitte = District.objects.create(name="Mitte")
    page = upload(browser, f"name,district\nYusuf,{mitte.pk}\nYusuf,{mitte.pk}\n", "courier")
    assert page.context["outcome"].new == 1
    assert confirm(browser, page).status_code == 302
    assert Courier.objects.get().district == mitte
    changer = person("change_courier")
    page = upload(changer, "name,gone\nYusuf,yes\n", "courier")
    assert problems(page) == [(2, "", "You may not delete this entry.")]
    page = upload(browser, "name,gone\nYusuf,yes\n", "courier")
    assert page.context["outcome"].deleted == 1
    confirm(browser, page)
    assert not Courier.objects.exists()


def test_what_was_saved_meanwhile_is_kept(browser):
    mitte, wedding = (District.objects.create(name=name) for name in ("Mitte", "Wedding"))
    courier = Courier.objects.create(name="Yusuf", district=mitte)
    page = upload(browser, f"name,district\nYusuf,{wedding.pk}\n", "stale")
    assert confirm(browser, page).status_code == 302
    courier.refresh_from_db()
    assert (courier.district, courier.licence.name) == (wedding, "new.pdf")


def test_a_trial_says_that_it_is_one_and_rows_may_be_added(browser):
    mitte = District.objects.create(name="Mitte")
    StaleResource.seen.clear()
    page = upload(browser, f"name,district,more\nYusuf,{mitte.pk},x\n", "stale")
    assert page.context["outcome"].new == 2
    assert StaleResource.seen == []
    assert not Courier.objects.exists()
    assert confirm(browser, page).status_code == 302
    assert StaleResource.seen == ["begin", "Yusuf", "Zoe"]
    page = upload(browser, "name,district,more\nYusuf,999,x\n", "stale")
    assert {line for line, _name, _text in problems(page)} == {""}


def test_rights_and_passwords_are_no_columns(browser):
    user = get_user_model().objects.create_user("paolo", password="secret")
    row = table(export(browser, "users"))[0]
    assert "username" in row
    assert not set(row) & {"password", "is_superuser", "groups", "user_permissions"}
    text = f"id,username,password,is_superuser,user_permissions\n{user.pk},pablo,x,1,1\n"
    page = upload(browser, text, "users")
    assert page.context["columns"] == ["password", "is_superuser", "user_permissions"]
    assert confirm(browser, page).status_code == 302
    before = user.password
    user.refresh_from_db()
    assert (user.username, user.password, user.is_superuser) == ("pablo", before, False)
    assert not user.user_permissions.exists()


def test_a_column_is_what_the_form_has_and_a_value_what_it_offers(browser, customers):
    hannah, _paolo, _amina = customers
    mitte, wedding = hannah.district_id, District.objects.create(name="Wedding").pk
    assert list(table(export(browser, "narrow"))[0]) == ["id", "name", "district"]
    page = upload(
        browser, f"id,name,district,orders\n{hannah.pk},H,{mitte},9\n,N,{wedding},9\n", "narrow"
    )
    assert page.context["columns"] == ["orders"]
    assert problems(page) == [(3, "district", "It refers to an entry that does not exist.")]
    page = upload(browser, f"id,name,district\n{hannah.pk},H,{mitte}\n,N,{wedding}\n", "tight")
    assert problems(page) == [(3, "district", "It refers to an entry that does not exist.")]
    # What only the page to add has is not changed by a file.
    assert list(table(export(browser, "added"))[0]) == ["id", "name", "email"]
    good, bad = (Tag.objects.create(name=name).pk for name in ("good", "bad"))
    page = upload(browser, f"id,name,tags\n{hannah.pk},H,{good}\n,N,{bad}\n", "tagged")
    assert problems(page) == [(3, "tags", "It refers to an entry that does not exist.")]
    page = upload(browser, f"id,name,tags\n{hannah.pk},H,{good}\n", "tagged")
    assert confirm(browser, page).status_code == 302
    assert hannah.tags.get().pk == good


def test_a_key_of_several_columns_is_known_by_them(tables, browser):
    for city, number in (("Berlin", 1), ("Berlin", 2), ("Roma", 1)):
        Depot.objects.create(city=city, number=number, code=f"{city[0]}{number}")
    text = "city,number,code,note\nBerlin,1,B1,hi\nKoeln,3,K3,x\n"
    page = upload(browser, text, "depot")
    assert (page.context["outcome"].new, page.context["outcome"].changed) == (1, 1)
    assert confirm(browser, page).status_code == 302
    assert list(table(export(browser, "depot"))[0]) == ["city", "number", "code", "note"]
    assert sorted(Depot.objects.values_list("code", "note")) == [
        ("B1", "hi"),
        ("B2", ""),
        ("K3", "x"),
        ("R1", ""),
    ]


def test_a_file_without_keys_adds_its_rows(browser, customers):
    page = upload(browser, "name;kind;mood\nA;NEW;x\nB;REG;y\n")
    assert page.context["outcome"].new == 2
    assert page.context["columns"] == ["mood"]


def zipped_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * (101 * 1024 * 1024))
    return stream.getvalue()


def workbook(sheet: str, **parts: str) -> bytes:
    """A workbook whose parts are replaced."""
    book, stream = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(book)
    new = {"xl/worksheets/sheet1.xml": sheet} | {
        f"xl/{name}.xml": text for name, text in parts.items()
    }
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name in old.namelist():
            made.writestr(name, new.get(name) or old.read(name))
    return stream.getvalue()


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet(rows: str, beside: str = "") -> str:
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData>{beside}</worksheet>"


def cell(where: str, text: str) -> str:
    return f'<c r="{where}" t="inlineStr"><is><t>{text}</t></is></c>'


WIDE = f'<row r="1">{cell("A1", "name")}</row><row r="600">{cell("XFD600", "x")}</row>'
FAR = f'<row r="1">{cell("A1", "name")}</row><row r="999999999">{cell("A999999999", "x")}</row>'
STYLES = f"<styleSheet {MAIN}><cellXfs>{'<xf/>' * 200_000}</cellXfs></styleSheet>"
TOO_WIDE = "more than 1000 columns"


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("x.xlsx", workbook(sheet(WIDE)), TOO_WIDE),
        ("x.xlsx", workbook(sheet(FAR)), "too large"),
        ("x.xlsx", workbook(sheet(f"<row>{'<c/>' * 200_000}</row>")), "too large"),
        ("x.xlsx", workbook(sheet("", "<foo/>" * 200_000)), "too large"),
        ("x.xlsx", workbook(sheet(""), styles=STYLES), "too large"),
        ("x.csv", b"a" + b"," * 20_000 + b"\n" + b"1\n" * 1_000, None),
        ("x.csv", b"a,b\n" + b"," * 1_000_000, TOO_WIDE),
        ("x.csv", b",".join(b"%d" % n for n in range(2_000)) + b"\n", TOO_WIDE),
        ("x.csv", b"name\n" + b"\n" * 1_000_000, "too large"),
        ("x.csv", b"name\n" + b"a\n" * 1_000_000, "more than 10000 rows"),
    ],
)
def test_a_small_file_does_not_fill_the_memory(name, content, text):
    kind = format_named(name[2:])
    tracemalloc.start()
    try:
        if text is None:
            assert len(read_dataset(content, kind, max_rows=10_000)) == 1_000
        else:
            with pytest.raises(ValidationError, match=text):
                read_dataset(content, kind, max_rows=10_000)
        assert tracemalloc.get_traced_memory()[1] < 25_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", b"\n\na,b,,\n1,2,,\n\n3\n"),
        ("x.xlsx", None),
    ],
)
def test_blank_lines_and_cells_at_the_end_do_not_count(name, content):
    if content is None:
        rows = f'<row r="3">{cell("A3", "a")}{cell("B3", "b")}<c r="D3"/></row>'
        rows += f'<row r="4">{cell("A4", "1")}{cell("B4", "2")}</row>'
        content = workbook(sheet(rows + f'<row r="6">{cell("A6", "3")}</row>'))
    dataset = read_dataset(content, format_named(name[2:]), max_rows=10)
    assert dataset.headers == ["a", "b"]
    assert (list(dataset), dataset.lines) == ([("1", "2"), ("3", "")], [4, 6])


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("x.exe", b"a", "cannot be imported"),
        ("x.csv", b"name\n\xff\xfe", "not text in UTF-8"),
        ("x.csv", b"name\na\0b\n", "not text in UTF-8"),
        ("x.csv", b"\n", "empty"),
        ("x.csv", b"name,name\na,b\n", "two columns of the same name"),
        ("x.csv", b"name\n" + b"a\n" * 10_001, "more than 10000 rows"),
        ("x.csv", b"a" * (5 * 1024 * 1024 + 1), "too large"),
        ("x.xlsx", b"PK no workbook", "cannot be read"),
        ("x.xlsx", None, "too large"),
    ],
)
def test_files_that_are_none_are_refused_in_words(browser, name, content, text):
    page = upload(browser, zipped_bomb() if content is None else content, name=name)
    assert page.status_code == 200
    assert text in " ".join(page.context["form"].errors["import_file"])
    assert not Customer.objects.exists()


def test_what_comes_back_to_be_confirmed_is_read_with_the_same_care(browser):
    bomb = base64.b64encode(zlib.compress(b"a" * 50_000_000)).decode()
    for content, text in [
        ("%%%", "cannot be read"),
        ("eA==", "cannot be read"),
        (bomb, "too large"),
    ]:
        data = {"_confirm": "1", "content": content, "file_format": "csv"}
        page = browser.post("/shop/customer/import/", data)
        assert text in " ".join(page.context["form"].errors["import_file"])
    page = browser.post("/shop/customer/import/", {"_confirm": "1"})
    assert "Choose a file." in page.text


def test_a_view_of_its_own_asks_the_permissions_of_the_model(customers):
    class OwnUrls:
        urlpatterns = [path("in/", ImportView.as_view(model=District))]

    with override_settings(ROOT_URLCONF=OwnUrls):
        assert person("view_district").get("/in/").status_code == 403
        assert person("add_district").get("/in/").status_code == 200


def test_ticked_rows_that_a_person_may_not_delete_keep_all_of_them(browser, customers):
    ticked = {"pk": [row.pk for row in customers]}
    url = "/shop/careful/action/delete/"
    page = browser.post(url, ticked)
    assert "You may not delete these entries" in page.text
    assert browser.post(url, {**ticked, "_confirm": "1"}).status_code == 403
    assert browser.post(url, {"select_all": "1", "_confirm": "1"}).status_code == 403
    assert Customer.objects.count() == 3
    ticked["pk"].remove(customers[1].pk)
    assert browser.post(url, {**ticked, "_confirm": "1"}).status_code == 302
    assert Customer.objects.count() == 1
