"""Every page of the product, and how to get each on the screen without changing anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from viewflow.workflow import FlowLockFailed

from .flows import PizzaFlow

__all__ = ["PAGES", "Page"]


@dataclass(slots=True)
class Page:
    """A page: where it is, who looks, what is done there, what must be on it."""

    name: str
    path: str | Callable[[Any], str]
    #: A text that only this page has, in a heading or elsewhere.
    says: str
    person: str = "ada"
    #: Something to do there first, given the tab and the facts of the database.
    act: Callable[[Any, Any], Any] | None = None
    #: The status that the browser may complain about in its console.
    status: int = 200
    #: Leaves its session behind, so it gets one of its own.
    leaves: bool = False

    def url(self, at: Any) -> str:
        return self.path if isinstance(self.path, str) else self.path(at)


def task(name: str, page: str) -> Callable[[Any], str]:
    return lambda at: getattr(at, name).reverse(page)


def process(name: str, page: str = "process_detail") -> Callable[[Any], str]:
    return lambda at: getattr(at, name).reverse(page)


def press(name: str, exact: bool = False) -> Callable[[Any, Any], None]:
    return lambda tab, at: tab.get_by_role("button", name=name, exact=exact).first.click()


def tick(tab: Any, at: Any) -> None:
    boxes = tab.locator("main .list .row-check input")
    for index in range(2):
        boxes.nth(index).check()


def bulk(button: str) -> Callable[[Any, Any], None]:
    def act(tab: Any, at: Any) -> None:
        tick(tab, at)
        tab.locator("#list-bulk").get_by_role("button", name=button).click()
        tab.locator("input[name=_confirm]").wait_for(state="attached")

    return act


def too_late(tab: Any, at: Any) -> None:
    """Confirm taking a task that somebody else has by now."""
    bulk("Take")(tab, at)
    tab.evaluate(
        "pk => document.querySelectorAll('input[name=pk]').forEach(input => input.value = pk)",
        at.others.pk,
    )
    tab.locator("main .btn.primary").click()
    tab.get_by_text("Bruno Baker has it").wait_for()


def wrong_login(tab: Any, at: Any) -> None:
    tab.get_by_label("Username").fill("ada")
    tab.get_by_label("Password").fill("no idea")
    tab.locator("button.primary").click()
    tab.locator(".alert").wait_for()


def sign_out(tab: Any, at: Any) -> None:
    tab.locator("button.primary").click()
    tab.get_by_text("You are signed out").wait_for()


def fill_wrong(**answers: str) -> Callable[[Any, Any], None]:
    def act(tab: Any, at: Any) -> None:
        for name, value in answers.items():
            tab.locator(f"main [name={name}]").fill(value)
        tab.locator("main .actionbar .btn.primary").click()
        tab.locator("main .alert").wait_for()

    return act


def locked(tab: Any, at: Any) -> None:
    """Send the form while somebody else's step holds the process."""
    with mock.patch.object(PizzaFlow, "lock", side_effect=FlowLockFailed("busy")):
        tab.locator("main .actionbar .btn.primary").click()
        tab.get_by_text("Someone else is working on this").wait_for()


def confirm_link(at: Any) -> str:
    uid = urlsafe_base64_encode(force_bytes(at.bruno.pk))
    return f"/accounts/reset/{uid}/{default_token_generator.make_token(at.bruno)}/"


def beside(tab: Any, at: Any) -> None:
    tab.locator("#list a.row-title").nth(2).click()
    tab.get_by_role("button", name="Complete and next").wait_for()


def palette(tab: Any, at: Any) -> None:
    tab.keyboard.press("Control+k")
    tab.locator("#palette [role=option]").first.wait_for()


