"""Viewsets, routes, applications and sites: URLs and who may follow them."""

from __future__ import annotations

import warnings

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import NoReverseMatch, include, path, re_path, resolve, reverse

from viewflow import Icon
from viewflow.urls import (
    Application,
    AppMenuMixin,
    BaseViewset,
    IndexViewMixin,
    Site,
    Viewset,
    current_site,
    current_viewset_reverse,
    route,
)

from .models import Customer, District


def page(request, **kwargs):
    """Answer with what the middleware told about the URL."""
    match = request.resolver_match
    return HttpResponse(f"{match.view_name} {sorted(kwargs.items())}")


class Nested(IndexViewMixin, Viewset):
    app_name = "nested"
    page_path = path("page/", page, name="page")


class Root(IndexViewMixin, Viewset):
    app_name = "root"
    page_path = path("page/", page, name="page")
    nested_path = route("test/", Nested())


class Staff(IndexViewMixin, Viewset):
    app_name = "staff"
    page_path = path("", page, name="list")
    one_path = path("<int:pk>/", page, name="one")


class Department(Viewset):
    app_name = "department"
    list_path = path("", page, name="index")
    staff_path = route("<int:dept_pk>/staff/", Staff())


class OceanViewset(AppMenuMixin, IndexViewMixin, Viewset):
    model = District
    page_path = path("page/", page, name="page")

    def get_object_url(self, request, obj):
        return f"{self.reverse('page')}?pk={obj.pk}"


class MyTestViewset(AppMenuMixin, Viewset):
    page_path = path("page/", page, name="page")


class AtlasApp(Application):
    deep_path = route("deep/", OceanViewset(app_name="deep", model=Customer))


class ShopSite(Site):
    pass


root = Root()
department = Department()
ocean = OceanViewset()
site = ShopSite(
    viewsets=[
        AtlasApp(viewsets=[ocean, MyTestViewset()]),
        Application(app_name="other", title="Other", viewsets=[ocean]),
    ]
)
first, second = Viewset(app_name="one", viewsets=[Nested()]), Viewset(app_name="two")


class Urls:
    urlpatterns = [
        path("r/", root.urls),
        path("d/", department.urls),
        path("s/", site.urls),
    ]


pytestmark = pytest.mark.urls.with_args(Urls)


def test_declared_path_can_be_reversed_and_visited(client):
    """B27"""
    assert reverse("root:page") == "/r/page/"
    assert client.get("/r/page/").content == b"root:page []"


def test_route_mounts_a_viewset_under_its_prefix(client):
    """B28"""
    assert reverse("root:nested:page") == "/r/test/page/"
    assert client.get("/r/test/page/").content == b"root:nested:page []"


def test_viewset_in_a_list_is_mounted_under_its_class_name():
    """B29"""
    assert site.viewsets[0].app_name == "atlas"
    assert reverse("shop:atlas:ocean:page") == "/s/atlas/ocean/page/" if site.app_name else True
    assert reverse("atlas:ocean:page") == "/s/atlas/ocean/page/"
    assert reverse("atlas:my_test:page") == "/s/atlas/my_test/page/"


def test_index_redirects_to_the_first_url_without_parameters(client):
    """B30"""
    assert client.get("/r/").headers["Location"] == "./page/"
    assert client.get("/s/").headers["Location"] == "./atlas/"
    assert client.get("/s/atlas/").headers["Location"] == "./deep/"
    assert client.get("/s/?a=1").headers["Location"] == "./atlas/?a=1"
    assert client.get("/s/", follow=True).wsgi_request.path == "/s/atlas/deep/page/"


def test_index_prefers_patterns_named_index(client):
    class Preferred(IndexViewMixin, Viewset):
        app_name = "p"
        a_path = path("a/", page, name="a")
        b_path = path("b/", page, name="index")

    class Mounted:
        urlpatterns = [path("", Preferred().urls)]

    with override_settings(ROOT_URLCONF=Mounted):
        assert client.get("/").headers["Location"] == "./b/"


def test_index_without_a_candidate_says_what_to_do(client):
    """B31"""

    class Lonely(IndexViewMixin, Viewset):
        one_path = path("<int:pk>/", page, name="one")
        two_path = re_path(r"^(?P<pk>\d+)/two/$", page, name="two")

    class Mounted:
        urlpatterns = [path("", Lonely().urls)]

    with (
        override_settings(ROOT_URLCONF=Mounted),
        pytest.raises(ValueError, match="define index_path"),
    ):
        client.get("/")


def test_index_serves_a_page_that_lives_at_the_same_url(client):
    class Own(IndexViewMixin, Viewset):
        app_name = "own"
        list_path = path("", page, name="list")

    class Inherited(Own):  # what is inherited comes after the index of the base
        pass

    class Mounted:
        urlpatterns = [path("", Inherited().urls)]

    with override_settings(ROOT_URLCONF=Mounted):
        assert client.get("/?a=1").content == b"own:index []"


