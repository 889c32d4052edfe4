"""Exact figures of a contract file: dollars become integer cents, percentages become ten-thousandths.

A YAML number with decimals is a binary float before anybody can look at it, so figures with decimals are written in
quotes; whole numbers may stand without.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator, Field

MOST_CENTS = 1_000_000_000
"""Largest amount a contract may name, ten million dollars: with it every product below stays inside 64 bits."""

_MOST_E4 = 100_000


def exact(value: object, places: int) -> int:
    """Return a decimal figure as an integer, moved by a number of decimal places.

    Args:
        value: Text as "1200.50", or a whole number.
        places: Decimal places of the figure that become part of the integer.

    Raises:
        ValueError: It is a float, no number, or has more decimals than that.
    """
    if isinstance(value, float):
        msg = f'{value} must be written in quotes, "{value}", because it has decimals'
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns ValueError into its own report
    if isinstance(value, bool) or not isinstance(value, str | int):
        msg = "must be a number"
        raise ValueError(msg)  # noqa: TRY004 - as above
    try:
        moved = Decimal(value).scaleb(places)
        whole = int(moved)
    except (InvalidOperation, OverflowError, ValueError):
        msg = f"{value!r} is not a number"
        raise ValueError(msg) from None
    if moved != whole:
        msg = f"{value} has more than {places} decimals"
        raise ValueError(msg)
    return whole


def _moved(places: int) -> Callable[[object], int]:
    return lambda value: exact(value, places)


Cents = Annotated[int, BeforeValidator(_moved(2)), Field(ge=0, le=MOST_CENTS)]
"""Dollars as text, kept as cents."""

PercentE4 = Annotated[int, BeforeValidator(_moved(2)), Field(ge=0, le=_MOST_E4)]
"""A percentage, kept in ten-thousandths: "112.5" is 11,250; at most 1,000 percent."""
