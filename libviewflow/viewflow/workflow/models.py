"""The rows of the engine: processes and their tasks.

Tables, columns and labels are those of the public contract, so an existing database opens as it
is. Only the engine writes these rows; see :mod:`viewflow.workflow.executor`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.template import Context, Template
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from viewflow.loading import QuickLoadingModel

from .executor import current_step
from .fields import FlowReferenceField, TaskIdField, TaskReferenceField, TokenField
from .indexes import DueIndex, EndedIndex, OpenIndex, OwnIndex
from .managers import ProcessManager, TaskManager, links_down
from .owners import release_tasks
from .status import FINISHED, PROCESS, STATUS
from .writing import insert_row

__all__ = ["AbstractProcess", "AbstractTask", "Process", "SignalDelivery", "StartTick", "Task"]


@lru_cache(maxsize=512)
def _template(source: str) -> Template:
    return Template(source)


def _render(source: Any, **variables: Any) -> SafeString:
    return _template(str(source)).render(Context(variables))


class AbstractProcess(QuickLoadingModel):
    """One run of a flow."""

    flow_class = FlowReferenceField(_("Flow"))
    status = models.CharField(_("Status"), max_length=50, choices=PROCESS, default=PROCESS.NEW)
    created = models.DateTimeField(_("Created"), auto_now_add=True)
    finished = models.DateTimeField(_("Finished"), null=True, blank=True)

    objects = ProcessManager()

    class Meta:
        abstract = True
        ordering = ("-created",)

    def __str__(self) -> str:
        if self.flow_class is not None:
            return f"{self.flow_class.process_title} #{self.pk}"
        title = _("Process #%s") % self.pk
        return f"{title} - {self.get_status_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        step = current_step(self._state.db or "default")
        if step is not None:
            step.saved(self)

    def _do_insert(
        self, manager: Any, using: str, fields: Any, returning_fields: Any, raw: bool
    ) -> Any:
        """Write a new row as Django does, by a statement that is made once."""
        key = None if raw else insert_row(self, manager.model, fields, using)
        if key is not None:
            return [key]
        return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]

    @property
    def brief(self) -> str | None:
        """What this process is about, in one line; ``None`` when its flow is gone.

        The first of: result template (when finished), summary template, description, title and
        status.
        """
        flow = self.flow_class
        if flow is None:
            return None
        source = (self.finished and flow.process_result_template) or flow.process_summary_template
        if source:
            return _render(source, process=self.coerced, flow_class=flow)
        if flow.process_description:
            return str(flow.process_description)
        return f"{flow.process_title} - {self.get_status_display()}"

    @property
    def coerced(self) -> Any:
        """The same row as an instance of the flow's ``process_class``."""
        flow = self.flow_class
        model = flow.process_class if flow is not None else type(self)
        if isinstance(self, model):
            return self
        if model._meta.concrete_model is type(self)._meta.concrete_model:
            twin = model.__new__(model)
            # One row, one state: what is changed through either is seen through both.
            twin.__dict__ = self.__dict__
            return twin
        child: Any = self
        for link in links_down(type(self), model):
            child = getattr(child, link)
        return child if isinstance(child, model) else child.coerced

    def reverse(self, viewname: str, args: Any = None, kwargs: Any = None) -> str:
        """Return the URL of one of the flow's pages for this process."""
        flow = self.flow_class
        return flow.instance.reverse(
            viewname, args=args, kwargs={"process_pk": self.pk, **(kwargs or {})}
        )

    @property
    def is_finished(self) -> bool:
        return self.status in (PROCESS.DONE, PROCESS.CANCELED)


class Process(AbstractProcess):
    """The process model that flows use unless they bring their own."""

    data = models.JSONField(_("Data"), default=dict, null=False, blank=True)

    parent_task = models.ForeignKey(
        "viewflow.Task",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="subprocesses",
        verbose_name=_("Parent task"),
    )

    seed_content_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    seed_object_id = models.PositiveIntegerField(null=True, blank=True)
    seed = GenericForeignKey("seed_content_type", "seed_object_id")

    artifact_content_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    artifact_object_id = models.PositiveIntegerField(null=True, blank=True)
    artifact = GenericForeignKey("artifact_content_type", "artifact_object_id")

    class Meta:
        ordering = ("-created",)
        verbose_name = _("Process")
        verbose_name_plural = _("Processes")
        indexes = [
            models.Index(
                fields=["artifact_content_type", "artifact_object_id"],
                name="viewflow_pr_artifac_64c8a3_idx",
            ),
            models.Index(
                fields=["flow_class", "status", "created"], name="viewflow_process_list_idx"
            ),
            EndedIndex(
                fields=["flow_class", "finished", "status"], name="viewflow_process_ended_idx"
            ),
        ]


