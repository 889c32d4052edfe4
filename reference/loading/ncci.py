"""The files of the National Correct Coding Initiative: code pairs, unit limits, add-on codes.

Sources: the CMS files ccipra-v320r0-f1.TXT (practitioner) and ccioph-... (hospital; version 32.0 is January 2026),
MCR_MUE_PractitionerServices_Eff_01-01-2026.csv, AOC_V2026Q2-MCR (days as year and day of the year).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import polars as pl

from reference.loader import starter_table
from reference.loading.check import rows_of
from reference.loading.layout import Layout, Loaded, day_of, has_header, named, plain, quarter_end
from reference.loading.source import LINE, SourceFile

_PAIR_COLUMNS = ("column1", "column2", "", "effective_from", "effective_to", "modifier_ind", "rationale")
_WITHDRAWN = "9"
_VERSION = re.compile(r"v(\d\d)(\d)r", re.IGNORECASE)
_FIRST_VERSION_YEAR = 1994
"""Version 30.0 is January 2024; the digit after the year is the quarter, from 0."""


def _is_pairs(titles: Sequence[str]) -> bool:
    texts = [plain(title) for title in titles[:5]]
    return texts[:2] == ["column1", "column2"] and len(texts) == 5 and texts[3].startswith("effectivedate")


def _read_pairs(source: SourceFile) -> Loaded:
    header = source.titled(_is_pairs)
    records = source.records(header, _PAIR_COLUMNS)
    records = records.filter(pl.col("column1").is_not_null() & pl.col("column2").is_not_null())
    star = pl.col("effective_to") != "*"
    records = records.with_columns(
        pl.lit(_setting(source)).alias("setting"),
        pl.when(star).then("effective_to"),
        pl.col("modifier_ind").str.slice(0, 1),
    ).with_columns(day_of("effective_from"), day_of("effective_to"))
    withdrawn = (pl.col("modifier_ind") == _WITHDRAWN) | pl.col("effective_to").eq(pl.col("effective_from"))
    held = records.filter(~withdrawn.fill_null(value=False)).sort("effective_from", maintain_order=True)
    held = held.unique(["setting", "column1", "column2"], keep="last", maintain_order=True).sort(LINE)
    return Loaded(rows_of("ncci_ptp", _with_rationale(held), source), _pair_edition(source))


def _with_rationale(records: pl.DataFrame) -> pl.DataFrame:
    known = starter_table("ncci_rationales").select("rationale_id", pl.col("label").str.to_lowercase().alias("reason"))
    reasons = records.with_columns(pl.col("rationale").str.to_lowercase().alias("reason"))
    return reasons.join(known, on="reason", how="left", maintain_order="left")


def _setting(source: SourceFile) -> str:
    return "practitioner" if "pra" in source.name.lower() else "hospital"


def _pair_edition(source: SourceFile) -> str:
    found = _VERSION.search(source.name)
    if not found:
        return ""
    return date(_FIRST_VERSION_YEAR + int(found[1]), 1 + 3 * min(int(found[2]), 3), 1).isoformat()


_SERVICES = {"practitioner": "practitioner", "outpatient": "hospital", "facility": "hospital", "dme": "dme"}


def _limit_service(titles: Sequence[str]) -> str | None:
    """Return the service type of a unit limit file by its titles, None where it is not one."""
    texts = [plain(title) for title in titles[:4]]
    if len(texts) < 3 or not texts[0].startswith("hcpcscptcode") or "muevalue" not in texts[1]:
        return None
    return next((service for mark, service in _SERVICES.items() if texts[1].startswith(mark)), None)


def _read_limits(source: SourceFile) -> Loaded:
    header = source.titled(lambda titles: _limit_service(titles) is not None)
    records = source.records(header, ["hcpcs", "max_units", "mai", ""]).filter(pl.col("hcpcs").is_not_null())
    records = records.with_columns(
        pl.lit(_limit_service(header.names)).alias("service_type"), pl.col("mai").str.slice(0, 1)
    )
    first = _date_in_name(source)
    last = None if first is None else quarter_end(first)
    return Loaded(rows_of("ncci_mue", records, source), "" if first is None else first.isoformat(), first, last)


_NAMED_DAY = re.compile(r"(\d\d)-(\d\d)-(20\d\d)")


def _date_in_name(source: SourceFile) -> date | None:
    found = _NAMED_DAY.search(source.name)
    return date(int(found[3]), int(found[1]), int(found[2])) if found else None


_ADDON_COLUMNS = {
    "aocedittype": "edit_type",
    "addoncode": "addon",
    "aocdeldt": "addon_deleted",
    "primarycode": "primary",
    "primarycodedeldt": "primary_deleted",
    "aocediteffdt": "effective_from",
    "aoceditdeldt": "edit_deleted",
}
_DELETED = ("addon_deleted", "primary_deleted", "edit_deleted")


def _addon_names(titles: Sequence[str]) -> list[str]:
    return [_ADDON_COLUMNS.get(plain(title).removesuffix("julian"), "") for title in titles]


def _is_addons(titles: Sequence[str]) -> bool:
    return set(_ADDON_COLUMNS.values()) <= set(_addon_names(titles))


def _read_addons(source: SourceFile) -> Loaded:
    header = source.titled(_is_addons)
    records = source.records(header, _addon_names(header.names)).filter(pl.col("addon").is_not_null())
    days = [_day_of_year(name) for name in ("effective_from", *_DELETED)]
    records = records.with_columns(days).with_columns(pl.min_horizontal(_DELETED).alias("effective_to"))
    records = records.sort("effective_from", nulls_last=False, maintain_order=True)
    records = records.unique(["addon", "primary"], keep="last", maintain_order=True).sort(LINE)
    return Loaded(rows_of("ncci_addon", records, source), _quarter_in_name(source))


def _day_of_year(column: str) -> pl.Expr:
    """Return a day written as year and day of the year (2026091) as YYYY-MM-DD; what is not stays."""
    text = pl.col(column)
    day = text.str.slice(0, 7).str.to_date("%Y%j", strict=False).dt.to_string("%Y-%m-%d")
    return pl.coalesce(day, text).alias(column)


def _quarter_in_name(source: SourceFile) -> str:
    found = re.search(r"(20\d\d)q([1-4])", source.name, re.IGNORECASE)
    return date(int(found[1]), 3 * int(found[2]) - 2, 1).isoformat() if found else ""


LAYOUTS = (
    Layout("NCCI code pairs", "ncci_ptp", named(r"cci(?:pra|oph).*\.(?:txt|csv)"), has_header(_is_pairs), _read_pairs),
    Layout(
        "NCCI unit limits",
        "ncci_mue",
        named(r".*mue.*\.csv"),
        has_header(lambda titles: _limit_service(titles) is not None),
        _read_limits,
    ),
    Layout(
        "NCCI add-on codes",
        "ncci_addon",
        named(r"aoc.*\.(?:csv|txt)"),
        has_header(_is_addons),
        _read_addons,
    ),
)
"""Layouts of the coding initiative."""
