"""Model viewsets: list, add, show, change, delete, and who may."""

from __future__ import annotations

from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import NoReverseMatch, path

from viewflow.forms import Layout, Row
from viewflow.urls import (
    Application,
    BaseModelViewset,
    DeleteViewMixin,
    DetailViewMixin,
    ModelViewset,
    ReadonlyModelViewset,
    Site,
)
from viewflow.views import (
    Action,
    CreateModelView,
    DeleteModelView,
    DetailModelView,
    UpdateModelView,
)

from .models import Booking, Courier, Customer, District, Page

pytestmark = pytest.mark.django_db


class CustomerViewset(DetailViewMixin, DeleteViewMixin, ModelViewset):
    model = Customer
    list_columns = ("name", "email", "kind")
    list_search_fields = ["name"]
    list_filter_fields = ["kind"]
    form_layout = Layout("name", Row("email", "kind"))


class ShortViewset(ModelViewset):
    model = Customer
    app_name = "short"
    form_layout = Layout("name")


class MitteViewset(DetailViewMixin, DeleteViewMixin, ModelViewset):
    """Customers of one district only."""

    model = Customer
    app_name = "mitte"
    create_form_layout = Layout("name")
    update_form_layout = Layout("name", "email")

    def get_queryset(self, request):
        return Customer.objects.filter(district__name="Mitte")


class CourierViewset(DeleteViewMixin, ModelViewset):
    model = Courier


class DistrictViewset(DeleteViewMixin, ModelViewset):
    model = District


class BookingViewset(DetailViewMixin, ModelViewset):
    model = Booking
    form_layout = Layout("guests")


site = Site(
    title="Shop",
    viewsets=[
        Application(
            app_name="shop",
            viewsets=[
                CustomerViewset(),
                ShortViewset(),
                MitteViewset(),
                CourierViewset(),
                DistrictViewset(),
                BookingViewset(),
                DeletablePages := type(
                    "PageViewset",
                    (DetailViewMixin, DeleteViewMixin, ModelViewset),
                    {"model": Page, "app_name": "pages"},
                )(),
                ReadonlyModelViewset(app_name="read", model=District, list_columns=("id", "name")),
            ],
        )
    ],
)
assert DeletablePages

alone = CustomerViewset(app_name="alone")


class Urls:
    urlpatterns = [
        path("", site.urls),
        path("alone/", alone.urls),
        path("one/add/", CreateModelView.as_view(model=District, fields=["name"])),
        path("one/<int:pk>/", UpdateModelView.as_view(model=District, fields=["name"])),
        path("one/<int:pk>/see/", DetailModelView.as_view(model=District)),
        path("one/<int:pk>/delete/", DeleteModelView.as_view(model=District)),
    ]


@pytest.fixture(autouse=True)
def urls():
    with override_settings(ROOT_URLCONF=Urls):
        yield


def person(*permissions: str):
    user = get_user_model().objects.create_user(f"user{get_user_model().objects.count()}")
    for permission in permissions:
        user.user_permissions.add(Permission.objects.get(codename=permission))
    return user


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser():
    return client_of(get_user_model().objects.create_superuser("marta"))


@pytest.fixture
def hannah():
    mitte = District.objects.create(name="Mitte")
    return Customer.objects.create(name="Hannah", district=mitte)


