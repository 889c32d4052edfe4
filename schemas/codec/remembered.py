"""Plain Python rows to Avro, one at a time: what was encoded before is looked up, not made again.

Rows of correlation repeat themselves (identities, instants, codes, flags), so that a dict of encoded values a type
takes half the time of building columns.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cache
from operator import getitem, itemgetter
from typing import Any

from schemas.codec.varint import zigzag_bytes
from schemas.contracts import AvroSchema
from schemas.errors import ContractError

MOST_REMEMBERED = 20_000
"""Values that one dict keeps before it forgets all of them."""

_NULL_BRANCH, _VALUE_BRANCH = b"\0", b"\2"


class _Remembered(dict[Any, bytes]):
    """Encoded values by value.

    Args:
        encode: Encodes a value.
        prefix: Stands before each: the branch of a union.
    """

    def __init__(self, encode: Callable[[Any], bytes], prefix: bytes = b"") -> None:
        super().__init__()
        self._encode = encode
        self._prefix = prefix
        self._begin()

    def _begin(self) -> None:
        self.clear()
        if self._prefix:
            self[None] = _NULL_BRANCH  # the most frequent of all

    def __missing__(self, value: Any) -> bytes:
        if len(self) >= MOST_REMEMBERED:
            self._begin()
        made = self[value] = self._prefix + self._encode(value)
        return made


class _Fresh:
    """Encodes values that seldom come again; looks like a dict so that all fields are asked in the same way."""

    def __init__(self, encode: Callable[[Any], bytes], prefix: bytes = b"") -> None:
        self._encode = encode
        self._prefix = prefix

    def __getitem__(self, value: Any) -> bytes:
        if self._prefix:
            return _NULL_BRANCH if value is None else self._prefix + self._encode(value)
        return self._encode(value)


class _Each:
    """Encodes arrays; looks like a dict, too."""

    def __init__(self, items: Any) -> None:
        self._items = items

    def __getitem__(self, values: Sequence[Any]) -> bytes:
        if not values:
            return b"\0"
        items, size = self._items, len(values)
        if size == 1:
            one: bytes = items[values[0]]
            return b"\2" + one + b"\0"
        return zigzag_bytes(size) + b"".join([items[value] for value in values]) + b"\0"


class RowWriter:
    """Encodes rows of some fields, one after the other, without a frame around them.

    Args:
        fields: Fields of a record schema, in order: primitives, nullable ones, arrays, records in arrays.
        fresh: Fields whose values seldom come again: nothing of them is kept.
    """

    def __init__(self, fields: Iterable[Mapping[str, Any]], fresh: Container[str] = ()) -> None:
        fields = list(fields)
        self.names = tuple(field["name"] for field in fields)
        self._tables = [_table(field["type"], fresh=field["name"] in fresh) for field in fields]
        # itemgetter of one name gives no tuple.
        self._pick = itemgetter(*self.names) if len(self.names) > 1 else lambda row: (row[self.names[0]],)

    def encode(self, row: Mapping[str, Any]) -> bytes:
        """Return a row; dates are days and instants microseconds since 1970, a missing field is null.

        Raises:
            ContractError: A value does not keep the schema.
        """
        try:
            return b"".join(map(getitem, self._tables, self._pick(row)))
        except KeyError:
            return self.encode({name: row.get(name) for name in self.names})
        except (TypeError, AttributeError, struct.error, ValueError) as error:
            raise self._misfit(row, error) from None

    __getitem__ = encode
    """Records within arrays are asked like dicts."""

    def _misfit(self, row: Mapping[str, Any], error: Exception) -> ContractError:
        for name, table in zip(self.names, self._tables, strict=True):
            try:
                table[row[name]]
            except Exception:  # whichever: it is the field that is looked for
                msg = f"The field {name} does not keep its contract ({type(error).__name__})."
                return ContractError(msg, "Compare what makes the row with the contract's .avsc.")
        return ContractError("A row does not keep its contract.", "Compare it with the contract's .avsc.")


def _table(kind: AvroSchema, *, fresh: bool = False) -> Any:
    """Return what encodes values of a type when asked for them with []."""
    if isinstance(kind, list):
        first, second = kind
        if first != "null":
            msg = f"The union {kind} is not one of null and something."
            raise ContractError(msg, "Write null first in the contract.")
        return _simple(_name(second), _VALUE_BRANCH, fresh=fresh)
    if isinstance(kind, dict) and kind["type"] == "array":
        return _Each(_table(kind["items"]))
    if isinstance(kind, dict) and kind["type"] == "record":
        return RowWriter(kind["fields"])
    return _simple(_name(kind), b"", fresh=fresh)


def _simple(name: str, prefix: bytes, *, fresh: bool) -> Any:
    # -0.0 equals 0.0 and has other bytes, so what a dict remembers of one is wrong for the other.
    return _Fresh(_ENCODERS[name], prefix) if fresh or name == "double" else _shared(name, prefix)


def _name(kind: AvroSchema) -> str:
    return str(kind["type"] if isinstance(kind, dict) else kind)


@cache
def _shared(name: str, prefix: bytes) -> _Remembered:
    """Return the dict of a type: one for all fields, since one instant or id stands in many."""
    return _Remembered(_ENCODERS[name], prefix)


def _text(value: str) -> bytes:
    raw = value.encode()
    size = len(raw)
    return (bytes((size << 1,)) if size < 64 else zigzag_bytes(size)) + raw


def _integer(bits: int) -> Callable[[Any], bytes]:
    limit = 1 << (bits - 1)

    def encode(value: int) -> bytes:
        if not -limit <= value < limit:
            msg = f"{bits} bits do not hold the number"
            raise ValueError(msg)
        return zigzag_bytes(value)

    return encode


def _double(value: float) -> bytes:
    return struct.pack("<d", value)


def _flag(value: object) -> bytes:
    if not isinstance(value, bool):
        msg = "not a flag"
        raise TypeError(msg)
    return b"\1" if value else b"\0"


_ENCODERS: Mapping[str, Callable[[Any], bytes]] = {
    "string": _text,
    "int": _integer(32),
    "long": _integer(64),
    "double": _double,
    "boolean": _flag,
}
