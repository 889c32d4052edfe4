"""A contract as a flat table of operations, which compiled code walks once a message.

The table has one row for each node of the schema: a field, the item of an array, a record. A record is followed
by its fields; an array by its item and an `END`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from schemas.codec.dtypes import Names, kind_of, unwrap
from schemas.contracts import AvroSchema
from schemas.errors import ContractError

TEXT, INT32, INT64, DOUBLE, BOOLEAN, ARRAY, END, RECORD = range(8)
"""Codes of operations."""

CODE, NULLABLE, JUMP, PARENT, CHILD, FORMAT, NAME = range(7)
"""Columns of the table: the attributes of an operation; format and name as numbers."""
WIDTH = 7

ROOT = -1

MOST_DEPTH = 16
"""Arrays within arrays that compiled code has room for."""

_FORMS = {
    "string": (TEXT, "vu"),
    "bytes": (TEXT, "vz"),
    "int": (INT32, "i"),
    "date": (INT32, "tdD"),
    "long": (INT64, "l"),
    "timestamp-micros": (INT64, "tsu:UTC"),
    "double": (DOUBLE, "g"),
    "boolean": (BOOLEAN, "b"),
    "array": (ARRAY, "+L"),
    "record": (RECORD, "+s"),
}
"""Code of each Avro type, and the Arrow format of the column that polars keeps it in."""

FNV_OFFSET, FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3


@dataclass(frozen=True)
class Operation:
    """One row of the table.

    Attributes:
        code: What to do.
        nullable: Whether null is allowed.
        path: Field it is about, for messages.
        jump: The operation behind this one and its content; for END the item of its array.
        parent: Operation of the record or array around it, or ROOT.
        child: Which child of its parent it is.
        form: Arrow format of its column.
        name: Name of its column; empty where it does not matter.
    """

    code: int
    nullable: bool
    path: str
    jump: int
    parent: int
    child: int
    form: str
    name: str


def operations(schema: AvroSchema) -> list[Operation]:
    """Return the operations of a record schema.

    Raises:
        ContractError: Its arrays lie deeper in each other than compiled code has room for.
    """
    made: list[Operation] = []
    names: Names = {}
    for child, field in enumerate(schema["fields"]):
        _add(made, field["type"], names, Operation(END, False, field["name"], 0, ROOT, child, "", field["name"]))
    deepest = max((operation.path.count("[]") for operation in made), default=0)
    if deepest > MOST_DEPTH:
        msg = f"A schema has arrays {deepest} deep in each other; at most {MOST_DEPTH} are read."
        raise ContractError(msg, "Correct the schema that was registered under this id.")
    return made


def table(program: list[Operation]) -> NDArray[np.int64]:
    """Return the operations as compiled code reads them."""
    rows = [[o.code, o.nullable, o.jump, o.parent, o.child, _number(o.form), _hash(o.name)] for o in program]
    return np.array([[int(word) % 2**64 for word in row] for row in rows], dtype=np.uint64).view(np.int64)


def _add(made: list[Operation], schema: AvroSchema, names: Names, place: Operation) -> None:
    """Append the operations of a schema that stands at a place."""
    inner, nullable = unwrap(schema, names)
    kind = kind_of(inner)
    index = len(made)
    code, form = _FORMS[kind]
    made.append(replace(place, code=code, nullable=nullable, form=form))
    if kind == "record":
        for child, field in enumerate(inner["fields"]):
            path = f"{place.path}.{field['name']}"
            _add(made, field["type"], names, replace(place, path=path, parent=index, child=child, name=field["name"]))
    elif kind == "array":
        item = replace(place, path=f"{place.path}[]", parent=index, child=0, name="")
        _add(made, inner["items"], names, item)
        made.append(replace(item, code=END, jump=index + 1, form=""))
    made[index] = replace(made[index], jump=len(made))


def _number(form: str) -> int:
    """Return a format of at most eight bytes as a number, first byte lowest."""
    return int.from_bytes(form.encode(), "little")


def _hash(name: str) -> int:
    """Return the FNV-1a hash of a name; 0 for none. Source: the FNV Internet draft, 64 bits."""
    if not name:
        return 0
    value = FNV_OFFSET
    for byte in name.encode():
        value = ((value ^ byte) * FNV_PRIME) % 2**64
    return value
