"""Screens: whether a condition may be true on a batch at all, told from the facts of its columns.

A condition is read from the tree that polars has compiled, so that both understand the same. What is not
understood may always be true: a screen can cost time, never a finding.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import polars as pl

from processors.validation.facts import COMPARISONS, Facts, may_compare

Screen = Callable[[Facts], bool]

_MIRRORED = {"Gt": "Lt", "GtEq": "LtEq", "Lt": "Gt", "LtEq": "GtEq", "Eq": "Eq", "NotEq": "NotEq"}
_NEGATED = {"Gt": "LtEq", "LtEq": "Gt", "Lt": "GtEq", "GtEq": "Lt", "Eq": "NotEq", "NotEq": "Eq"}
_OF_VALUES = ("StartsWith", "EndsWith", "Contains", "Slice", "LenChars")
_PLAIN_PATTERN = re.compile(r"\^[A-Za-z0-9\[\](){},?|-]*\$?")
"""Patterns anchored at the beginning, of plain characters, classes, groups and counts."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class _Possible:
    """Whether a part of a condition may be true on some row, and whether it may be false."""

    true: Screen
    false: Screen


def _always(_: Facts) -> bool:
    return True


_ANYTHING = _Possible(_always, _always)


def screen_of(condition: pl.Expr) -> Screen:
    """Return what tells from the facts of a batch whether a condition may be true on some row of it."""
    return _possible(json.loads(condition.meta.serialize(format="json"))).true


def _possible(node: Mapping[str, Any]) -> _Possible:
    node = _without_cast(node)
    name = _column(node)
    if name is not None:
        return _Possible(lambda facts: facts[name].some_true, lambda facts: facts[name].some_false)
    if "BinaryExpr" in node:
        return _binary(node["BinaryExpr"])
    if "Function" in node:
        return _function(node["Function"])
    return _ANYTHING


def _column(node: Mapping[str, Any]) -> str | None:
    """Return the name of a node that is a column, also one that is taken for a boolean."""
    return _without_cast(node).get("Column")


