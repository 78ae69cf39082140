"""The state machines the tests of this package speak about, declared as a user would."""

from __future__ import annotations

import enum

from viewflow import this
from viewflow.fsm import State


class Stage(enum.Enum):
    NEW = "new"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHED = "published"
    HIDDEN = "hidden"
    REMOVED = "removed"


class Review:
    """A review of a publication; plain Python, no model."""

    state = State(Stage, default=Stage.NEW)

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.seen: list[object] = []
        self.successes: list[tuple] = []

    @state.transition(source=Stage.NEW, target=Stage.APPROVED, permission=None)
    def approve(self) -> str:
        self.seen.append(self.state)
        return "thanks"

    @state.transition(
        source={Stage.NEW, Stage.APPROVED},
        target=Stage.REJECTED,
        label="Turn down",
        permission=lambda review, user: user == "editor",
        custom={"icon": "block"},
    )
    def reject(self, reason: str = "") -> None:
        if reason == "crash":
            raise RuntimeError("crash")

    @state.transition(
        source=Stage.APPROVED,
        target=Stage.PUBLISHED,
        conditions=[this.has_text],
        permission=this.is_publisher,
    )
    def publish(self) -> None:
        pass

    @state.transition(source=State.ANY, target=Stage.REMOVED)
    def remove(self) -> None:
        pass

    @state.transition(source=Stage.PUBLISHED, permission=None)
    def touch(self, note: str = "") -> str:
        return note

    @state.transition(source=Stage.NEW, target=Stage.HIDDEN)
    @state.transition(source=Stage.PUBLISHED, target=Stage.APPROVED, label="Take back")
    def hide_away(self) -> None:
        pass

    @state.on_success()
    def remember(self, descriptor, source, target, **kwargs) -> None:
        self.successes.append((descriptor, source, target, kwargs))

    def has_text(self):
        return State.CONDITION(bool(self.text), unmet="The review has no text")

    def is_publisher(self, user) -> bool:
        return user == "publisher"
