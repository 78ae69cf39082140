"""What all lists of tasks share: rows in one query, what a row says, columns for tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import Any

from django.db import connections, models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy

from viewflow.views import ListModelView, SearchableViewMixin
from viewflow.workflow.managers import links_down
from viewflow.workflow.templatetags.workflow import own_fields

from ..brief import as_html, as_text, process_line, task_line
from ..labels import avatar, localtime, short_local, span, status_mark
from ..navigation import with_back
from ..story import for_people, title_of
from ..urls_of import ProcessUrls, TaskUrls

__all__ = [
    "ProcessSearchMixin",
    "TaskListView",
    "process_matches",
    "text_columns",
    "with_processes",
]


def with_processes(rows: QuerySet[Any], flow_classes: list[Any]) -> QuerySet[Any]:
    """Read the process with each task, as the model its flow uses, in the same statement."""
    process = rows.model._meta.get_field("process").related_model
    paths = {"process"} | {
        "__".join(("process", *links))
        for flow in flow_classes
        if (links := links_down(process, flow.process_class))
    }
    return rows.select_related(*sorted(paths))


class ProcessSearchMixin(SearchableViewMixin):
    """Search in tasks: the data of the process, and its number."""

    search_fields: Any = ("process__data",)

    def search_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows whose process holds every word, or has it as its number."""
        words = self.get_search_words()
        if not words or tuple(self.search_fields) != ("process__data",):
            return super().search_queryset(queryset)
        paths = set(self._text_paths(queryset.model))
        for word in words:
            queryset = queryset.filter(process_matches(queryset, word, paths, "process__"))
        return queryset

    def _text_paths(self, model: Any) -> Iterator[str]:
        process = model._meta.get_field("process").related_model
        for flow in self.listed_flows:  # type: ignore[attr-defined]
            if not issubclass(flow.process_class, process):
                continue  # its tasks are in another table, so they are not among these
            prefix = "__".join(("process", *links_down(process, flow.process_class), ""))
            yield from (f"{prefix}{name}" for name in text_columns(flow.process_class))


def text_columns(model: Any) -> list[str]:
    """Return the names of the text columns that a project has added to its process model."""
    kinds = (models.CharField, models.TextField)
    return [f.name for f in own_fields(model) if f.concrete and isinstance(f, kinds)]


def process_matches(
    queryset: QuerySet[Any], word: str, paths: Iterable[str], prefix: str = ""
) -> Q:
    """Return the condition that a process holds ``word`` in its data or in a column of ``paths``,
    or has it as its number."""
    model = queryset.model
    if prefix:
        model = model._meta.get_field("process").related_model
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(**{f"{path}__icontains": word})
    if any(field.name == "data" for field in model._meta.fields):
        found |= Q(**{f"{prefix}data__icontains": word})
        stored = json.dumps(word)[1:-1]
        if connections[queryset.db].vendor != "postgresql" and stored != word:
            # Text databases keep JSON as it was written: with escapes.
            found |= Q(**{f"{prefix}data__icontains": stored})
    number = word.removeprefix("#")
    if number.isdecimal() and 0 < int(number[:30]) < 2**63:
        found |= Q(**{f"{prefix}pk": int(number)})
    return found