def _without_cast(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a cast to a boolean is made of, as polars puts one behind NOT; other nodes as they are."""
    cast = node.get("Cast")
    inner: Mapping[str, Any] = node if cast is None or cast["dtype"] != {"Literal": "Boolean"} else cast["expr"]
    return inner


def _binary(node: Mapping[str, Any]) -> _Possible:
    sides, kind = (node["left"], node["right"]), node["op"]
    if kind in ("And", "Or"):
        left, right = (_possible(side) for side in sides)
        if kind == "And":
            return _Possible(_both(left.true, right.true), _either(left.false, right.false))
        return _Possible(_either(left.true, right.true), _both(left.false, right.false))
    return _comparison(kind, *sides) if kind in COMPARISONS else _ANYTHING


def _both(left: Screen, right: Screen) -> Screen:
    return lambda facts: left(facts) and right(facts)


def _either(left: Screen, right: Screen) -> Screen:
    return lambda facts: left(facts) or right(facts)


def _comparison(kind: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> _Possible:
    one, other = _column(left), _column(right)
    if one is not None and other is not None:
        return _Possible(_between_columns(kind, one, other), _between_columns(_NEGATED[kind], one, other))
    if one is not None and (literal := _literal(right)) is not None:
        return _Possible(_with_literal(kind, one, literal), _with_literal(_NEGATED[kind], one, literal))
    if other is not None and _literal(left) is not None:
        return _comparison(_MIRRORED[kind], right, left)
    return _where_given(left, right)


def _between_columns(kind: str, left: str, right: str) -> Screen:
    def may(facts: Facts) -> bool:
        one, other = facts[left], facts[right]
        if not (one.some_value and other.some_value):
            return False
        return one.bounds is None or other.bounds is None or may_compare(kind, one.bounds, other.bounds)

    return may


def _with_literal(kind: str, name: str, literal: object) -> Screen:
    return lambda facts: facts[name].may(kind, literal)


def _literal(node: Mapping[str, Any]) -> object | None:
    """Return the value of a number, a text or a date; null for every other node."""
    literal = node.get("Literal")
    if not isinstance(literal, dict):
        return None
    kind, value = next(iter(literal.items()))
    if kind not in ("Dyn", "Scalar") or not isinstance(value, dict):
        return None
    kind, value = next(iter(value.items()))
    if kind == "Date":
        return _EPOCH + timedelta(days=value)
    return value if kind in ("Int", "String") else None


def _where_given(*nodes: Mapping[str, Any]) -> _Possible:
    """Return the screen of what is null wherever one of its columns is."""
    names = _read(nodes)
    if not names:
        return _ANYTHING
    every = tuple(names)
    given: Screen = lambda facts: all(facts[name].some_value for name in every)  # noqa: E731  # reads as the others do
    return _Possible(given, given)


def _read(nodes: tuple[Mapping[str, Any], ...]) -> list[str] | None:
    """Return the columns of nodes that are null wherever one of these is; null where that is not known."""
    names: list[str] = []
    for node in nodes:
        found = _read_by(node)
        if found is None:
            return None
        names += found
    return names


def _read_by(node: Mapping[str, Any]) -> list[str] | None:
    if "Column" in node:
        return [node["Column"]]
    if "Literal" in node:
        return []
    inner = _inputs(node)
    return None if inner is None else _read(inner)


def _inputs(node: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...] | None:
    """Return what arithmetic or a function of texts works on; null for every other node."""
    if "BinaryExpr" in node and node["BinaryExpr"]["op"] in ("Plus", "Minus"):
        return node["BinaryExpr"]["left"], node["BinaryExpr"]["right"]
    if "Function" in node and _is_of_values(node["Function"]["function"]):
        return tuple(node["Function"]["input"])
    return None


def _is_of_values(function: Mapping[str, Any]) -> bool:
    if function == {"Sql": {"Binary": "Mul"}}:
        return True
    of_text = function.get("StringExpr")
    return (next(iter(of_text)) if isinstance(of_text, dict) else of_text) in _OF_VALUES


def _function(node: Mapping[str, Any]) -> _Possible:
    function, inputs = node["function"], node["input"]
    name = _column(inputs[0])
    if function == {"Boolean": "Not"}:
        inner = _possible(inputs[0])
        return _Possible(inner.false, inner.true)
    if function == {"Boolean": "IsNull"} and name is not None:
        return _Possible(lambda facts: facts[name].some_null, lambda facts: facts[name].some_value)
    if function == {"Boolean": "IsNotNull"} and name is not None:
        return _Possible(lambda facts: facts[name].some_value, lambda facts: facts[name].some_null)
    if function == {"Sql": {"IsIn": {"nulls_equal": False}}} and name is not None:
        return _membership(name, inputs[1])
    pattern = _pattern(node) if name is not None else None
    if name is not None and pattern is not None:
        return _matching(name, pattern)
    return _where_given({"Function": node}) if _is_of_values(function) else _ANYTHING


def _pattern(node: Mapping[str, Any]) -> re.Pattern[str] | None:
    """Return the pattern that a column is matched with, if both kinds of patterns mean the same by it."""
    if node["function"] != {"StringExpr": {"Contains": {"literal": False, "strict": True}}}:
        return None
    text = _literal(node["input"][1])
    if not isinstance(text, str) or not _PLAIN_PATTERN.fullmatch(text) or "(?" in text:
        return None
    return re.compile(f"{text.removesuffix('$')}\\Z" if text.endswith("$") else text)


def _matching(name: str, pattern: re.Pattern[str]) -> _Possible:
    def may(facts: Facts, *, match: bool) -> bool:
        texts = facts.texts(name)
        if texts is None:
            return facts[name].some_value
        return any((pattern.search(text) is not None) == match for text in texts)

    return _Possible(partial(may, match=True), partial(may, match=False))


def _membership(name: str, among: Mapping[str, Any]) -> _Possible:
    values = _listed(among)
    if values is None:
        return _where_given({"Column": name})
    return _Possible(lambda facts: facts[name].may_be_in(values), lambda facts: facts[name].may_be_outside(values))


def _listed(node: Mapping[str, Any]) -> frozenset[object] | None:
    """Return the texts or whole numbers of a list in a condition; null for another list."""
    packed = node.get("Literal", {}).get("Series")
    if packed is None:
        return None
    values = pl.read_ipc_stream(io.BytesIO(bytes(packed))).to_series().item()
    plain = values.dtype == pl.String or values.dtype.is_integer()
    return frozenset(values) if plain and not values.null_count() else None
