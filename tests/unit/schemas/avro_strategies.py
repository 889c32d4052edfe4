"""Hypothesis strategies for records of an Avro schema."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from schemas.codec.dtypes import Names, kind_of, unwrap
from schemas.contracts import AvroSchema

_EARLIEST = datetime(1900, 1, 1)  # noqa: DTZ001 - hypothesis takes naive bounds and adds the zone
_LATEST = datetime(2200, 1, 1)  # noqa: DTZ001 - as above

_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=80),
    "bytes": st.binary(max_size=200),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
    "boolean": st.booleans(),
    "date": st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    "timestamp-micros": st.datetimes(_EARLIEST, _LATEST, timezones=st.just(UTC)),
}


def records(schema: AvroSchema) -> st.SearchStrategy[dict[str, Any]]:
    """Any record of the schema."""
    return _values(schema, {})


def _values(schema: AvroSchema, names: Names) -> st.SearchStrategy[Any]:
    inner, nullable = unwrap(schema, names)
    kind = kind_of(inner)
    if kind == "record":
        made: st.SearchStrategy[Any] = st.fixed_dictionaries(
            {f["name"]: _values(f["type"], names) for f in inner["fields"]}
        )
    elif kind == "array":
        made = st.lists(_values(inner["items"], names), max_size=3)
    else:
        made = _SCALARS[kind]
    return st.none() | made if nullable else made
