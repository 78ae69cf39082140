"""Where the APIs are: one flow with pages, two without, one mounted twice."""

from __future__ import annotations

from django.urls import include, path

from tests.flowviews.flows import PizzaFlow
from viewflow.workflow import rest

from .flows import ErrandFlow, LicenceFlow, ReviewApiFlow

api = [
    path("api/pizza/", rest.FlowRestViewset(PizzaFlow).urls),
    path("api/errand/", rest.FlowRestViewset(ErrandFlow).urls),
    path("api/licence/", rest.FlowRestViewset(LicenceFlow).urls),
    path("api/review/", rest.FlowRestViewset(ReviewApiFlow).urls),
]
#: Starts processes and lists tasks, nothing else.
small = rest.FlowRestViewset(
    ReviewApiFlow,
    app_name="small",
    task_view_class=None,
    task_step_view_class=None,
    process_list_view_class=None,
    process_view_class=None,
    process_cancel_view_class=None,
    process_chart_view_class=None,
    chart_view_class=None,
    execute_view_class=None,
)
urlpatterns = [
    *api,
    path("v2/", include(([path("r/", rest.FlowRestViewset(ReviewApiFlow).urls)], "second"))),
    path("small/", small.urls),
    path("api/schema/", rest.get_schema_view(title="Forno", patterns=api, version="3")),
    path("open/schema/", rest.get_schema_view(patterns=api, permission_classes=[])),
    path("api/docs/", rest.get_docs_view(title="Forno's API", patterns=api)),
]
