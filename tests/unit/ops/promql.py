"""The metric and label names that a PromQL expression uses; enough for the expressions of this repository."""

from __future__ import annotations

import re

_STRINGS = re.compile(r'"[^"]*"')
_MATCHERS = re.compile(r"\{([^}]*)\}")
_GROUPINGS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_RANGES = re.compile(r"\[[^\]]*\]")
_NAMES = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_FUNCTIONS = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\s*(?=\()")
_WORDS = {"and", "or", "unless", "bool", "offset", "sum", "avg", "max", "min", "count"}


def metric_names(expression: str) -> set[str]:
    """Return the metrics an expression reads."""
    rest = _STRINGS.sub('""', expression)
    for part in (_MATCHERS, _GROUPINGS, _RANGES, _FUNCTIONS):
        rest = part.sub(" ", rest)
    return set(_NAMES.findall(rest)) - _WORDS


def label_names(expression: str) -> set[str]:
    """Return the labels an expression matches or groups by."""
    bare = _STRINGS.sub('""', expression)
    matched = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", " ".join(_MATCHERS.findall(bare)))
    grouped = _NAMES.findall(" ".join(_GROUPINGS.findall(bare)))
    return {*matched, *grouped}
