"""What a hospital's bill adds to a service: revenue codes, admission, statement period."""

from __future__ import annotations

import polars as pl

_BY_CODE = {
    "70450": "0351",
    "70551": "0611",
    "71260": "0352",
    "72125": "0352",
    "72148": "0612",
    "72191": "0352",
    "73721": "0610",
    "74177": "0352",
    "76700": "0402",
    "36415": "0300",
    "80053": "0301",
    "80048": "0301",
    "80061": "0301",
    "82306": "0301",
    "83036": "0301",
    "84443": "0301",
    "85025": "0305",
    "88305": "0312",
    "93005": "0730",
    "96372": "0510",
    "96413": "0335",
    "96415": "0335",
}
_BY_FAMILY = {
    "laboratory": "0300",
    "imaging": "0320",
    "emergency_visit": "0450",
    "surgery": "0360",
    "endoscopy": "0750",
    "drug": "0636",
}
_CLINIC = "0510"


def revenue_codes(code: pl.Series, family: pl.Series) -> pl.Series:
    """Return the revenue code of each line by its procedure, else by the procedure's family."""
    by_family = family.replace_strict(_BY_FAMILY, default=_CLINIC, return_dtype=pl.String)
    by_code = code.replace_strict(_BY_CODE, default=None, return_dtype=pl.String)
    return by_code.fill_null(by_family)