class TaskListView(ProcessSearchMixin, ListModelView):
    """A list of tasks that says what to do, for whom, and how long it has waited."""

    object_link_columns: Any = None
    search_placeholder: Any = gettext_lazy("Search tasks")
    filter_initial: Any = None

    #: Template file, looked up per flow before the built-in one.
    template_filename = "process_tasks_list.html"

    @property
    def listed_flows(self) -> list[Any]:
        """The flows whose tasks are listed."""
        raise NotImplementedError

    @property
    def task_model(self) -> Any:
        """The task model of the listed flows."""
        from viewflow.workflow.models import Task

        models = {flow.task_class for flow in self.listed_flows}
        return models.pop() if len(models) == 1 else Task

    def get_model(self) -> Any:
        return self.task_model

    def get_filterset_kwargs(self) -> dict[str, Any]:
        # The filters offer what is in this list; they know the request only.
        self.request.viewflow_list = self  # type: ignore[attr-defined]
        return super().get_filterset_kwargs()

    # Rows

    @cached_property
    def now(self) -> Any:
        return timezone.now()

    @cached_property
    def visitor(self) -> Any:
        """The key of the person who looks at the list."""
        return self.request.user.pk

    @cached_property
    def today(self) -> Any:
        return localtime(self.now)

    @cached_property
    def task_urls(self) -> TaskUrls:
        return TaskUrls()

    @cached_property
    def process_urls(self) -> ProcessUrls:
        return ProcessUrls()

    @cached_property
    def back(self) -> str:
        """The list's own address, which its rows carry along."""
        return self.request.get_full_path()

    def get_object_url(self, obj: Any) -> str | None:
        url = self.task_urls.next_step(obj, self.visitor)
        return url and with_back(url, self.back)

    def get_row_label(self, obj: Any) -> str:
        return as_text(task_line(obj))

    # Columns; a project names them, or its own, in ``columns``

    def task_id(self, task: Any) -> str:
        return f"#{task.pk}"

    task_id.short_description = gettext_lazy("#")  # type: ignore[attr-defined]
    task_id.sort_label = gettext_lazy("Number")  # type: ignore[attr-defined]
    task_id.orderby_column = "pk"  # type: ignore[attr-defined]

    def task_title(self, task: Any) -> str:
        return title_of(task)

    task_title.short_description = gettext_lazy("Task")  # type: ignore[attr-defined]
    task_title.orderby_column = "flow_task"  # type: ignore[attr-defined]

    def flow_task(self, task: Any) -> str:
        return title_of(task)

    flow_task.short_description = gettext_lazy("Step")  # type: ignore[attr-defined]
    flow_task.orderby_column = "flow_task"  # type: ignore[attr-defined]

    def brief(self, task: Any) -> str:
        return task_line(task)

    brief.short_description = gettext_lazy("Brief")  # type: ignore[attr-defined]

    def process_brief(self, task: Any) -> str:
        return process_line(task.process)

    process_brief.short_description = gettext_lazy("For")  # type: ignore[attr-defined]
    process_brief.orderby_column = "process"  # type: ignore[attr-defined]

    def process_summary(self, task: Any) -> SafeString:
        """The process as a link, and what it is about."""
        process = task.process
        url = self.process_urls.detail(process.flow_class, process.pk)
        line = process_line(process)
        small = f"<small>{as_html(line)}</small>" if line else ""
        if url is None:
            return SafeString(f"{escape(str(process))}{small}")
        return SafeString(f'<a href="{escape(url)}">{escape(str(process))}</a>{small}')

    process_summary.short_description = gettext_lazy("Process")  # type: ignore[attr-defined]
    process_summary.orderby_column = "process"  # type: ignore[attr-defined]

    def created(self, task: Any) -> SafeString:
        return self.moment(task.created)

    created.short_description = gettext_lazy("Created")  # type: ignore[attr-defined]
    created.orderby_column = "created"  # type: ignore[attr-defined]

    def finished(self, task: Any) -> SafeString:
        return self.moment(task.finished)

    finished.short_description = gettext_lazy("Finished")  # type: ignore[attr-defined]
    finished.orderby_column = "finished"  # type: ignore[attr-defined]

    def status(self, task: Any) -> SafeString:
        return status_mark(task.status, for_people(task))

    status.short_description = gettext_lazy("Status")  # type: ignore[attr-defined]
    status.orderby_column = "status"  # type: ignore[attr-defined]

    def owner(self, task: Any) -> SafeString:
        if not task.owner_id:
            return SafeString("")
        return avatar(task.owner)

    owner.short_description = gettext_lazy("Owner")  # type: ignore[attr-defined]
    owner.orderby_column = "owner"  # type: ignore[attr-defined]

    def moment(self, when: Any) -> SafeString:
        """Return a time in short, with the full date in the title."""
        if when is None:
            return SafeString("")
        local = localtime(when)
        return SafeString(
            f'<time datetime="{when.isoformat(timespec="seconds")}" title="{local:%Y-%m-%d %H:%M}">'
            f"{escape(short_local(local, self.today))}</time>"
        )

    def age(self, when: Any) -> SafeString:
        """Return how long ago, with the full date in the title."""
        if when is None:
            return SafeString("")
        language, zone = self._locale
        moment = _moment(when.replace(microsecond=0), when.tzinfo, when.fold, zone)
        age = escape(span(abs(self.now - when), language))
        return SafeString(f'<time class="row-time" {moment}>{age}</time>')

    @cached_property
    def _locale(self) -> tuple[str | None, Any]:
        return get_language(), timezone.get_current_timezone()


@lru_cache(maxsize=4096)
def _moment(when: Any, own_zone: Any, fold: int, zone: Any) -> str:
    # Lists show the same few moments again and again. Moments of two time zones may be equal
    # without looking so, hence zones and fold are part of the key.
    local = when if own_zone is None else when.astimezone(zone)
    return f'datetime="{when.isoformat(timespec="seconds")}" title="{local:%Y-%m-%d %H:%M}"'