def said(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


VALID = {"name": "Paolo", "email": "paolo@conti.example", "kind": "REG"}


def test_urls_have_their_order_and_names():
    names = [pattern.name for pattern in CustomerViewset()._get_urls()]
    assert names == ["index", "list", "change", "add", "bulk_delete", "delete", "detail"]


def test_a_viewset_is_named_after_its_model():
    viewset = ModelViewset(model=Customer)
    assert (viewset.app_name, viewset.title) == ("customer", "Pizza customers")
    with pytest.raises(AssertionError, match="needs a model"):
        ModelViewset()


def test_an_object_is_added_and_named_with_a_link(browser):
    """B75"""
    page = browser.get("/shop/customer/add/")
    assert page.status_code == 200
    assert page.templates[0].name == "viewflow/views/form.html"
    assert list(page.context["form"].fields) == ["name", "email", "kind"]
    response = browser.post("/shop/customer/add/", VALID)
    paolo = Customer.objects.get()
    assert response.url == f"/shop/customer/{paolo.pk}/detail/"
    assert "Pizza customer “Paolo” was added." in said(response)
    assert f'href="/shop/customer/{paolo.pk}/detail/"' in said(response)


def test_names_of_objects_are_escaped_in_messages(browser):
    response = browser.post("/shop/customer/add/", {**VALID, "name": "<i>{x}</i> %s"})
    assert "&lt;i&gt;{x}&lt;/i&gt; %s" in said(response)


def test_a_refused_form_keeps_what_was_typed_and_changes_nothing(browser):
    response = browser.post("/shop/customer/add/", {**VALID, "email": "no address"})
    assert response.status_code == 200
    assert 'value="no address"' in response.content.decode()
    assert not Customer.objects.exists()


def test_an_object_is_changed(browser, hannah):
    """B75 B113"""
    url = f"/shop/customer/{hannah.pk}/change/"
    page = browser.get(url)
    assert page.context["title"] == "Hannah"
    response = browser.post(url, {**VALID, "name": "Hannah Meyer"})
    assert response.status_code == 302
    assert "“Hannah Meyer” was changed" in said(response)
    hannah.refresh_from_db()
    assert (hannah.name, hannah.email) == ("Hannah Meyer", "paolo@conti.example")
    assert browser.post(url, {**VALID, "name": "Hannah Meyer"}).status_code == 302


def test_a_refused_change_keeps_the_name_of_the_object_in_the_heading(browser, hannah):
    response = browser.post(f"/shop/customer/{hannah.pk}/change/", {**VALID, "name": ""})
    assert response.status_code == 200
    assert response.context["title"] == "Hannah"


def test_without_a_detail_page_the_list_comes_next(browser):
    response = browser.post("/shop/short/add/", {"name": "Paolo"})
    assert response.url == "/shop/short/"


def test_an_object_is_shown_with_its_actions(browser, hannah):
    page = browser.get(f"/shop/customer/{hannah.pk}/detail/")
    content = page.content.decode()
    assert page.templates[0].name == "viewflow/views/detail.html"
    assert "Hannah" in content
    assert "Mitte" in content
    assert f'href="/shop/customer/{hannah.pk}/change/"' in content
    assert f'href="/shop/customer/{hannah.pk}/delete/"' in content


def test_signs_of_html_are_shown_as_they_were_typed(browser, hannah):
    hannah.name = "<b>Hannah's</b> & Söhne"
    hannah.save()
    content = browser.get(f"/shop/customer/{hannah.pk}/detail/").content.decode()
    assert "<dd>&lt;b&gt;Hannah&#x27;s&lt;/b&gt; &amp; Söhne</dd>" in content
    assert "&amp;#x27;" not in content
    assert "&amp;lt;" not in content


def test_fields_of_a_json_document_are_added_and_shown(browser):
    response = browser.post("/shop/booking/add/", {"guests": "7"})
    booking = Booking.objects.get()
    assert booking.guests == 7
    assert "7" in browser.get(response.url).content.decode()


def test_what_goes_with_an_object_is_shown_before_it_is_deleted(browser, hannah):
    """B76"""
    mitte = hannah.district
    page = browser.get(f"/shop/district/{mitte.pk}/delete/")
    assert "Hannah" in page.content.decode()
    assert "Pizza customers" in page.content.decode()
    assert "These entries are deleted with it</h2>" in page.content.decode()
    assert District.objects.exists()
    response = browser.post(f"/shop/district/{mitte.pk}/delete/")
    assert response.url == "/shop/district/"
    assert "District “Mitte” was deleted." in said(response)
    assert not District.objects.exists()
    assert not Customer.objects.exists()


def test_protected_objects_are_named_and_nothing_is_deleted(browser, hannah):
    """B77"""
    mitte = hannah.district
    Courier.objects.create(name="Yusuf", district=mitte)
    url = f"/shop/district/{mitte.pk}/delete/"
    page = browser.get(url)
    assert "Yusuf" in page.content.decode()
    response = browser.post(url)
    assert response.status_code == 409
    assert "Yusuf" in response.content.decode()
    assert District.objects.exists()
    assert Customer.objects.exists()
    ticked = {"pk": [mitte.pk], "_confirm": "1"}
    response = browser.post("/shop/district/action/delete/", ticked)
    assert response.status_code == 409
    assert "Yusuf" in response.content.decode()
    assert District.objects.exists()


def test_ticked_rows_are_deleted_after_a_confirmation(browser):
    """B104 B105"""
    rows = [Customer.objects.create(name=name) for name in ("A", "B", "C")]
    ticked = {"pk": [rows[0].pk, rows[1].pk]}
    page = browser.post("/shop/customer/action/delete/", ticked)
    assert page.status_code == 200
    assert page.templates[0].name == "viewflow/views/delete_action.html"
    assert "These entries are deleted</h2>" in page.content.decode()
    assert Customer.objects.count() == 3
    response = browser.post("/shop/customer/action/delete/", {**ticked, "_confirm": "1"})
    assert response.url == "/shop/customer/"
    assert "2 entries were deleted." in said(response)
    assert [row.name for row in Customer.objects.all()] == ["C"]


def test_all_means_what_the_filter_and_the_search_show(browser):
    """B101 B103"""
    for name, kind in (("A", "REG"), ("B", "REG"), ("C", "NEW")):
        Customer.objects.create(name=name, kind=kind)
    everything = {"select_all": "1", "_confirm": "1"}
    browser.post("/shop/customer/action/delete/?kind=REG&_search=A", everything)
    assert [row.name for row in Customer.objects.order_by("name")] == ["B", "C"]
    browser.post("/shop/customer/action/delete/", everything)
    assert not Customer.objects.exists()


def test_nothing_outside_of_the_scope_is_found_or_touched(browser, hannah):
    """B102"""
    other = Customer.objects.create(name="Other")
    for page in ("change", "detail", "delete"):
        assert browser.get(f"/shop/mitte/{hannah.pk}/{page}/").status_code == 200
        assert browser.get(f"/shop/mitte/{other.pk}/{page}/").status_code == 404
        assert browser.post(f"/shop/mitte/{other.pk}/{page}/").status_code in (404, 405)
    browser.post("/shop/mitte/action/delete/", {"select_all": "1", "_confirm": "1"})
    assert list(Customer.objects.all()) == [other]
    browser.post("/shop/mitte/action/delete/", {"pk": [other.pk], "_confirm": "1"})
    assert list(Customer.objects.all()) == [other]


@pytest.mark.parametrize(
    "key", ["0", "x", "-1", "9" * 30, "%00", "_5F", "__", "a/b", "9" * 400, "1.5", "é"]
)
def test_keys_that_no_row_has_are_not_found(browser, hannah, key):
    for page in ("change", "detail", "delete"):
        assert browser.get(f"/shop/customer/{key}/{page}/").status_code == 404
        assert browser.post(f"/shop/customer/{key}/{page}/").status_code in (404, 405)


def test_keys_of_any_text_lead_to_their_pages(browser):
    for slug in ("a/b", "ü ?&#", "x_2Fy", "add", "q\"'<", "100%"):
        page = Page.objects.create(slug=slug, title=f"Page {slug}")
        shown = browser.get("/shop/pages/")
        [row] = [row for row in shown.context["rows"] if row.obj == page]
        url = row.cells[0]["html"].partition('href="')[2].partition('"')[0]
        assert browser.get(unescape(url)).context["object"] == page
        page.delete()


def test_the_update_form_hides_behind_its_layout_what_it_does_not_list(browser, hannah):
    browser.post(f"/shop/short/{hannah.pk}/change/", {"name": "H", "email": "new@x.example"})
    hannah.refresh_from_db()
    assert (hannah.name, hannah.email) == ("H", "")
    assert list(browser.get("/shop/mitte/add/").context["form"].fields) == ["name"]
    page = browser.get(f"/shop/mitte/{hannah.pk}/change/")
    assert list(page.context["form"].fields) == ["name", "email"]


def test_a_form_with_a_file_is_multipart_and_keeps_the_file(browser, settings, tmp_path):
    """B112"""
    settings.MEDIA_ROOT = tmp_path
    mitte = District.objects.create(name="Mitte")
    assert "multipart/form-data" in browser.get("/shop/courier/add/").content.decode()
    licence = SimpleUploadedFile("licence.txt", b"A B C")
    data = {"name": "Yusuf", "district": mitte.pk, "licence": licence}
    assert browser.post("/shop/courier/add/", data).status_code == 302
    assert Courier.objects.get().licence.read() == b"A B C"


def test_a_clash_that_only_the_database_sees_is_an_error_of_the_form(browser, monkeypatch):
    mitte = District.objects.create(name="Mitte")
    Courier.objects.create(name="Yusuf", district=mitte)
    monkeypatch.setattr(Courier, "validate_unique", lambda self, exclude=None: None)
    monkeypatch.setattr(Courier, "validate_constraints", lambda self, exclude=None: None)
    response = browser.post("/shop/courier/add/", {"name": "Yusuf", "district": mitte.pk})
    assert response.status_code == 200
    assert "clashes with another entry" in response.content.decode()
    assert Courier.objects.count() == 1


RIGHTS = {
    "index": {"view_customer", "change_customer"},
    "add": {"add_customer"},
    "change": {"change_customer"},
    "detail": {"view_customer", "change_customer"},
    "delete": {"delete_customer"},
}


@pytest.mark.parametrize("mount", ["shop/customer", "alone"])
@pytest.mark.parametrize(
    "right", [None, "view_customer", "add_customer", "change_customer", "delete_customer"]
)
def test_each_page_wants_its_own_right(hannah, mount, right):
    """B73 B74"""
    client = client_of(person(*[right] if right else []))
    for page, rights in RIGHTS.items():
        url = {
            "index": f"/{mount}/",
            "add": f"/{mount}/add/",
        }.get(page, f"/{mount}/{hannah.pk}/{page}/")
        expected = 200 if right in rights else 403
        assert client.get(url).status_code == expected, page
        if expected == 403:
            assert client.post(url, VALID).status_code in (403, 405), page
    response = client.post(f"/{mount}/action/delete/", {"pk": [hannah.pk], "_confirm": "1"})
    assert response.status_code == (302 if right == "delete_customer" else 403)
    assert Customer.objects.exists() == (right != "delete_customer")


def test_people_without_rights_learn_nothing_about_keys(hannah):
    client = client_of(person("view_customer"))
    assert client.get("/shop/customer/999/change/").status_code == 403
    assert client.get("/shop/customer/999/detail/").status_code == 404


@pytest.mark.parametrize("mount", ["shop/customer", "alone"])
def test_anonymous_people_are_sent_to_login(client, hannah, mount):
    """B72 B73 B74"""
    pages = ["", "add/", "action/delete/"]
    pages += [f"{hannah.pk}/{page}/" for page in ("change", "detail", "delete")]
    for page in pages:
        for method in (client.get, client.post):
            response = method(f"/{mount}/{page}")
            assert response.status_code == 302, page
            assert response.url.startswith("/accounts/login/"), page
    assert Customer.objects.exists()


def test_buttons_are_there_for_those_who_may(hannah):
    viewer, editor = client_of(person("view_customer")), client_of(person("change_customer"))
    assert viewer.get("/shop/customer/").context["page_actions"] == []
    assert viewer.get("/shop/customer/").context["bulk_actions"] == []
    page = viewer.get(f"/shop/customer/{hannah.pk}/detail/")
    assert page.context["change_url"] is None
    assert page.context["page_actions"] == []
    assert editor.get(f"/shop/customer/{hannah.pk}/detail/").context["change_url"]
    # A viewer gets no link to a page that only refuses.
    link = f'href="/shop/short/{hannah.pk}/change/"'
    assert link in editor.get("/shop/short/").content.decode()
    assert link not in viewer.get("/shop/short/").content.decode()


class OwnersBackend:
    """People hold every right to the customer of their own name."""

    def authenticate(self, request, **credentials):
        return None

    def has_perm(self, user, perm, obj=None):
        return obj is not None and getattr(obj, "name", None) == user.username


def test_a_right_to_one_object_opens_its_pages_alone(settings, hannah):
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        f"{__name__}.OwnersBackend",
    ]
    owner = get_user_model().objects.create_user("Hannah")
    client = Client()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    other = Customer.objects.create(name="Other")
    for page in ("change", "detail", "delete"):
        assert client.get(f"/shop/customer/{hannah.pk}/{page}/").status_code == 200
        assert client.get(f"/shop/customer/{other.pk}/{page}/").status_code == 403
    assert client.get("/shop/customer/add/").status_code == 403
    response = client.post(f"/shop/customer/{hannah.pk}/change/", {**VALID, "name": "Hannah"})
    assert response.status_code == 302
    assert client.post(f"/shop/customer/{other.pk}/delete/").status_code == 403
    assert client.post(f"/shop/customer/{hannah.pk}/delete/").status_code == 302
    assert list(Customer.objects.all()) == [other]


