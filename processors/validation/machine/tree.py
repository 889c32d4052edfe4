"""The tree of a condition as polars writes it down: its columns, values and parts."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import polars as pl

Node = Mapping[str, Any]

COMPARISONS = ("Gt", "GtEq", "Lt", "LtEq", "Eq", "NotEq")


def tree_of(condition: pl.Expr) -> Node:
    """Return the tree of a condition."""
    tree: Node = json.loads(condition.meta.serialize(format="json"))
    return tree


def expression_of(node: Node) -> pl.Expr:
    """Return the condition of a tree."""
    return pl.Expr.deserialize(io.StringIO(json.dumps(node)), format="json")


def conjuncts(node: Node) -> list[Node]:
    """Return the parts of a condition that all have to be true."""
    if "BinaryExpr" in node and node["BinaryExpr"]["op"] == "And":
        sides = node["BinaryExpr"]
        return [*conjuncts(sides["left"]), *conjuncts(sides["right"])]
    return [node]


def without_cast(node: Node) -> Node:
    """Return what a cast to a boolean is made of, as polars puts one behind NOT; other nodes as they are."""
    cast = node.get("Cast")
    inner: Node = node if cast is None or cast["dtype"] != {"Literal": "Boolean"} else cast["expr"]
    return inner


def number_of(node: Node) -> int | None:
    """Return the value of a whole number or of a date as days since 1970; null for every other node."""
    kind, value = _literal(node)
    return value if kind in ("Int", "Date") and isinstance(value, int) else None


def text_of(node: Node) -> str | None:
    """Return the value of a text; null for every other node."""
    kind, value = _literal(node)
    return value if kind == "String" else None


def listed(node: Node) -> list[str] | list[int] | None:
    """Return the texts or whole numbers of a list; null for another list and every other node."""
    literal = node.get("Literal")
    packed = literal.get("Series") if isinstance(literal, Mapping) else None
    if packed is None:
        return None
    values = pl.read_ipc_stream(io.BytesIO(bytes(packed))).to_series().item()
    plain = values.dtype == pl.String or values.dtype.is_integer()
    return values.to_list() if plain and not values.null_count() else None


def _literal(node: Node) -> tuple[str, Any]:
    """Return kind and value of a literal; "" for every other node."""
    literal = node.get("Literal")
    for place in ("Dyn", "Scalar"):
        value = literal.get(place) if isinstance(literal, Mapping) else None
        if isinstance(value, Mapping):
            kind, inner = next(iter(value.items()))
            return str(kind), inner
    return "", None
