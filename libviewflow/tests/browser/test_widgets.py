"""Composite fields and widgets in a browser: by keyboard, without a script, after an error, and Back."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from tests.forms.atlas import fill
from tests.forms.models import Buyer, Event, Trip

from .conftest import Forno, served, site_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def forno(chromium, empty_database, django_db_blocker, tmp_path_factory):
    """The desk of tests.forms instead of the pizzeria."""
    changes = {
        "ROOT_URLCONF": "tests.forms.desk",
        "MIDDLEWARE": ["tests.chromium.strict", *settings.MIDDLEWARE],
    }
    folder = tmp_path_factory.mktemp("desk")
    with site_of(empty_database, folder, django_db_blocker, **changes):
        at = SimpleNamespace(ada=User.objects.create_superuser("ada"), atlas=fill())
        with served() as url:
            site = Forno(url, at, chromium)
            yield site
            site.close()


@pytest.fixture
def plain(forno):
    """Open a page in a browser without JavaScript."""
    contexts = []

    def open_(path):
        context = forno.context(forno.at.ada, java_script_enabled=False)
        contexts.append(context)
        tab = context.new_page()
        tab.goto(path)
        return tab

    yield open_
    for context in contexts:
        context.close()


TRIP, CUSTOMER, ORDER = "/desk/trip/add/", "/desk/buyer/add/", "/desk/order/"
PAGES = [TRIP, CUSTOMER, ORDER, "/desk/event/add/", "/desk/book/"]


def submit(tab):
    with tab.expect_navigation():
        tab.locator(".actionbar .primary").click()


def offered(tab, name, count):
    """Wait until a select has that many options."""
    tab.locator(f"[name={name}] option").nth(count - 1).wait_for(state="attached")
    assert tab.locator(f"[name={name}] option").count() == count


def chips(tab):
    return [text.rstrip("×").strip() for text in tab.locator(".chips li").all_inner_texts()]


@contextmanager
def answered(tab, method="OPTIONS"):
    with tab.expect_response(lambda response: response.request.method == method):
        yield


# --- for everybody -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_empty_and_refused(window, path, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for width in (360, 1280):
        tab = window(path, color_scheme=scheme, viewport={"width": width, "height": 800})
        for again in (False, True):
            if again:
                submit(tab)
                assert tab.locator(".alert.bad").count() == 1
            found = axe.run(tab).response["violations"]
            assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
            assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PAGES)
def test_every_control_is_reached_by_tab_and_every_error_by_its_link(window, path):
    tab = window(path)
    submit(tab)
    for link in tab.locator(".alert a").all():
        target = tab.locator(link.get_attribute("href"))
        assert target.count() == 1 and target.is_visible(), link.get_attribute("href")
    seen, steps = set(), 0
    tab.locator("main form").evaluate(
        "form => form.querySelector('input:not([type=hidden])').focus()"
    )
    while steps < 150:
        at = tab.evaluate(
            "document.activeElement.closest('main form') && document.activeElement.outerHTML"
        )
        if not at:
            break
        seen.add(at)
        tab.keyboard.press("Tab")
        steps += 1
    assert steps < 150 and len(seen) >= 3


# --- lines ---------------------------------------------------------------------------------------


def test_lines_are_added_filled_and_removed_by_keyboard(window, forno):
    tab = window(CUSTOMER)
    tab.fill("#id_name", "Key")
    tab.fill("[name=form-address-street]", "Via Roma")
    tab.fill("[name=form-address-city]", "Bari")
    tab.fill("[name=formset-phones-0-number]", "1")
    tab.select_option("[name=formset-phones-0-kind]", "home")
    add = tab.locator(".formset-add")
    add.focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.name") == "formset-phones-1-number"
    tab.keyboard.type("2")
    add.focus()
    tab.keyboard.press("Space")
    tab.keyboard.type("3")
    tab.select_option("[name=formset-phones-1-kind]", "work")
    tab.locator("[name=formset-phones-2-DELETE]").focus()
    tab.keyboard.press("Space")
    assert not tab.locator("[name=formset-phones-2-number]").is_visible()
    tab.keyboard.press("Space")
    assert tab.locator("[name=formset-phones-2-number]").input_value() == "3"
    tab.keyboard.press("Space")
    # Enter in a text field sends the form, and does not add a line.
    tab.locator("#id_name").focus()
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    saved = Buyer.objects.get(name="Key")
    assert [phone.number for phone in saved.phones.order_by("number")] == ["1", "2"]


def test_lines_that_were_added_survive_an_error_and_back(window):
    tab = window(CUSTOMER)
    tab.click(".formset-add")
    tab.fill("[name=formset-phones-1-number]", "22")
    submit(tab)
    assert tab.locator("[name=formset-phones-1-number]").input_value() == "22"
    tab.goto(ORDER)
    tab.go_back()
    assert tab.locator("[name=formset-phones-1-number]").input_value() == "22"
    tab.click(".formset-add")
    tab.fill("[name=formset-phones-2-number]", "33")
    tab.goto(ORDER)
    tab.go_back()
    tab.wait_for_selector("[name=formset-phones-2-number]")
    assert tab.locator("[name=formset-phones-2-number]").input_value() == "33"
    assert tab.locator("[name=formset-phones-TOTAL_FORMS]").input_value() == "3"


def test_lines_without_a_script(plain):
    tab = plain(CUSTOMER)
    tab.fill("#id_name", "Plain")
    tab.fill("[name=formset-phones-0-number]", "1")
    with tab.expect_navigation():
        tab.click(".formset-add")
    assert tab.locator(".alert").count() == 0 and not Buyer.objects.filter(name="Plain").exists()
    assert tab.locator("#id_name").input_value() == "Plain"
    assert tab.locator("main [autofocus]").get_attribute("name") == "formset-phones-1-number"
    tab.fill("[name=formset-phones-1-number]", "2")
    tab.check("[name=formset-phones-0-DELETE]")
    assert not tab.locator("[name=formset-phones-0-number]").is_visible()
    tab.select_option("[name=formset-phones-1-kind]", "work")
    tab.fill("[name=form-address-street]", "Via Roma")
    tab.fill("[name=form-address-city]", "Bari")
    tab.locator("#id_name").focus()
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    saved = Buyer.objects.get(name="Plain")
    assert [phone.number for phone in saved.phones.all()] == ["2"]
    tab.goto(f"/desk/buyer/{saved.pk}/change/")
    assert tab.locator("[name=formset-phones-0-number]").input_value() == "2"


def test_embedded_lines_are_kept_in_the_document(window):
    tab = window("/desk/event/add/")
    tab.fill("[name=title]", "Fair")
    tab.fill("[name=form-place-name]", "Hall")
    tab.fill("[name=formset-lines-0-sku]", "pie")
    tab.fill("[name=formset-lines-0-price]", "2")
    tab.click(".formset-add")
    tab.fill("[name=formset-lines-1-sku]", "tea")
    tab.fill("[name=formset-lines-1-price]", "1")
    submit(tab)
    event = Event.objects.get()
    assert [line.sku for line in event.lines] == ["pie", "tea"] and event.place.seats == 10


# --- remote and dependent choices ----------------------------------------------------------------


def test_a_trip_is_chosen_by_keyboard(window, forno):
    tab = window(TRIP)
    tab.fill("[name=title]", "Keys")
    country = tab.get_by_role("combobox", name="Country").first
    country.focus()
    with answered(tab):
        tab.keyboard.type("it")
    tab.wait_for_selector("#id_country_list [role=option]")
    tab.keyboard.press("ArrowDown")
    assert country.get_attribute("aria-activedescendant") == "id_country_list_0"
    tab.keyboard.press("Shift")
    tab.keyboard.press("Escape")
    assert country.get_attribute("aria-activedescendant") is None
    tab.keyboard.press("ArrowDown")
    with answered(tab):
        tab.keyboard.press("Enter")
    assert country.input_value() == "Italy" and country.get_attribute("aria-expanded") == "false"
    offered(tab, "region", 3)
    with answered(tab):
        tab.select_option("[name=region]", label="Italy 2")
    offered(tab, "city", 3)
    tab.select_option("[name=city]", label="Italy 2a")
    sights = tab.locator("#id_sights")
    sights.focus()
    for name in ("Spain 1a", "Spain 2b"):
        with answered(tab):
            tab.keyboard.type(name)
        tab.wait_for_selector("#id_sights_list [role=option]")
        tab.keyboard.press("ArrowDown")
        tab.keyboard.press("Enter")
        assert sights.input_value() == ""
    assert chips(tab) == ["Spain 1a", "Spain 2b"]
    tab.keyboard.press("Backspace")
    assert tab.locator(".chips li").count() == 1
    # A line follows its own row.
    row = tab.locator("[id='id_formset-stops-0-country']")
    row.focus()
    with answered(tab):
        tab.keyboard.type("spa")
    tab.wait_for_selector("[id='id_formset-stops-0-country_list'] [role=option]")
    tab.keyboard.press("ArrowDown")
    with answered(tab):
        tab.keyboard.press("Enter")
    offered(tab, "formset-stops-0-region", 3)
    tab.select_option("[name=formset-stops-0-region]", label="Spain 1")
    with tab.expect_navigation():
        tab.locator("[name=title]").press("Enter")
    trip = Trip.objects.get(title="Keys")
    assert (trip.city.name, [str(c) for c in trip.sights.all()]) == ("Italy 2a", ["Spain 1a"])
    assert trip.stops.get().region.name == "Spain 1"
    tab.goto(f"/desk/trip/{trip.pk}/change/")
    assert tab.locator("#id_country").input_value() == "Italy"
    assert chips(tab) == ["Spain 1a"]
    assert tab.locator("[name=city] option:checked").inner_text() == "Italy 2a"


def test_choices_survive_an_error_and_back(window):
    tab = window(TRIP)
    with answered(tab):
        tab.click("#id_country")
    with answered(tab):
        tab.click("#id_country_list >> text=Spain")
    offered(tab, "region", 3)
    tab.select_option("[name=region]", label="Spain 2")
    tab.goto(ORDER)
    tab.go_back()
    assert tab.locator("#id_country").input_value() == "Spain"
    assert tab.locator("[name=region] option:checked").inner_text() == "Spain 2"
    submit(tab)  # without a title
    for _again in range(2):
        assert tab.locator("#id_country").input_value() == "Spain"
        assert tab.locator("[name=region] option:checked").inner_text() == "Spain 2"
        tab.goto(ORDER)
        tab.go_back()


def test_words_that_choose_nothing_do_not_stay(window):
    tab = window(TRIP)
    with answered(tab):
        tab.click("#id_country")
    with answered(tab):
        tab.click("#id_country_list >> text=Spain")
    tab.fill("#id_country", "Spai")
    tab.locator("[name=title]").focus()
    assert tab.locator("#id_country").input_value() == "Spain"
    tab.fill("#id_country", "")
    with answered(tab):
        tab.locator("[name=title]").focus()
    assert tab.locator("[name=country]").input_value() == ""
    with answered(tab):
        tab.fill("#id_country", "nowhere")
    tab.wait_for_selector("text=Nothing matches")


def test_a_slow_answer_to_old_words_is_ignored(window):
    tab = window(TRIP)
    held = []
    tab.route(
        "**/trip/add/",
        lambda route: (
            held.append(route)
            if "query=s" in route.request.headers.get("x-request-autocomplete", "")
            else route.continue_()
        ),
    )
    tab.click("#id_country")
    tab.wait_for_selector("#id_country_list [role=option]")
    tab.fill("#id_country", "s")
    tab.wait_for_timeout(300)
    with answered(tab):
        tab.fill("#id_country", "port")
    tab.locator("#id_country_list [role=option]").nth(1).wait_for(state="detached")
    for route in held:
        route.abort()
    tab.wait_for_timeout(200)
    assert tab.locator("#id_country_list [role=option]").all_inner_texts() == ["Portugal"]


def test_a_trip_is_chosen_without_a_script(plain):
    tab = plain(TRIP)
    tab.fill("[name=title]", "Plain trip")
    tab.fill("[name=country-QUERY]", "ta")
    with tab.expect_navigation():
        tab.click("[name=country-FIND]")
    assert tab.locator("[name=title]").input_value() == "Plain trip"
    tab.select_option("[name=country]", label="Italy")
    with tab.expect_navigation():
        tab.click("[name=region-REFRESH]")
    tab.select_option("[name=region]", label="Italy 1")
    tab.fill("[name=sights-QUERY]", "Spain")
    with tab.expect_navigation():
        tab.click("[name=sights-FIND]")
    tab.select_option("[name=sights]", label=["Spain 1a", "Spain 1b"])
    with tab.expect_navigation():
        tab.click(".actionbar .primary")
    trip = Trip.objects.get(title="Plain trip")
    assert trip.region.name == "Italy 1" and trip.sights.count() == 2


# --- the others ----------------------------------------------------------------------------------


def test_the_total_follows_what_is_typed(window):
    tab = window(ORDER)
    tab.fill("[name=formset-items-0-count]", "3")
    tab.fill("[name=formset-items-0-price]", "1.005")
    assert tab.locator("[name=formset-items-0-total]").input_value() == "3.02"
    tab.click(".formset-add")
    tab.fill("[name=formset-items-1-price]", "10")
    tab.fill("[name=discount]", "0.5")
    assert tab.locator("[name=total]").input_value() == "12.52"
    tab.check("[name=formset-items-1-DELETE]")
    assert tab.locator("[name=total]").input_value() == "2.52"
    tab.fill("[name=discount]", "")
    assert tab.locator("[name=total]").input_value() == "3.02"


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "Europe/Berlin"])
def test_a_day_is_picked_by_keyboard_in_every_time_zone(window, zone):
    tab = window(ORDER, timezone_id=zone)
    tab.fill("[name=day]", "2026-01-31")
    grid = tab.locator(".calendar-grid")
    grid.locator('button[tabindex="0"]').focus()
    tab.keyboard.press("PageDown")
    assert tab.evaluate("document.activeElement.value") == "2026-02-28"
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    assert tab.locator("[name=day]").input_value() == "2026-03-02"
    tab.locator(".calendar-head button").first.click()
    tab.locator(".calendar-head button").first.click()
    assert "January" in tab.locator(".calendar-month").inner_text()
    tab.click('.calendar-grid button[value="2026-01-15"]')
    tab.fill("[name=name]", "x")
    tab.fill("[name=formset-items-0-dish]", "x")
    submit(tab)
    assert "datetime.date(2026, 1, 15)" in tab.content()


def test_every_month_shows_every_day(window):
    tab = window(ORDER)
    first = {
        "2026-02": 28,
        "2026-03": 31,
        "2026-08": 31,
        "2026-11": 30,
        "2023-01": 31,
        "2024-02": 29,
    }
    for week_starts in (0, 1, 6):
        for month, days in first.items():
            tab.locator("vf-field-inline-calendar").evaluate(
                f"e => e.dataset.first = '{week_starts}'"
            )
            tab.fill("[name=day]", f"{month}-01")
            shown = tab.locator(".calendar-grid button").all_inner_texts()
            assert shown == [str(day) for day in range(1, days + 1)], (month, week_starts)


def test_text_with_styles_is_written_and_kept(window):
    tab = window(ORDER)
    page = tab.get_by_role("textbox", name="Message")
    assert page.inner_html() == "<p>Bring a <b>board</b></p>"
    page.click()
    tab.keyboard.press("Control+End")
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="Bulleted list").click()
    tab.keyboard.type("one")
    tab.keyboard.press("Enter")
    tab.keyboard.type("two")
    sent = tab.locator("[name=text]").input_value()
    assert "</p><ul><li>" in sent and "two" in sent
    assert tab.get_by_role("button", name="Bulleted list").get_attribute("aria-pressed") == "true"
    submit(tab)  # the name is missing
    assert page.locator("li").all_inner_texts() == ["one", "two"]
    # Back, and Forward to the page with the error: the words are in the editor again.
    tab.go_back()
    tab.go_forward()
    tab.locator(".rich li").nth(1).wait_for()


def test_the_toolbar_is_one_stop_with_arrows(window):
    tab = window(ORDER)
    tools = tab.locator(".rich-bar button")
    tools.first.focus()
    tab.keyboard.press("ArrowRight")
    assert tools.nth(1).evaluate("e => e === document.activeElement")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    assert tools.last.evaluate("e => e === document.activeElement")
    assert tools.evaluate_all("all => all.filter(one => one.tabIndex === 0).length") == 1


def test_json_is_checked_and_indented_without_changing_it(window):
    tab = window(ORDER)
    area = tab.locator("[name=data]")
    assert area.input_value().startswith('{\n  "plates": [\n')
    area.fill('{"big":12345678901234567890,"n":1.10,"t":"a,b: [c]","e":[],"o":{ } }')
    tab.click("vf-json-editor button")
    assert area.input_value() == (
        '{\n  "big": 12345678901234567890,\n  "n": 1.10,\n  "t": "a,b: [c]",\n  "e": [],\n  "o": {}\n}'
    )
    area.fill('{\n"a": 1,\n}')
    tab.wait_for_selector("text=This is not JSON yet. Line 3")
    tab.click("vf-json-editor button")
    assert area.input_value() == '{\n"a": 1,\n}'
    submit(tab)
    assert area.input_value() == '{\n"a": 1,\n}'


def test_an_order_without_a_script(plain):
    tab = plain(ORDER)
    tab.fill("[name=name]", "Ann")
    tab.fill("[name=day]", "2026-05-31")
    tab.fill("[name=formset-items-0-dish]", "Pie")
    tab.fill("[name=formset-items-0-count]", "2")
    tab.fill("[name=formset-items-0-price]", "3")
    tab.fill("textarea[name=text]", "<p>Hi<script>x</script></p>")
    with tab.expect_navigation():
        tab.click(".actionbar .primary")
    said = tab.locator("main").inner_text()
    assert "'total': Decimal('6.00')" in said and "Hi" in said and "script" not in said


def test_a_wizard_by_keyboard_and_back(window, forno):
    tab = window("/desk/book/")
    tab.fill("[name=who-name]", "Ann")
    tab.fill("[name=who-mail]", "ann@example.org")
    with tab.expect_navigation():
        tab.locator("[name=who-mail]").press("Enter")
    assert "Step 2 of 3" in tab.content()
    with answered(tab):
        tab.click("[id='id_where-country']")
    with answered(tab):
        tab.click("text=Portugal")
    offered(tab, "where-region", 3)
    with tab.expect_navigation():
        tab.click("text=Back")
    assert tab.locator("[name=who-name]").input_value() == "Ann"
    submit(tab)
    assert tab.locator("[id='id_where-country']").input_value() == "Portugal"
