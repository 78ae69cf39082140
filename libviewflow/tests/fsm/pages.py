"""Where the pages of the articles are: viewsets, a site and the URLs."""

from __future__ import annotations

from django.urls import path

from viewflow.fsm import FlowViewsMixin
from viewflow.urls import Application, ModelViewset, ReadonlyModelViewset, Site

from .models import Article, ArticleMachine


class ArticleViewset(FlowViewsMixin, ModelViewset):
    model = Article
    flow_state = ArticleMachine.state
    list_columns = ("title", "status")

    def get_transition_fields(self, request, obj, slug):
        return ["comment", "score"] if slug in {"approve", "reject"} else []


class MineViewset(FlowViewsMixin, ModelViewset):
    """Articles of the person's own, mounted under a parameter and with another name."""

    model = Article
    app_name = "mine"
    flow_state = ArticleMachine.state

    def get_queryset(self, request):
        # A join to a column that may be empty and DISTINCT: rows that cannot be locked as they are.
        rows = Article.objects.filter(author=request.user.username)
        return rows.select_related("desk").distinct()

    def has_view_permission(self, user, obj=None):
        return user.is_authenticated


class ReadonlyViewset(FlowViewsMixin, ReadonlyModelViewset):
    """Nothing but transitions changes an article here; no chart, and machines may be looked at."""

    model = Article
    app_name = "readonly"
    flow_state = ArticleMachine.state
    chart_view_class = None


class FrozenViewset(FlowViewsMixin, ReadonlyModelViewset):
    """States are shown, and not changed."""

    model = Article
    app_name = "frozen"
    flow_state = ArticleMachine.state
    transition_view_class = None


site = Site(
    title="The Paper",
    viewsets=[
        Application(
            title="Paper",
            app_name="paper",
            viewsets=[ArticleViewset(), MineViewset(), ReadonlyViewset(), FrozenViewset()],
        )
    ],
)
urlpatterns = [path("", site.urls)]
