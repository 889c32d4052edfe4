"""Published code lists: HCPCS level II, places of service, adjustment reason and remark codes.

Sources: the CMS file HCPC2026_JUL_ANWEB.txt with its record layout (and the same columns saved as CSV), the CMS
list of places of service, the code lists of X12 and CMS for reasons and remarks. Descriptions are dropped; labels
and groupings are our own where the starter set has them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import polars as pl

from reference.loader import starter_table
from reference.loading.check import rows_of
from reference.loading.layout import (
    OPEN_END,
    Layout,
    Loaded,
    day_of,
    has_header,
    named,
    plain,
    quarter_end,
    quarter_of,
    year_of,
)
from reference.loading.source import SourceFile

_HCPCS_FIELDS = {
    "hcpcs": (1, 5),
    "record": (11, 11),
    "pricing_ind": (120, 121),
    "multiple_pricing_ind": (128, 128),
    "coverage": (230, 230),
    "betos": (257, 259),
    "type_of_service": (261, 261),
    "valid_from": (269, 276),
    "valid_to": (285, 292),
}
_HCPCS_TITLES = {
    "hcpc": "hcpcs",
    "recid": "record",
    "price1": "pricing_ind",
    "multpi": "multiple_pricing_ind",
    "cov": "coverage",
    "betos": "betos",
    "tos1": "type_of_service",
    "adddt": "valid_from",
    "termdt": "valid_to",
}
_FIRST_OF_PROCEDURE = "3"
"""Record identification of the first line of a procedure code; 4 continues it, 7 and 8 are modifiers."""
_HCPCS_RECORD = re.compile(r"^[A-V]\d{4}\d{5}3.{260,}$", re.MULTILINE)
_OPEN = OPEN_END.isoformat()


def _hcpcs_names(titles: Sequence[str]) -> list[str]:
    return [_HCPCS_TITLES.get(plain(title), "") for title in titles]


def _is_hcpcs(titles: Sequence[str]) -> bool:
    return set(_HCPCS_TITLES.values()) <= set(_hcpcs_names(titles))


def _read_hcpcs_fixed(source: SourceFile) -> Loaded:
    return _hcpcs(source.fixed(_HCPCS_FIELDS), source)


def _read_hcpcs_delimited(source: SourceFile) -> Loaded:
    header = source.titled(_is_hcpcs)
    return _hcpcs(source.records(header, _hcpcs_names(header.names)), source)


def _hcpcs(records: pl.DataFrame, source: SourceFile) -> Loaded:
    procedures = records.filter(
        (pl.col("record") == _FIRST_OF_PROCEDURE) & pl.col("hcpcs").str.contains(r"^[A-V]\d{4}$")
    ).with_columns(day_of("valid_from"), day_of("valid_to").fill_null(_OPEN))
    rows = rows_of("hcpcs", procedures, source)
    year, (letter, month) = year_of(source), quarter_of(source)
    if year is None:
        return Loaded(rows)
    first = date(year, month, 1)
    return Loaded(rows, f"{year}-{month:02d}", first, quarter_end(first) if letter else date(year, 12, 31))


def _place_names(titles: Sequence[str]) -> list[str]:
    texts = [plain(title) for title in titles]
    known = {"placeofservicecodes": "pos", "placeofservicecode": "pos", "placeofservicename": "label"}
    return [known.get(text, "") for text in texts]


def _is_places(titles: Sequence[str]) -> bool:
    return {"pos", "label"} <= set(_place_names(titles))


def _read_places(source: SourceFile) -> Loaded:
    header = source.titled(_is_places)
    records = source.records(header, _place_names(header.names)).with_columns(pl.col("pos").str.zfill(2))
    assigned = pl.col("pos").str.contains(r"^\d\d$") & ~pl.col("label").str.to_lowercase().str.contains("unassigned")
    ours = starter_table("pos_codes").select("pos", "pfs_setting", "medicare_adjudicated")
    records = records.filter(assigned).join(ours, on="pos", how="left", maintain_order="left")
    return Loaded(rows_of("pos_codes", records.with_columns(pl.col("medicare_adjudicated").fill_null(1)), source))


_REASON_TITLES = {"code": "code", "start": "valid_from", "stop": "valid_to", "end": "valid_to", "deactivat": "valid_to"}


def _reason_names(titles: Sequence[str]) -> list[str]:
    names = [_reason_name(plain(title)) for title in titles]
    return [name if name not in names[:i] else "" for i, name in enumerate(names)]


def _reason_name(title: str) -> str:
    if title in {"carc", "rarc"} or title.endswith("code"):
        return "code"
    return next((name for mark, name in _REASON_TITLES.items() if title.startswith(mark)), "")


def _is_reasons(titles: Sequence[str]) -> bool:
    names = _reason_names(titles)
    own = {"kind", "category"} & {plain(title) for title in titles}  # our own form is read as such
    return not own and {"code", "valid_from", "valid_to"} <= set(names)


def _read_reasons(table: str) -> Layout:
    def read(source: SourceFile) -> Loaded:
        header = source.titled(_is_reasons)
        records = source.records(header, _reason_names(header.names)).filter(pl.col("code").is_not_null())
        records = records.with_columns(day_of("valid_from"), day_of("valid_to").fill_null(_OPEN))
        ours = starter_table(table).drop("valid_from", "valid_to")
        return Loaded(rows_of(table, records.join(ours, on="code", how="left", maintain_order="left"), source))

    long = {"carc": r"claim.?adjustment.?reason", "rarc": r"remittance.?advice.?remark"}[table]
    name = {"carc": "claim adjustment reason codes", "rarc": "remittance advice remark codes"}[table]
    return Layout(
        f"{name}, published list", table, named(rf".*(?:{table}|{long}).*\.csv"), has_header(_is_reasons), read
    )


LAYOUTS = (
    Layout(
        "HCPCS level II, fixed width",
        "hcpcs",
        named(r"hcpc.*anweb.*\.txt"),
        lambda source: _HCPCS_RECORD.search(source.text.replace("\r", "")) is not None,
        _read_hcpcs_fixed,
    ),
    Layout(
        "HCPCS level II, saved as CSV", "hcpcs", named(r"hcpc.*\.csv"), has_header(_is_hcpcs), _read_hcpcs_delimited
    ),
    Layout(
        "places of service",
        "pos_codes",
        named(r".*(?:pos|place.?of.?service).*\.csv"),
        has_header(_is_places),
        _read_places,
    ),
    _read_reasons("carc"),
    _read_reasons("rarc"),
)
"""Layouts of published code lists."""