def test_a_viewset_adds_actions_to_its_pages(browser, hannah):
    """B108"""

    class ActiveViewset(CustomerViewset):
        def get_list_page_actions(self, request, *actions):
            return super().get_list_page_actions(request, Action("L", url="/l/"), *actions)

        def get_update_page_actions(self, request, obj, *actions):
            return super().get_update_page_actions(request, obj, Action("U", url="/u/"), *actions)

        def get_detail_page_actions(self, request, obj, *actions):
            return super().get_detail_page_actions(request, obj, Action("D", url="/d/"), *actions)

        def get_detail_page_object_actions(self, request, obj, *actions):
            action = Action("O", url=f"/o/{obj.pk}/")
            return super().get_detail_page_object_actions(request, obj, action, *actions)

    class ActiveUrls:
        urlpatterns = [path("c/", ActiveViewset().urls)]

    def names(url, key="page_actions"):
        return [str(action["name"]) for action in browser.get(url).context[key]]

    with override_settings(ROOT_URLCONF=ActiveUrls):
        assert names("/c/") == ["Add new", "L"]
        assert names(f"/c/{hannah.pk}/change/") == ["U", "Delete"]
        assert names(f"/c/{hannah.pk}/detail/") == ["D", "Delete"]
        assert names(f"/c/{hannah.pk}/detail/", "object_actions") == ["O"]


