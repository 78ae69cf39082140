"""Tokens: which parallel branch a task belongs to.

BPMN moves tokens through a process (BPMN 2.0.2, clause 7.1.1). Ours is a path: the root is
``start``, a branch of a parallel split is ``<parent>/<pk of the split task>_<n>``. Tasks of one
split share a prefix, so a join can wait for all of them with one indexed comparison. What a
boundary event starts beside a token is ``<that token>+<pk of the event's task>``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

__all__ = ["Token"]


class Token(str):
    """A token's path; equal to, hashed as and stored like the plain string."""

    __slots__ = ()

    @classmethod
    def split_token_source(cls, prev_token: str, task_pk: int | str) -> Iterator[Token]:
        """Yield the tokens of the branches of one split, without end."""
        for number in count(1):
            yield cls(f"{prev_token}/{task_pk}_{number}")

    def is_split_token(self) -> bool:
        """Tell whether the token belongs to a branch of some split."""
        return "/" in self and "_" in self.rpartition("/")[2]

    def get_base_split_token(self) -> Token:
        """Return the token that entered the innermost split; the token itself when there is none."""
        return Token(self.rpartition("/")[0]) if self.is_split_token() else self

    def bases(self) -> list[Token]:
        """Return the tokens that entered the splits on the way, the innermost first."""
        found, token = [], self
        while token.is_split_token():
            token = token.get_base_split_token()
            found.append(token)
        return found

    def get_split_prefix(self) -> str:
        """Return the prefix that all branches of the innermost split share (``""`` without one)."""
        return f"{self.rpartition('_')[0]}_" if self.is_split_token() else ""

    def get_common_split_prefix(self, join_token: str, task_pk: int | str) -> str:
        """Return the shared prefix of the branches that split ``task_pk`` made of ``join_token``.

        ``ValueError`` when this token is not one of those branches.
        """
        prefix = f"{join_token}/{task_pk}_"
        if not self.startswith(prefix):
            raise ValueError(f"Token {self!s} does not belong to split {task_pk} of {join_token}.")
        return prefix

    def is_in_the_way(self, other: Token) -> bool:
        """Tell whether a new task on this token would double what the task on ``other`` stands for.

        That is so for the same token, for one made of it by a split, and for a branch of another
        split of the same token: the process passes each place with one token at a time.
        """
        if other == self or other.startswith(f"{self}/"):
            return True
        token = self
        while token.is_split_token():
            prefix, token = token.get_split_prefix(), token.get_base_split_token()
            if other.startswith(f"{token}/") and not other.startswith(prefix):
                return True
        return False

    def aside(self, task_pk: int | str) -> Token:
        """Return the token of a way that begins beside this one, at the boundary event ``task_pk``.

        It counts as one more branch of the split that this token belongs to: a join behind waits
        for it. Beside a token that belongs to no split it is a way of its own.
        """
        return Token(f"{self}+{task_pk}")

    def is_aside(self) -> bool:
        """Tell whether the token began beside a branch, or is that of a process's own side way."""
        return "+" in self.rpartition("/")[2]

    def split_pks(self) -> list[str]:
        """Return the keys of the split tasks on the way, the outermost first."""
        return [part.partition("_")[0] for part in self.split("/")[1:]]
