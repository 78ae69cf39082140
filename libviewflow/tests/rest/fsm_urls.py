"""The API of the articles: under two basenames, one of them in a namespace."""

from __future__ import annotations

from django.urls import include, path
from rest_framework import pagination, serializers, viewsets
from rest_framework.routers import DefaultRouter

from tests.fsm.models import Article, ArticleMachine
from viewflow.fsm import FlowRESTMixin


class ArticleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Article
        fields = ["id", "title", "text", "comment", "score", "status"]
        read_only_fields = ["status"]


class ArticleViewSet(FlowRESTMixin, viewsets.ModelViewSet):
    queryset = Article.objects.order_by("pk")
    serializer_class = ArticleSerializer
    pagination_class = pagination.PageNumberPagination
    flow_state = ArticleMachine.state

    def get_transition_fields(self, request, obj, slug):
        return ["comment", "score"] if slug in {"approve", "reject"} else []


class BoundViewSet(ArticleViewSet):
    """Those with a text only."""

    def get_queryset(self):
        return Article.objects.exclude(text="").select_related("desk").distinct()


router = DefaultRouter()
router.register("articles", ArticleViewSet, basename="article")
router.register("paper", BoundViewSet, basename="paper-article")
urlpatterns = [
    path("api/", include(router.urls)),
    path("v2/", include((router.urls, "paper"), namespace="second")),
]