def test_overridden_index_is_used(client):
    """B32"""

    class Home(Root):
        app_name = "home"
        index_path = path("", lambda request: HttpResponse(b"home"), name="index")

    class Mounted:
        urlpatterns = [path("", Home().urls)]

    with override_settings(ROOT_URLCONF=Mounted):
        assert client.get("/").content == b"home"


def test_path_set_to_none_disappears():
    """B33"""

    class Smaller(Root):
        app_name = "smaller"
        page_path = None

    class Mounted:
        urlpatterns = [path("", Smaller().urls)]

    with override_settings(ROOT_URLCONF=Mounted):
        assert reverse("smaller:nested:page") == "/test/page/"
        with pytest.raises(NoReverseMatch):
            reverse("smaller:page")


def test_order_of_patterns_is_own_class_first_then_from_the_root():
    class Base(Viewset):
        a_path = path("a/", page, name="a")
        b_path = path("b/", page, name="b")

    class Mixin(metaclass=type(Viewset)):
        m_path = path("m/", page, name="m")

    class Child(Mixin, Base):
        urlpatterns = [path("extra/", page, name="extra")]
        c_path = path("c/", page, name="c")
        b_path = path("bb/", page, name="b")

    (resolver,), _, _ = Child(viewsets=[Nested()]).urls
    names = [getattr(pattern, "name", None) for pattern in resolver.url_patterns]
    assert names == ["extra", "c", "b", "a", "m", None]


def test_unknown_keyword_is_refused():
    """B34, B35"""
    with pytest.raises(TypeError, match="colour"):
        Viewset(colour="red")
    with pytest.raises(TypeError, match="_parent"):
        Viewset(_parent=None)


def test_wrong_kind_of_path_is_refused():
    """B36"""

    class Wrong(Viewset):
        page_path = "page/"

    with pytest.raises(ValueError, match=r"Wrong\.page_path"):
        _ = Wrong().urls


def test_methods_ending_in_path_are_not_urls():
    class Fine(Viewset):
        def get_upload_path(self):
            return "x"

        def template_path(self):
            return "y"

    assert Fine().urls[0][0].url_patterns == []


def test_route_refuses_what_is_not_a_viewset():
    """B37"""
    with pytest.raises(ValueError, match="viewset instance"):
        route("x/", Nested)
    with pytest.raises(ValueError, match="viewset instance"):
        Viewset(viewsets=[Nested])


def test_child_of_a_parameter_keeps_it(client, rf):
    """B38"""
    (staff,) = department._children
    assert staff.extra_kwargs == ["dept_pk"]
    request = rf.get("/d/7/staff/")
    request.resolver_match = resolve("/d/7/staff/")
    assert current_viewset_reverse(request, staff, "one", args=[3]) == "/d/7/staff/3/"
    assert current_viewset_reverse(request, staff, "one", kwargs={"pk": 3}) == "/d/7/staff/3/"
    assert current_viewset_reverse(request, staff, "list", kwargs={"dept_pk": 8}) == "/d/8/staff/"
    assert client.get("/d/7/staff/").content == b"department:staff:list [('dept_pk', 7)]"


def test_match_knows_the_mounted_copies(client):
    """B39, B40"""
    match = client.get("/s/atlas/ocean/page/").wsgi_request.resolver_match
    app = site.viewsets[0]
    assert match.site is site
    assert match.app is app
    assert match.viewset is app.viewsets[0]
    assert match.viewset is not ocean
    deep = client.get("/s/atlas/deep/page/").wsgi_request.resolver_match
    assert deep.viewset is app._children[0]
    assert deep.viewset.app_name == "deep"


def test_view_gets_no_keyword_of_ours_without_the_middleware(client, settings):
    settings.MIDDLEWARE = []
    assert client.get("/d/7/staff/").content == b"department:staff:list [('dept_pk', 7)]"


def test_nested_viewset_reverses_with_all_namespaces():
    """B41"""
    (nested,) = root._children
    assert nested.reverse("index") == "/r/test/"
    assert department._children[0].reverse("one", args=[7, 3]) == "/d/7/staff/3/"


def test_viewset_mounted_in_two_parents_works_in_both():
    """B42"""
    here, there = site.viewsets[0].viewsets[0], site.viewsets[1].viewsets[0]
    assert here is not there
    assert here.reverse("page") == "/s/atlas/ocean/page/"
    assert there.reverse("page") == "/s/other/ocean/page/"
    assert ocean.parent is None
    assert (here.parent, there.parent) == (site.viewsets[0], site.viewsets[1])


