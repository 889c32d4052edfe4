"""Makes instructions of the tree of a condition."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from processors.validation.machine import layout as at
from processors.validation.machine.patterns import sequences_of
from processors.validation.machine.tree import COMPARISONS, Node, listed, number_of, text_of, without_cast

Column = tuple[str, bool]
"""A column, and whether it is one of the claim that lines take over."""

_COMPARISON = {
    "Lt": at.LESS,
    "LtEq": at.LESS_OR_EQUAL,
    "Eq": at.EQUAL,
    "GtEq": at.MORE_OR_EQUAL,
    "Gt": at.MORE,
    "NotEq": at.NOT_EQUAL,
}
_MIRRORED = {"Gt": "Lt", "GtEq": "LtEq", "Lt": "Gt", "LtEq": "GtEq", "Eq": "Eq", "NotEq": "NotEq"}
_WHOLE = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.Date)
_READABLE = (*_WHOLE, pl.Boolean, pl.String, pl.Float64, pl.Datetime("us", "UTC"))
_COMBINED = {"Plus": at.PLUS, "Minus": at.MINUS}
_INT32, _FITTING = range(-(2**31), 2**31), range(1 - 2**62, 2**62)
_MOST_VALUES = 8
_REGULAR_EXPRESSION = {"StringExpr": {"Contains": {"literal": False, "strict": True}}}


class UnknownPartError(Exception):
    """The machine does not know what a part of a condition asks."""


@dataclass
class Listed:
    """What instructions refer to by place: whole numbers, texts, patterns and their classes of characters."""

    numbers: list[int] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    patterns: list[tuple[int, int, bool]] = field(default_factory=list)
    classes: list[frozenset[int]] = field(default_factory=list)


class Assembler:
    """Makes instructions, and collects the columns and values that they refer to.

    Args:
        schema: Types of the columns of the level.
        resolve: Returns where a column of the level is found.
    """

    def __init__(self, schema: Mapping[str, pl.DataType], resolve: Callable[[str], Column]) -> None:
        self._schema, self._resolve = schema, resolve
        self.columns: dict[Column, int] = {}
        self.types: dict[Column, pl.DataType] = {}
        self.listed = Listed()
        self._made: list[tuple[int, int, int, int]] = []

    def part(self, node: Node) -> list[tuple[int, int, int, int]]:
        """Return the instructions that answer a condition.

        Raises:
            UnknownPartError: The machine cannot answer it.
        """
        self._made = []
        self._condition(node)
        if len(self._made) > _MOST_VALUES * 4 or _deepest(self._made) > _MOST_VALUES:
            raise UnknownPartError
        return self._made

    def _put(self, operation: int, column: str | None = None, first: int = 0, second: int = 0) -> None:
        place = -1 if column is None else self._place(column)
        self._made.append((operation, place, first, second))

    def _place(self, name: str) -> int:
        if not (self._schema[name] in _READABLE or isinstance(self._schema[name], pl.Enum)):
            raise UnknownPartError
        column = self._resolve(name)
        self.types[column] = self._schema[name]
        return self.columns.setdefault(column, len(self.columns))

    def _type(self, node: Node) -> pl.DataType | None:
        """Return the type of a column; null for every other node."""
        name = node.get("Column")
        return None if name is None else self._schema[name]

    def _condition(self, node: Node) -> None:
        node = without_cast(node)
        if self._type(node) == pl.Boolean:
            self._put(at.FLAG, node["Column"])
        elif "BinaryExpr" in node:
            self._binary(**node["BinaryExpr"])
        elif "Function" in node:
            self._function(node["Function"]["function"], node["Function"]["input"])
        else:
            raise UnknownPartError

    def _binary(self, left: Node, op: Any, right: Node) -> None:
        if op in ("And", "Or"):
            self._condition(left)
            self._condition(right)
            self._put(at.AND if op == "And" else at.OR)
        elif op in COMPARISONS:
            self._comparison(op, left, right)
        else:
            raise UnknownPartError

    def _function(self, function: Any, inputs: list[Node]) -> None:
        if function == {"Boolean": "Not"}:
            self._condition(inputs[0])
            self._put(at.NOT)
            return
        name = inputs[0].get("Column")
        if name is None:
            raise UnknownPartError
        if function in ({"Boolean": "IsNull"}, {"Boolean": "IsNotNull"}):
            self._put(at.MISSING if function == {"Boolean": "IsNull"} else at.GIVEN, name)
        elif function == {"Sql": {"IsIn": {"nulls_equal": False}}}:
            self._among(name, listed(inputs[1]))
        elif self._schema[name] == pl.String:
            self._of_text(name, function, text_of(inputs[1]) if len(inputs) > 1 else None)
        else:
            raise UnknownPartError

    def _of_text(self, name: str, function: Any, text: str | None) -> None:
        if text is None:
            raise UnknownPartError
        if function in ({"StringExpr": "StartsWith"}, {"StringExpr": "EndsWith"}):
            operation = at.TEXT_STARTS if function == {"StringExpr": "StartsWith"} else at.TEXT_ENDS
            self._put(operation, name, self._texts([text]))
            return
        found = sequences_of(text) if function == _REGULAR_EXPRESSION else None
        if found is None:
            raise UnknownPartError
        sequences, ends = found
        first = len(self.listed.patterns)
        for sequence in sequences:
            self.listed.patterns.append((len(self.listed.classes), len(sequence), ends))
            self.listed.classes += sequence
        self._put(at.TEXT_MATCHES, name, first, len(self.listed.patterns))

    def _among(self, name: str, values: list[str] | list[int] | None) -> None:
        dtype = self._schema[name]
        if values is None:
            raise UnknownPartError
        if dtype == pl.String and all(isinstance(value, str) for value in values):
            first = self._texts([str(value) for value in values])
            self._put(at.TEXT_AMONG, name, first, len(self.listed.texts))
            return
        if isinstance(dtype, pl.Enum):
            values = [_category(dtype, value) for value in values]
        elif dtype not in _WHOLE or dtype == pl.Date:
            raise UnknownPartError
        first = len(self.listed.numbers)
        self.listed.numbers += [_fitting(value) for value in values]
        self._put(at.WHOLE_AMONG, name, first, len(self.listed.numbers))

    def _texts(self, texts: list[str]) -> int:
        self.listed.texts += [text.encode() for text in texts]
        return len(self.listed.texts) - len(texts)

    def _comparison(self, kind: str, left: Node, right: Node) -> None:
        if self._type(left) is None and self._type(right) is not None:
            kind, left, right = _MIRRORED[kind], right, left
        dtype, how = self._type(left), _COMPARISON[kind]
        text = text_of(right)
        if dtype == pl.String:
            self._texts_compared(left["Column"], kind, right, text)
        elif isinstance(dtype, pl.Enum) and text is not None and kind in ("Eq", "NotEq"):
            self._put(at.WHOLE_AGAINST, left["Column"], _category(dtype, text), how)
        elif dtype in _WHOLE and (number := number_of(right)) is not None:
            if (dtype == pl.Date) != ("Date" in str(right)):
                raise UnknownPartError
            self._put(at.WHOLE_AGAINST, left["Column"], _fitting(number), how)
        else:
            self._numbers_compared(how, left, right)

    def _texts_compared(self, name: str, kind: str, right: Node, text: str | None) -> None:
        if text is not None and kind in ("Eq", "NotEq"):
            self._put(at.TEXT_AMONG, name, self._texts([text]), len(self.listed.texts))
        elif text is not None:
            self._put(at.TEXT_AGAINST, name, self._texts([text]), _COMPARISON[kind])
            return
        elif self._type(right) == pl.String and kind in ("Eq", "NotEq"):
            self._put(at.TEXTS_SAME, name, self._place(right["Column"]))
        else:
            raise UnknownPartError
        if kind == "NotEq":
            self._put(at.NOT)

    def _numbers_compared(self, how: int, left: Node, right: Node) -> None:
        types = [self._number_type(node) for node in (left, right)]
        as_floats = pl.Float64 in types
        if (pl.Date in types) != (types == [pl.Date, pl.Date]):
            raise UnknownPartError
        for node in (left, right):
            self._number(node, as_float=as_floats)
        self._put(at.COMPARE_FLOATS if as_floats else at.COMPARE, None, how)

    def _number_type(self, node: Node) -> Any:
        """Return the type of a number: Int32, Int64, Float64, Date, or null for a number as such."""
        dtype = self._type(node)
        if dtype is not None:
            if dtype not in (*_WHOLE, pl.Float64):
                raise UnknownPartError
            return dtype
        if number_of(node) is not None:
            return pl.Date if "Date" in str(node) else None
        sides, operation = _arithmetic(node)
        types = {self._number_type(side) for side in sides} - {None}
        if operation == at.TIMES and pl.Float64 in types:
            return pl.Float64
        if operation == at.TIMES or not types or not types <= {pl.Int32, pl.Int64}:
            raise UnknownPartError
        return pl.Int64 if pl.Int64 in types else pl.Int32

    def _number(self, node: Node, *, as_float: bool) -> None:
        """Put a number on the stack of numbers."""
        number = number_of(node)
        if "Column" in node:
            self._put(at.FLOAT if as_float else at.WHOLE, node["Column"])
        elif number is not None and as_float:
            self._put(at.FLOAT_NUMBER, None, struct.unpack("<q", struct.pack("<d", float(number)))[0])
        elif number is not None:
            self._put(at.WHOLE_NUMBER, None, _fitting(number))
        else:
            self._combined(node, as_float=as_float)

    def _combined(self, node: Node, *, as_float: bool) -> None:
        sides, operation = _arithmetic(node)
        dtype = self._number_type(node)
        if as_float and operation != at.TIMES:
            raise UnknownPartError
        for side in sides:
            number = number_of(side)
            if dtype == pl.Int32 and number is not None and number not in _INT32:
                raise UnknownPartError
            self._number(side, as_float=as_float)
        self._put(operation, None, 32 if dtype == pl.Int32 else 64)


def _arithmetic(node: Node) -> tuple[list[Node], int]:
    """Return what a sum, a difference or a product is made of, and its operation."""
    if "BinaryExpr" in node and node["BinaryExpr"]["op"] in _COMBINED:
        sides = node["BinaryExpr"]
        return [sides["left"], sides["right"]], _COMBINED[sides["op"]]
    if "Function" in node and node["Function"]["function"] == {"Sql": {"Binary": "Mul"}}:
        return node["Function"]["input"], at.TIMES
    raise UnknownPartError


def _category(dtype: pl.Enum, text: object) -> int:
    """Return the number of a text in an Enum."""
    categories = dtype.categories.to_list()
    if text not in categories:
        raise UnknownPartError
    return categories.index(text)


def _fitting(number: object) -> int:
    if not isinstance(number, int) or number not in _FITTING:
        raise UnknownPartError
    return number


def _deepest(instructions: list[tuple[int, int, int, int]]) -> int:
    """Return the greatest number of states, or of numbers, that instructions hold at the same time."""
    states = numbers = deepest = 0
    for operation, *_ in instructions:
        if operation in (at.WHOLE, at.WHOLE_NUMBER, at.FLOAT, at.FLOAT_NUMBER):
            numbers += 1
        elif operation in (at.PLUS, at.MINUS, at.TIMES):
            numbers -= 1
        elif operation in (at.COMPARE, at.COMPARE_FLOATS):
            numbers, states = numbers - 2, states + 1
        elif operation in (at.AND, at.OR):
            states -= 1
        elif operation != at.NOT:
            states += 1
        deepest = max(deepest, states, numbers)
    return deepest


class Tables:
    """What instructions refer to, as arrays of words; kept as long as the addresses are used.

    Args:
        values: What they refer to.

    Attributes:
        arrays: Numbers, texts, patterns and classes, as the compiled code takes them.
    """

    def __init__(self, values: Listed) -> None:
        self._numbers = np.array(values.numbers or [0], dtype=np.int64)
        self._bytes = np.frombuffer(b"".join(values.texts) + b"\0", dtype=np.uint8)
        sizes = np.array([len(text) for text in values.texts] or [0], dtype=np.int64)
        self._texts = np.stack([self._bytes.ctypes.data + np.cumsum(sizes) - sizes, sizes], axis=1).astype(np.int64)
        self._patterns = np.array(values.patterns or [(0, 0, False)], dtype=np.int64)
        self._classes = np.zeros((len(values.classes) + 1, 256), dtype=np.uint8)
        for place, characters in enumerate(values.classes):
            self._classes[place, list(characters)] = 1
        self.arrays = (self._numbers, self._texts, self._patterns, self._classes)
