"""An article of a newspaper, whose state machine has pages, an admin and an API."""

from __future__ import annotations

from django.db import models

from viewflow import this
from viewflow.fsm import State


class Desk(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    REVIEW = "review", "In review"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"
    REJECTED = "rejected", "Turned down"
    HIDDEN = "hidden", "Hidden"


class Article(models.Model):
    title = models.CharField(max_length=100)
    text = models.TextField(blank=True)
    comment = models.CharField(max_length=100, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    desk = models.ForeignKey(Desk, models.SET_NULL, null=True, blank=True)
    author = models.CharField(max_length=50, blank=True)

    def __str__(self) -> str:
        return self.title


class Change(models.Model):
    """What an article has been through."""

    article = models.ForeignKey(Article, models.CASCADE)
    source = models.CharField(max_length=20)
    target = models.CharField(max_length=20)


def is_editor(machine: ArticleMachine, user) -> bool:
    return user.has_perm("fsm.change_article")


class ArticleMachine:
    """How an article gets into the paper."""

    state = State(Status, default=Status.DRAFT)

    def __init__(self, article: Article) -> None:
        self.article = article

    @state.setter()
    def _set_state(self, value) -> None:
        self.article.status = value

    @state.getter()
    def _get_state(self):
        return self.article.status

    @state.transition(
        Status.DRAFT,
        Status.REVIEW,
        conditions=[this.has_text],
        permission=lambda machine, user: True,
    )
    def submit(self) -> None:
        pass

    @state.transition(Status.REVIEW, Status.APPROVED, permission=is_editor)
    def approve(self) -> None:
        if self.article.comment == "crash":
            raise RuntimeError("crash")

    @state.transition(Status.REVIEW, Status.REJECTED, label="Turn down", permission=is_editor)
    def reject(self) -> None:
        pass

    @state.transition(Status.REJECTED, Status.DRAFT, label="Write anew", permission=None)
    def rework(self) -> None:
        pass

    @state.transition(Status.APPROVED, Status.PUBLISHED, permission=this.is_publisher)
    def publish(self) -> None:
        pass

    @state.transition(State.ANY, Status.HIDDEN, permission=this.is_publisher)
    def hide(self) -> None:
        pass

    @state.transition(Status.PUBLISHED, label="Touch up", permission=is_editor)
    def touch(self) -> None:
        pass

    @state.transition(Status.DRAFT, Status.HIDDEN, permission=None)
    def _drop(self) -> None:
        pass

    @state.on_success()
    def note(self, descriptor, source, target, **kwargs) -> None:
        Change.objects.create(article=self.article, source=source, target=target)

    def has_text(self):
        return State.CONDITION(bool(self.article.text), unmet="There is no text yet")

    def is_publisher(self, user) -> bool:
        return bool(user.is_superuser)