def test_copy_forgets_what_was_computed_for_the_original():
    original = Root()
    assert len(original._children) == 1
    parent = Viewset(app_name="p", viewsets=[original])
    (copy,) = parent._children
    assert copy._children[0] is not original._children[0]
    assert copy._children[0].parent is copy


def test_children_in_a_list_assigned_late_are_copied_too():
    parent = Viewset(app_name="late")
    child = Nested()
    parent.viewsets = [child]
    assert parent._children[0] is not child
    assert parent._children[0].parent is parent
    assert parent._children[0] is parent._children[0]


def test_parent_is_set_once():
    child = Nested()
    child.parent = root
    with pytest.warns(UserWarning, match="already has the parent"):
        child.parent = department
    assert child.parent is department
    with pytest.warns(UserWarning, match="parent_namespace"):
        Viewset(viewsets=[Nested(parent_namespace="x")])


def test_explicit_parent_namespace():
    viewset = Nested(parent_namespace="outer")

    class Mounted:
        urlpatterns = [path("o/", include(([path("n/", viewset.urls)], "outer")))]

    with override_settings(ROOT_URLCONF=Mounted):
        assert viewset.reverse("page") == "/o/n/page/"


def test_two_children_of_one_name_are_refused():
    with pytest.raises(ValueError, match="another app_name"):
        _ = Viewset(viewsets=[Nested(), Nested()]).urls
    _ = Viewset(viewsets=[Nested(), Nested(app_name="nested2")]).urls


def test_urls_of_a_bare_base_must_be_defined():
    with pytest.raises(NotImplementedError):
        _ = BaseViewset().urls


def test_menu_title_comes_from_the_class_name():
    """B43"""
    assert MyTestViewset().title == "My tests"
    assert MyTestViewset().icon == Icon("view_carousel")
    assert MyTestViewset(title="Mine").title == "Mine"
    assert AtlasApp().title == "Atlas"
    assert Application().title == "Application"


def test_site_title():
    """B44"""
    assert ShopSite().title == "Shop"
    assert Site().title == "Site"
    assert Site("Forno").title == "Forno"
    assert ShopSite(title="Forno").title == "Forno"


def test_register_adds_an_application():
    """B45"""
    shop = Site()

    @shop.register
    class KitchenApp(Application):
        page_path = path("", page, name="page")

    assert isinstance(KitchenApp, type)
    assert [app.title for app in shop.menu_items()] == ["Kitchen"]
    assert shop.viewsets[0].parent is shop


def test_url_of_an_object(rf):
    """B46, B47"""
    request = rf.get("/")
    assert site.get_absolute_url(request, District(pk=1)) == "/s/atlas/ocean/page/?pk=1"
    assert site.get_absolute_url(request, Customer(pk=1)) == "/s/atlas/deep/page/?pk=1"
    with pytest.raises(NoReverseMatch):
        site.get_absolute_url(request, Nested())


def test_nearest_viewset_of_a_model_wins(rf):
    """B47"""
    near = Viewset(app_name="near", viewsets=[OceanViewset(app_name="far")])
    shop = Site(
        app_name="shop",
        viewsets=[near, Application(app_name="a", viewsets=[OceanViewset(app_name="mine")])],
    )

    class Mounted:
        urlpatterns = [path("", shop.urls)]

    with override_settings(ROOT_URLCONF=Mounted):
        assert shop.get_absolute_url(rf.get("/"), District(pk=1)).startswith("/near/far/")


def test_app_name_is_independent_per_instance():
    """B71"""
    one, two = Viewset(viewsets=[Nested(app_name="a")]), Viewset(viewsets=[Nested()])
    assert one._children[0].app_name == "a"
    assert two._children[0].app_name == "nested"
    assert Viewset.app_name is None
    assert MyTestViewset.app_name is None


def test_kwargs_for_a_view_are_filtered():
    """B70"""
    from viewflow import DEFAULT
    from viewflow.views import ListModelView

    assert Viewset().filter_kwargs(
        ListModelView, columns=["name"], paginate_by=DEFAULT, nonsense=1, viewset=None
    ) == {"columns": ["name"], "viewset": None}


def test_current_site(rf):
    request = rf.get("/elsewhere/")
    request.resolver_match = None
    assert current_site(request) is site
    request.resolver_match = resolve("/s/atlas/ocean/page/")
    assert current_site(request) is site

    class Two:
        urlpatterns = [path("a/", Site(app_name="a").urls), path("b/", Site(app_name="b").urls)]

    request.resolver_match = None
    with override_settings(ROOT_URLCONF=Two):
        assert current_site(request) is None


def test_no_warnings_while_mounting():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Viewset(app_name="x", viewsets=[Root(), OceanViewset()])._get_urls()