def test_the_viewset_chooses_the_form_for_each_request(browser, hannah):
    from django import forms

    class NoteForm(forms.ModelForm):
        class Meta:
            model = Customer
            fields = ["email"]

    class HookedViewset(ModelViewset):
        model = Customer
        form_layout = Layout("name")

        def get_update_form_class(self, request):
            return NoteForm

        def get_create_form_widgets(self, request):
            return {"name": forms.Textarea}

    class HookedUrls:
        urlpatterns = [path("c/", HookedViewset(form_layout=None).urls)]

    with override_settings(ROOT_URLCONF=HookedUrls):
        page = browser.get(f"/c/{hannah.pk}/change/")
        assert list(page.context["form"].fields) == ["email"]
        page = browser.get("/c/add/")
        assert isinstance(page.context["form"].fields["name"].widget, forms.Textarea)


def test_pages_can_be_left_out(browser, hannah):
    class Without(DeleteViewMixin, ModelViewset):
        model = Customer
        create_path = None
        bulk_delete_view_class = None
        delete_view_class = None

    class WithoutUrls:
        urlpatterns = [path("c/", Without(create_view_class=None).urls)]

    with override_settings(ROOT_URLCONF=WithoutUrls):
        page = browser.get("/c/")
        assert page.status_code == 200
        assert page.context["page_actions"] == []
        assert page.context["bulk_actions"] == []
        assert browser.get("/c/add/").status_code == 404
        assert browser.get(f"/c/{hannah.pk}/change/").context["page_actions"] == []


