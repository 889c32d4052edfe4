"""Patterns of codes as sequences of classes of characters, for those anchored patterns that are no more than that."""

from __future__ import annotations

import re
import string
from itertools import product
from re import _constants as kinds  # type: ignore[attr-defined]  # the tree of a pattern has no other door
from re import _parser as parser  # type: ignore[attr-defined]  # likewise
from typing import Any

_PLAIN = frozenset(string.ascii_letters + string.digits + "[](){},?|-^$")
_MOST = 64
"""Sequences that a pattern may come to."""

Sequence = tuple[frozenset[int], ...]
"""For each place the characters that it allows."""


def sequences_of(pattern: str) -> tuple[list[Sequence], bool] | None:
    """Return what a text may begin with, and whether it has to end there; null for a pattern that says more.

    Args:
        pattern: A regular expression.
    """
    if not pattern.startswith("^") or not _PLAIN.issuperset(pattern) or "^" in pattern[1:] or "(?" in pattern:
        return None
    ends = pattern.endswith("$")
    body = pattern[1:-1] if ends else pattern[1:]
    if "$" in body or _chooses(body):
        return None
    try:
        found = _of_items(list(parser.parse(body)))
    except (re.error, _TooMuchError):
        return None
    return found, ends


def _chooses(body: str) -> bool:
    """Tell whether a bar stands outside of groups: the anchors would belong to one side of it alone."""
    before = (body[:place] for place, character in enumerate(body) if character == "|")
    return any(text.count("(") <= text.count(")") for text in before)


class _TooMuchError(Exception):
    """A pattern says more than sequences can."""


def _of_items(items: list[tuple[Any, Any]]) -> list[Sequence]:
    """Return the sequences of parts that follow each other."""
    choices = [_of_item(kind, value) for kind, value in items]
    joined = [tuple(place for part in parts for place in part) for parts in product(*choices)]
    if len(joined) > _MOST:
        raise _TooMuchError
    return joined


def _of_item(kind: Any, value: Any) -> list[Sequence]:
    if kind is kinds.LITERAL:
        return [(frozenset({value}),)]
    if kind is kinds.IN:
        return [(frozenset().union(*(_characters(*one) for one in value)),)]
    if kind is kinds.SUBPATTERN:
        return _of_items(list(value[-1]))
    if kind is kinds.BRANCH:
        return [sequence for items in value[1] for sequence in _of_items(list(items))]
    if kind is kinds.MAX_REPEAT and value[1] is not kinds.MAXREPEAT:
        least, most, items = value
        once = list(items)
        return [sequence for times in range(least, most + 1) for sequence in _of_items(once * times)]
    raise _TooMuchError


def _characters(kind: Any, value: Any) -> frozenset[int]:
    if kind is kinds.LITERAL:
        return frozenset({value})
    if kind is kinds.RANGE:
        return frozenset(range(value[0], value[1] + 1))
    raise _TooMuchError