PAGES = [
    # Accounts
    Page("login", "/accounts/login/", "Sign in to Forno", ""),
    Page("login-next", "/accounts/login/?next=/pizza/inbox/", "where you wanted to go", ""),
    Page("login-wrong", "/accounts/login/", "Sign in to Forno", "", wrong_login),
    Page("logout", "/accounts/logout/", "Sign out?"),
    Page("logged-out", "/accounts/logout/", "You are signed out", act=sign_out, leaves=True),
    Page("password-change", "/accounts/password_change/", "Change password"),
    Page(
        "password-change-wrong",
        "/accounts/password_change/",
        "Change password",
        act=fill_wrong(old_password="x", new_password1="long-enough-1", new_password2="other"),
    ),
    Page("password-change-done", "/accounts/password_change/done/", "Password changed"),
    Page("password-reset", "/accounts/password_reset/", "Forgot your password?", ""),
    Page("password-reset-done", "/accounts/password_reset/done/", "Look into your mail", ""),
    Page("password-reset-confirm", confirm_link, "Choose a new password", "", leaves=True),
    Page("password-reset-stale", "/accounts/reset/MQ/x-y/", "does not work any more", ""),
    Page("password-reset-complete", "/accounts/reset/done/", "Your new password is set", ""),
    Page("profile", "/accounts/profile/", "How the others see you"),
    # The site and the lists of a person's work
    Page("home", "/", "Where the work is"),
    Page("inbox", "/pizza/inbox/", "Inbox"),
    Page("inbox-split", "/pizza/inbox/", "Complete and next", act=beside),
    Page("inbox-ticked", "/pizza/inbox/", "Give back", act=tick),
    Page("inbox-filter-open", "/pizza/inbox/", "Apply", act=press("Filter")),
    Page("inbox-filtered", "/pizza/inbox/?flow_task=bake", "Clear"),
    Page("inbox-nothing", "/pizza/inbox/?_search=nobody", "Nothing matches"),
    Page("inbox-palette", "/pizza/inbox/", "walk through a list", act=palette),
    Page("inbox-theme", "/pizza/inbox/", "Auto", act=press("Theme")),
    Page("inbox-account", "/pizza/inbox/", "Sign out", act=press("Marta Rossi")),
    Page("inbox-empty", "/pizza/inbox/", "All done", "nova"),
    Page("queue", "/pizza/queue/", "Queue"),
    Page("queue-empty", "/workflow/queue/", "Nothing is free to take"),
    Page("archive", "/pizza/archive/", "Archive"),
    Page("archive-empty", "/pizza/archive/", "Nothing finished yet", "nova"),
    Page("work-inbox", "/workflow/inbox/", "Cook for 80 guests"),
    Page("bulk-assign", "/pizza/queue/", "Take 2 tasks", act=bulk("Take")),
    Page("bulk-assign-results", "/pizza/queue/", "Not changed: 1", act=too_late),
    Page("bulk-unassign", "/pizza/inbox/", "Give 2 tasks back", act=bulk("Give back")),
    # A flow
    Page("dashboard", "/pizza/", "Where the work is"),
    Page("dashboard-party", "/workflow/flows/party/", "Over 50 guests?"),
    Page("dashboard-empty", "/workflow/flows/complaint/", "Nothing waits here"),
    Page("process-list", "/pizza/flows/", "Processes"),
    Page("process-list-all", "/pizza/flows/?status=NEW&status=DONE&status=CANCELED", "Cancelled"),
    Page("process-list-empty", "/workflow/flows/complaint/flows/", "Processes"),
    Page("task-list", "/pizza/tasks/", "Tasks"),
    Page("task-list-empty", "/workflow/flows/complaint/tasks/", "Tasks"),
    Page("chart", "/pizza/chart/", ""),
    # A process
    Page("process-open", process("open"), "What happened"),
    Page("process-done", process("done"), "Finished: nothing is left to do."),
    Page("process-cancelled", process("cancelled"), "Cancelled"),
    Page("process-failed", process("failed"), "has failed"),
    Page("process-party", process("party"), "80 guests of Lea Fontaine"),
    Page("process-fed", process("fed"), "12 guests of Ida Noddack are fed"),
    Page("process-cancel", process("open", "process_cancel"), "Cancel process"),
    # A task
    Page("start", "/pizza/start/", "What happens next"),
    Page("start-wrong", "/pizza/start/", "required", act=fill_wrong(customer_name="Hannah")),
    Page("start-party", "/workflow/flows/party/start/", "the kitchen plans it"),
    Page("execute", task("deliver", "execute"), "Complete and next"),
    Page(
        "execute-wrong",
        task("deliver", "execute"),
        "required",
        act=fill_wrong(tips_received=""),
    ),
    Page("execute-party", task("cook", "execute"), "taste it"),
    Page("assign", task("free", "assign"), "Take this task"),
    Page("unassign", task("taken", "unassign"), "Give back"),
    Page("task-cancel", task("free", "cancel"), "Cancel task"),
    Page("task-undo", task("undoable", "undo"), "Undo “Bake”?"),
    Page("task-revive", task("stopped", "revive"), "Open again"),
    Page("detail", task("taken", "detail"), "What you can do"),
    Page("detail-menu", task("taken", "detail"), "Whole process", act=press("More actions")),
    Page("detail-done", task("done_task", "detail"), "Done"),
    Page("detail-failed", task("error", "detail"), "This step failed"),
    # Refusals and errors
    Page("refused-free", task("free", "execute"), "Nobody has taken this task yet", status=403),
    Page("refused-done", task("done_task", "execute"), "already done", status=403),
    Page("refused-others", task("others", "execute"), "Somebody else has this task", status=403),
    Page("busy", task("free", "assign"), "Try again", act=locked, status=503),
    Page("403", "/pizza/flows/", "This is not open to you", "nova", status=403),
    Page("404", "/nowhere/", "This page is not here", status=404),
    Page("404-anonymous", "/nowhere/", "This page is not here", "", status=404),
    Page("500", "/broken/", "Something broke on our side", status=500),
]