def test_a_readonly_viewset_lists_and_shows(browser, hannah):
    page = browser.get("/shop/read/")
    assert f'href="/shop/read/{hannah.district.pk}/detail/"' in page.content.decode()
    shown = browser.get(f"/shop/read/{hannah.district.pk}/detail/")
    assert shown.status_code == 200
    assert shown.context["change_url"] is None
    names = [pattern.name for pattern in ReadonlyModelViewset(model=District)._get_urls()]
    assert names == ["index", "list", "detail"]


def test_a_viewset_may_be_a_list_only():
    names = [pattern.name for pattern in BaseModelViewset(model=District)._get_urls()]
    assert names == ["index", "list"]


def test_site_finds_the_page_of_an_object(rf, hannah):
    request = rf.get("/")
    request.resolver_match = None
    assert site.get_absolute_url(request, hannah) == f"/shop/customer/{hannah.pk}/detail/"
    with pytest.raises(NoReverseMatch):
        site.get_absolute_url(request, get_user_model()())


def test_views_work_without_a_viewset(browser, hannah):
    mitte = hannah.district
    assert browser.post("/one/add/", {"name": "Wedding"}).status_code == 302
    assert browser.post(f"/one/{mitte.pk}/", {"name": "Mitte 2"}).url == "../"
    assert "Mitte 2" in browser.get(f"/one/{mitte.pk}/see/").content.decode()
    assert browser.post(f"/one/{mitte.pk}/delete/").status_code == 302
    assert [row.name for row in District.objects.all()] == ["Wedding"]
    stranger = client_of(person())
    assert stranger.get("/one/add/").status_code == 403


