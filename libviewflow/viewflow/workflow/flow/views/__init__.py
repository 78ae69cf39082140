"""Ready-made views of a flow: forms, task pages, lists, dashboards, charts."""

from __future__ import annotations

from .actions import AssignTaskView, CancelTaskView, ReviveTaskView, UnassignTaskView, UndoTaskView
from .bulk import BulkAssignTasksActionView, BulkUnassignTasksActionView
from .chart import FlowChartView
from .counts import work_counts_view
from .create import CreateArtifactView, CreateProcessView
from .dashboard import DashboardView
from .detail import DetailTaskView, IndexTaskView, UserIndexTaskView
from .inbox import (
    FlowArchiveListView,
    FlowInboxListView,
    FlowQueueListView,
    WorkflowArchiveListView,
    WorkflowInboxListView,
    WorkflowQueueListView,
)
from .job import DetailJobView, RetryTaskView
from .lists import DashboardProcessListView, DashboardTaskListView
from .mixins import (
    ProcessViewTemplateNames,
    StoreRequestPathMixin,
    SuccessMessageMixin,
    TaskSuccessUrlMixin,
    TaskViewTemplateNames,
)
from .process import CancelProcessView, DetailProcessView
from .reassign import ReassignTaskView
from .update import UpdateArtifactView, UpdateProcessView

__all__ = [
    "AssignTaskView",
    "BulkAssignTasksActionView",
    "BulkUnassignTasksActionView",
    "CancelProcessView",
    "CancelTaskView",
    "CreateArtifactView",
    "CreateProcessView",
    "DashboardProcessListView",
    "DashboardTaskListView",
    "DashboardView",
    "DetailJobView",
    "DetailProcessView",
    "DetailTaskView",
    "FlowArchiveListView",
    "FlowChartView",
    "FlowInboxListView",
    "FlowQueueListView",
    "IndexTaskView",
    "ProcessViewTemplateNames",
    "ReassignTaskView",
    "RetryTaskView",
    "ReviveTaskView",
    "StoreRequestPathMixin",
    "SuccessMessageMixin",
    "TaskSuccessUrlMixin",
    "TaskViewTemplateNames",
    "UnassignTaskView",
    "UndoTaskView",
    "UpdateArtifactView",
    "UpdateProcessView",
    "UserIndexTaskView",
    "WorkflowArchiveListView",
    "WorkflowInboxListView",
    "WorkflowQueueListView",
    "work_counts_view",
]
