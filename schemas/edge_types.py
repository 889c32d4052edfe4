"""Field types of the edge models: bounded, strict, without silent conversions."""

from __future__ import annotations

import base64
import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1

Cents = Annotated[int, Field(ge=-INT64_MAX - 1, le=INT64_MAX, strict=True)]
Count = Annotated[int, Field(ge=0, le=INT32_MAX, strict=True)]
Score = Annotated[int, Field(ge=0, le=100, strict=True)]
Position = Annotated[int, Field(ge=1, le=INT32_MAX, strict=True)]
Quantity = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Text = Annotated[str, Field(strict=True, max_length=256)]
Name = Annotated[str, Field(strict=True, min_length=1, max_length=128)]
Digest = Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{64}$")]
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _iso_date(value: object) -> object:
    """Let only dates and texts such as 2026-09-30 through; numbers would be read as seconds since 1970."""
    is_text = isinstance(value, str) and _ISO_DATE.fullmatch(value)
    if is_text or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    message = "not an ISO date"
    raise ValueError(message)


def _iso_instant(value: object) -> object:
    """Let only instants and ISO 8601 texts through, for the same reason."""
    if isinstance(value, datetime) or (isinstance(value, str) and _ISO_DATE.match(value)):
        return value
    message = "not an ISO instant"
    raise ValueError(message)


Day = Annotated[date, BeforeValidator(_iso_date)]
Instant = Annotated[AwareDatetime, BeforeValidator(_iso_instant)]


def _sealed(value: object) -> object:
    """Decode base64 strictly; the library's own type skips characters it does not know."""
    if not isinstance(value, str):
        return value
    return base64.b64decode(value, validate=True)


Sealed = Annotated[bytes, BeforeValidator(_sealed), Field(strict=True)]
