"""The national physician fee schedule relative value files: PPRRVU, comma-separated and of fixed width.

Sources: the CMS files PPRRVU2025_Oct.csv and PPRRVU2026_Jul_nonQPP.csv (31 columns, 32 from 2026, when the pricing
indicator came), PPRRVU2025_Oct.txt and PPRRVU2026_Apr_nonQPP.txt (171 positions; the pricing indicator takes a
position that was blank). The description is dropped: it is the American Medical Association's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from reference.errors import ReferenceDataError
from reference.loading.check import rows_of
from reference.loading.layout import Layout, Loaded, has_header, named, quarter_of, year_of
from reference.loading.source import SourceFile
from reference.tables import TABLES

_COLUMNS_2026 = ("hcpcs", "modifier", "", *list(TABLES["fee_schedule"].schema)[3:])
_COLUMNS = tuple(name for name in _COLUMNS_2026 if name != "pricing_ind")
_BY_WIDTH = {len(_COLUMNS): _COLUMNS, len(_COLUMNS_2026): _COLUMNS_2026}

_FIELDS = {
    "hcpcs": (1, 5),
    "modifier": (6, 7),
    "status_code": (58, 58),
    "not_used_for_medicare": (59, 59),
    "work_rvu": (60, 65),
    "nonfac_pe_rvu": (66, 72),
    "nonfac_na": (73, 74),
    "fac_pe_rvu": (75, 81),
    "fac_na": (82, 83),
    "mp_rvu": (84, 89),
    "nonfac_total": (90, 96),
    "fac_total": (97, 102),
    "pctc_ind": (103, 103),
    "global_days": (104, 106),
    "pre_op_pct": (107, 109),
    "intra_op_pct": (110, 112),
    "post_op_pct": (113, 115),
    "mult_proc": (116, 116),
    "bilat_surg": (117, 117),
    "asst_surg": (118, 118),
    "co_surg": (119, 119),
    "team_surg": (120, 120),
    "pricing_ind": (121, 121),
    "endo_base": (128, 132),
    "conv_factor": (133, 140),
    "phys_supervision": (142, 143),
    "calc_flag": (144, 144),
    "diag_imaging_family": (146, 147),
    "opps_nonfac_pe": (148, 157),
    "opps_fac_pe": (158, 164),
    "opps_mp": (165, 171),
}
_RECORD = re.compile(r"^[0-9A-Z]{5}(?:  |[0-9A-Z]{2}).{50}[A-Z][ +].{112}$", re.MULTILINE)
_FRACTIONS = ("pre_op_pct", "intra_op_pct", "post_op_pct")


def _is_header(titles: Sequence[str]) -> bool:
    return [title.upper() for title in titles[:3]] == ["HCPCS", "MOD", "DESCRIPTION"] and len(titles) in _BY_WIDTH


def _read_delimited(source: SourceFile) -> Loaded:
    header = source.titled(_is_header)
    records = source.records(header, _BY_WIDTH[len(header.names)], whole=True)
    return _loaded(records.filter(pl.col("hcpcs").is_not_null()), source)


def _read_fixed(source: SourceFile) -> Loaded:
    records = source.fixed({"start": (1, 4), **_FIELDS})
    decimals = [pl.col(name).str.replace(r"^\.", "0.") for name in _FRACTIONS]
    return _loaded(records.filter(pl.col("start") != "HDR").with_columns(decimals), source)


def _loaded(records: pl.DataFrame, source: SourceFile) -> Loaded:
    year = year_of(source)
    if year is None:
        message = f"{source.name} does not say its year."
        raise ReferenceDataError(message, "Give it the name that it was published with, as PPRRVU2026_Jul_nonQPP.csv.")
    letter, _ = quarter_of(source)
    pricing = [] if "pricing_ind" in records.columns else [pl.lit(None, pl.String).alias("pricing_ind")]
    rows = rows_of("fee_schedule", records.with_columns(pl.lit(year).alias("year"), *pricing), source)
    return Loaded(rows, f"{year}{letter}")


_FILE = r"pprrvu.*"

LAYOUTS = (
    Layout(
        "relative value file for clinicians in advanced payment models",
        "",
        named(rf"{_FILE}(?<!non)qpp\.(?:csv|txt)"),
        lambda _: True,
        _read_delimited,
        "its relative values are those of the nonQPP file; the other conversion factor is in conversion_factors",
    ),
    Layout(
        "relative value file, comma-separated",
        "fee_schedule",
        named(rf"{_FILE}\.csv"),
        has_header(_is_header),
        _read_delimited,
    ),
    Layout(
        "relative value file, fixed width",
        "fee_schedule",
        named(rf"{_FILE}\.txt"),
        lambda source: _RECORD.search(source.head.replace("\r", "")) is not None,
        _read_fixed,
    ),
)
"""Layouts of the relative value files."""