class AbstractTask(QuickLoadingModel):
    """One visit of a token to a node. Add ``process``, a foreign key, in the concrete model."""

    flow_task = TaskReferenceField(_("Node"))
    flow_task_type = models.CharField(_("Type"), max_length=50)
    status = models.CharField(
        _("Status"), max_length=50, choices=STATUS, default=STATUS.NEW, db_index=True
    )
    created = models.DateTimeField(_("Created"), auto_now_add=True, db_index=True)
    assigned = models.DateTimeField(_("Assigned"), null=True, blank=True)
    started = models.DateTimeField(_("Started"), null=True, blank=True)
    finished = models.DateTimeField(_("Finished"), null=True, blank=True)
    scheduled = models.DateTimeField(_("Scheduled"), null=True, blank=True, db_index=True)
    previous = models.ManyToManyField("self", symmetrical=False, related_name="leading")
    token = TokenField(_("Token"))
    external_task_id = models.CharField(  # noqa: DJ001 # the contract's column
        _("External task"),
        max_length=50,
        null=True,
        blank=True,
        db_index=True,
    )

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=release_tasks,
        null=True,
        blank=True,
        verbose_name=_("Owner"),
    )
    owner_permission = models.CharField(_("Permission"), max_length=255, null=True, blank=True)  # noqa: DJ001
    owner_permission_content_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    owner_permission_obj_pk = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    owner_permission_obj = GenericForeignKey(
        "owner_permission_content_type", "owner_permission_obj_pk"
    )

    objects = TaskManager()

    #: The process that the task belongs to; concrete models add the foreign key.
    process: Any
    process_id: Any

    class Meta:
        abstract = True
        ordering = ("-created",)

    def __str__(self) -> str:
        node = self.flow_task
        if node is not None:
            return f"{node.flow_class.instance.flow_label}.{node.name}/{self.pk} - {self.status}"
        return f"Task/{self.pk} - {self.status}"

    @property
    def coerced_process(self) -> Any:
        """The task's process as an instance of the flow's ``process_class``."""
        return self.process.coerced

    @property
    def coerced(self) -> Any:
        """The same row as an instance of the flow's ``task_class``."""
        node = self.flow_task
        model = node.flow_class.task_class if node is not None else type(self)
        if isinstance(self, model):
            return self
        if model._meta.concrete_model is type(self)._meta.concrete_model:
            twin = model.__new__(model)
            twin.__dict__ = self.__dict__
            return twin
        return model._default_manager.get(pk=self.pk)

    @property
    def title(self) -> str:
        """What the node is called."""
        node = self.flow_task
        if node is None:
            return ""
        return str(node.task_title or node.name.replace("_", " ").strip().capitalize())

    @property
    def brief(self) -> str | None:
        """What is to be done, in one line; ``None`` when the node or its flow is gone.

        The first of: result template (when finished), summary template, description, title.
        """
        node = self.flow_task
        if node is None:
            return None
        source = (self.finished and node.task_result_template) or node.task_summary_template
        if source:
            return _render(
                source,
                process=self.coerced_process,
                task=self,
                flow_class=node.flow_class,
                flow_task=node,
            )
        return str(node.task_description or self.title)

    @property
    def is_live(self) -> bool:
        """Whether the task still holds a token of its process."""
        return self.status not in FINISHED

    def reverse(self, viewname: str, *args: Any) -> str:
        """Return the URL of one of the node's pages for this task."""
        return self.flow_task.reverse(viewname, args=[self.process_id, self.pk, *args])

    @contextmanager
    def activation(self) -> Iterator[Any]:
        """Take the process's lock, read the task again and yield its activation.

        Raises ``FlowLockFailed``, and ``DoesNotExist`` when the task was deleted meanwhile.
        """
        node = self.flow_task
        with node.flow_class.lock(self.process_id):
            self.refresh_from_db()
            yield self.flow_task.activation_class(self)


class Task(AbstractTask):
    """The task model that flows use unless they bring their own."""

    id = TaskIdField(primary_key=True, verbose_name="ID")
    process = models.ForeignKey(Process, on_delete=models.CASCADE, verbose_name=_("Process"))
    data = models.JSONField(_("Data"), default=dict, null=False, blank=True)

    seed_content_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    seed_object_id = models.PositiveIntegerField(null=True, blank=True)
    seed = GenericForeignKey("seed_content_type", "seed_object_id")

    artifact_content_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    artifact_object_id = models.PositiveIntegerField(null=True, blank=True)
    artifact = GenericForeignKey("artifact_content_type", "artifact_object_id")

    class Meta:
        ordering = ("-created",)
        verbose_name = _("Task")
        verbose_name_plural = _("Tasks")
        indexes = [
            OwnIndex(fields=["owner", "status", "created"], name="viewflow_task_own_idx"),
            OpenIndex(fields=["owner", "created"], name="viewflow_task_inbox_idx"),
            models.Index(fields=["flow_task", "status", "created"], name="viewflow_task_node_idx"),
            models.Index(fields=["process", "status", "id"], name="viewflow_task_process_idx"),
            DueIndex(fields=["status", "scheduled"], name="viewflow_task_due_idx"),
            OpenIndex(fields=["flow_task", "created"], name="viewflow_task_open_idx"),
        ]


class StartTick(models.Model):
    """When a ``StartTimer`` began a process last; dispatchers meet at this row."""

    flow_task = TaskReferenceField(_("Node"), unique=True)
    last = models.DateTimeField(_("Last start"), null=True, blank=True)

    class Meta:
        verbose_name = _("Timer of a start")
        verbose_name_plural = _("Timers of starts")

    def __str__(self) -> str:
        return f"{self.flow_task or _('A removed step')}: {self.last or '-'}"


class SignalDelivery(models.Model):
    """A signal on its way: written by the step that throws it, deleted when all have got it.

    What is left here for long belongs to somebody who was killed, or could not be reached; see
    :mod:`viewflow.workflow.broadcast`.
    """

    name = models.CharField(_("Signal"), max_length=250)
    created = models.DateTimeField(_("Created"), auto_now_add=True, db_index=True)
    #: ``[node, key of the process, key of the task]`` of everybody who was waiting.
    receivers = models.JSONField(_("Receivers"), encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("Signal on its way")
        verbose_name_plural = _("Signals on their way")

    def __str__(self) -> str:
        return f"{self.name} - {len(self.receivers)}"
