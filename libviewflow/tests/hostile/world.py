"""People with every right there is, and processes in every state, to point the URLs at."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from viewflow.workflow.context import Context
from viewflow.workflow.fields import get_flow_ref
from viewflow.workflow.models import Process, Task

from .flows import CaseFlow, OrderFlow, PaperFlow
from .models import Paper
from .surface import Page

__all__ = ["ROLES", "World"]

VIEW = ("hostile.view_order", "hostile.view_case", "viewflow.view_process")
MANAGE = ("hostile.manage_order", "hostile.manage_case", "viewflow.manage_process")
WORK = ("hostile.can_bake_order", "hostile.can_decide", "hostile.can_start_case")

#: Everybody who may knock, with what they are allowed to do; ``None`` is not signed in.
ROLES: dict[str, tuple[str, ...] | None] = {
    "anonymous": None,
    "inactive": (),
    "plain": (),
    "owner": (),
    "other": (),
    "worker": WORK,
    "viewer": VIEW,
    "manager": MANAGE,
    "staff": (),
    "superuser": (),
}


class World:
    """Built once for each test; the rows are never changed by a refused request."""

    def __init__(self) -> None:
        self.users: dict[str, Any] = {}
        for role, perms in ROLES.items():
            if perms is not None:
                self.users[role] = self._user(role, perms)
        self.processes: dict[str, Any] = {}
        self._addresses: dict[Page, list[tuple[str, Any]]] = {}
        self._orders()
        self._cases()
        self._papers()
        self.tasks = list(Task.objects.select_related("process", "owner").order_by("pk"))

    def _user(self, role: str, perms: tuple[str, ...]) -> Any:
        user = get_user_model()(
            username=role,
            email=f"{role}@example.com",
            is_active=role != "inactive",
            is_staff=role in {"staff", "superuser"},
            # The inactive person could do everything before being shut out.
            is_superuser=role in {"inactive", "superuser"},
        )
        user.set_password("secret")
        user.save()
        for perm in perms:
            label, codename = perm.split(".")
            found = Permission.objects.filter(content_type__app_label=label, codename=codename)
            assert found, perm
            user.user_permissions.add(*found)
        return user

    # Rows

    def _start(self, key: str, flow: Any, user: str, artifact: Any = None, **data: Any) -> Any:
        """Start a process as a person's form does."""
        node = flow.instance.node("start")
        activation = node.activation_class.create(node, None, None)
        for name, value in data.items():
            setattr(activation.process, name, value)
        activation.process.artifact = artifact
        activation.start(type("Request", (), {"user": self.users[user]})())
        activation.execute()
        process = activation.process
        self.processes[key] = process
        return process

    def task(self, key: str, node: str) -> Any:
        """The newest task of a node in one of the processes."""
        found = [
            task
            for task in Task.objects.filter(process_id=self.processes[key].pk).order_by("-pk")
            if task.flow_task is not None and task.flow_task.name == node
        ]
        return found[0]

    def act(self, key: str, node: str, *steps: str, user: str = "owner") -> None:
        """Assign, start, execute, … a task."""
        with self.task(key, node).activation() as activation:
            for step in steps:
                args = (self.users[user],) if step == "assign" else ()
                getattr(activation, step)(*args)

    def _orders(self) -> None:
        for key in ("free", "mine", "others", "begun", "deliver", "done", "canceled"):
            self._start(key, OrderFlow, "owner", name=key, note="<b>olives</b>", amount=2)
        for key in ("mine", "begun", "deliver", "done"):
            self.act(key, "bake", "assign")
        self.act("others", "bake", "assign", user="other")
        self.act("begun", "bake", "start")
        self.act("deliver", "bake", "execute")
        self.act("done", "bake", "execute")
        self.act("done", "deliver", "execute")
        OrderFlow.instance.cancel(self.processes["canceled"])

    def _cases(self) -> None:
        texts = {
            "open": "short",
            "boom": "boom",
            "decided": "short",
            "sign": "short",
            "race": "a text that is rather long",
            "default": "neither nor it is",
            "removed": "short",
        }
        for key, text in texts.items():
            with Context(propagate_exception=False):
                CaseFlow.begin.run(text=text)
            self.processes[key] = Process.objects.latest("pk")
        self._start("web", CaseFlow, "worker", text="short")
        self.act("decided", "decide", "assign")
        for key in ("sign", "race", "default"):
            self.act(key, "decide", "assign", "execute")
            CaseFlow.wait.run(self.task(key, "wait"))
        gone = self.task("removed", "decide")
        Task.objects.filter(pk=gone.pk).update(flow_task=f"{get_flow_ref(CaseFlow)}.gone")

    def _papers(self) -> None:
        for key in ("paper", "my_paper", "paper_done", "paper_gone"):
            paper = Paper.objects.create(title=key, body="<i>text</i>")
            self._start(key, PaperFlow, "owner", artifact=paper)
            if key != "paper":
                self.act(key, "edit", "assign")
        self.act("paper_done", "edit", "execute")
        Paper.objects.filter(title="paper_gone").delete()

    # What a URL may point at

    def flow_name(self, row: Any) -> str:
        return {OrderFlow: "order", CaseFlow: "case", PaperFlow: "paper"}[row.flow_class]

    def tasks_of(self, page: Page) -> list[Any]:
        """The tasks that the page may be about, one for each state and owner."""
        found: dict[Any, Any] = {}
        for task in self.tasks:
            if self.flow_name(task.process) == page.flow and task.flow_task.name in (
                {"gone"} if page.node == "obsolete" else {page.node}
            ):
                found.setdefault((task.status, task.owner_id), task)
        return list(found.values())

    def processes_of(self, page: Page) -> list[Any]:
        """The processes that the page may be about, one for each state."""
        found: dict[Any, Any] = {}
        for process in Process.objects.order_by("pk"):
            if self.flow_name(process) == page.flow:
                found.setdefault(process.status, process)
        return list(found.values())

    def addresses(self, page: Page) -> list[tuple[str, Any]]:
        """``(url, row)`` for each row that the page may be about."""
        if page not in self._addresses:
            self._addresses[page] = self._find_addresses(page)
        return self._addresses[page]

    def _find_addresses(self, page: Page) -> list[tuple[str, Any]]:
        if page.parameters == ("process_pk", "task_pk"):
            return [
                (page.url(process_pk=task.process_id, task_pk=task.pk), task)
                for task in self.tasks_of(page)
            ]
        if page.parameters == ("process_pk",):
            return [(page.url(process_pk=row.pk), row) for row in self.processes_of(page)]
        if page.parameters == ("object_id",):
            row = self.tasks[0] if "_task_" in page.name or "/task/" in page.route else None
            row = row or self.tasks[0].process
            return [(page.url(object_id=row.pk), row)]
        if page.name == "admin:view_on_site":
            return [(page.url(content_type_id=1, object_id=1), None)]
        if page.name == "password_reset_confirm":
            return [(page.url(uidb64="MQ", token="set-password"), None)]
        return [(page.url(), None)]

    def address(self, page: Page) -> str:
        """One URL of the page that leads to a row, if any row fits."""
        found = self.addresses(page)
        return found[0][0] if found else page.url()