def test_pages_stay_cheap(browser, django_assert_max_num_queries):
    mitte = District.objects.create(name="Mitte")
    rows = [Customer(name=f"C{n}", district=mitte) for n in range(200)]
    Customer.objects.bulk_create(rows)
    pk = Customer.objects.first().pk
    for url in ("/shop/customer/", "/shop/customer/add/", f"/shop/customer/{pk}/change/",
                f"/shop/customer/{pk}/detail/", f"/shop/customer/{pk}/delete/"):  # fmt: skip
        browser.get(url)
        with django_assert_max_num_queries(6):
            assert browser.get(url).status_code == 200


def test_templates_of_the_project_come_first(browser, hannah, settings, tmp_path):
    """B110"""
    folder = tmp_path / "kit"
    folder.mkdir()
    for name in ("form", "detail", "confirm_delete", "delete_action", "create"):
        (folder / f"customer_{name}.html").write_text(f"mine: {name}")
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path]}]
    pk = hannah.pk
    assert browser.get("/shop/customer/add/").content == b"mine: create"
    assert browser.get(f"/shop/customer/{pk}/change/").content == b"mine: form"
    assert browser.get(f"/shop/customer/{pk}/detail/").content == b"mine: detail"
    assert browser.get(f"/shop/customer/{pk}/delete/").content == b"mine: confirm_delete"
    page = browser.post("/shop/customer/action/delete/", {"pk": [pk]})
    assert page.content == b"mine: delete_action"


@pytest.mark.parametrize(
    "left_out", ["create_path", "update_path", "detail_path", "delete_path", "bulk_delete_path"]
)
@pytest.mark.parametrize("bases", [(DetailViewMixin,), ()])
def test_a_page_that_is_left_out_is_linked_from_nowhere(browser, bases, left_out):
    """B33: the other pages go on without it."""
    viewset = type(
        "Less", (*bases, DeleteViewMixin, ModelViewset), {"model": Customer, left_out: None}
    )
    less = viewset(app_name="less", list_columns=("name",))
    urls = type(
        "urls", (), {"urlpatterns": [path("", Application(app_name="a", viewsets=[less]).urls)]}
    )
    ann = Customer.objects.create(name="Ann", email="ann@example.com")
    with override_settings(ROOT_URLCONF=urls):
        for name, url in {
            "list": "", "create": "add/", "update": f"{ann.pk}/change/",
            "detail": f"{ann.pk}/detail/", "delete": f"{ann.pk}/delete/",
        }.items():  # fmt: skip
            exists = f"{name}_path" != left_out and (name != "detail" or bases)
            assert browser.get(f"/less/{url}").status_code == (200 if exists else 404), name


def test_a_site_knows_no_address_of_an_object_whose_page_is_left_out(rf):
    class Less(ModelViewset):
        model = Customer
        update_path = None

    site = Site(viewsets=[Application(app_name="less", viewsets=[Less()])])
    urls = type("urls", (), {"urlpatterns": [path("", site.urls)]})
    with override_settings(ROOT_URLCONF=urls), pytest.raises(NoReverseMatch, match="no viewset"):
        site.get_absolute_url(rf.get("/"), Customer(pk=1))
