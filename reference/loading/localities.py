"""Files by payment locality: practice cost indices, anesthesia conversion factors, capped imaging prices.

Sources: the CMS files GPCI2026.csv (Addendum E; files from before April 2026 carry the work index twice, and the
one with the floor is the one to pay with), ANES2025.csv (from 2026 two factors), OPPSCAP_Oct.csv.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from reference.errors import ReferenceDataError
from reference.loader import starter_table
from reference.loading.check import rows_of
from reference.loading.layout import Layout, Loaded, has_header, named, plain, quarter_of, year_bounds, year_of
from reference.loading.source import LINE, SourceFile

_MAC = r"^\d{5}$"
"""What the first cell of a record looks like; footnotes have something else there."""


def _gpci_columns(titles: Sequence[str]) -> tuple[str, ...] | None:
    """Return the names of our columns for the titles of Addendum E, or None where it is not its header."""
    names = [_gpci_column(title) for title in titles]
    if names.count("work_gpci") == 2:
        names[next((i for i, title in enumerate(titles) if "without" in plain(title)), 0)] = ""
    wanted = {"mac", "state", "locality", "locality_name", "work_gpci", "pe_gpci", "mp_gpci"}
    return tuple(names) if wanted <= set(names) and names.count("work_gpci") == 1 else None


def _gpci_column(title: str) -> str:
    text = plain(title)
    starts = {"medicareadmin": "mac", "state": "state", "localitynumber": "locality", "localityname": "locality_name"}
    for start, name in starts.items():
        if text.startswith(start):
            return name
    return next((f"{found}_gpci" for mark, found in _INDICES.items() if mark in text), "")


_INDICES = {"pwgpci": "work", "pegpci": "pe", "mpgpci": "mp"}


def _read_gpci(source: SourceFile) -> Loaded:
    header = source.titled(lambda titles: _gpci_columns(titles) is not None)
    year = next((int(y[1]) for title in header.names if (y := re.match(r"(20\d\d) PE", title))), year_of(source))
    if year is None:
        message = f"{source.name} does not say its year."
        raise ReferenceDataError(message, "Give it the name that it was published with, as GPCI2026.csv.")
    records = source.records(header, _gpci_columns(header.names) or ())
    records = records.filter(pl.col("mac").str.contains(_MAC)).with_columns(
        pl.lit(year).alias("year"), pl.col("locality").str.zfill(2)
    )
    return Loaded(rows_of("gpci", with_state_default(records), source), str(year))


def with_state_default(records: pl.DataFrame) -> pl.DataFrame:
    """Return records of indices with `state_default`, told by `locality_name`: the only one, or the rest of a state."""
    alone = pl.len().over("year", "state") == 1
    rest = pl.col("locality_name").str.to_uppercase().str.starts_with("REST OF").fill_null(value=False)
    return records.with_columns((alone | rest).cast(pl.Int32).alias("state_default"))


_NATIONAL = re.compile(r"of\s+(\d+\.\d+)\s*$")


def _is_anesthesia(titles: Sequence[str]) -> bool:
    texts = [plain(title) for title in titles]
    return texts[:3] == ["contractor", "locality", "localityname"] and any("anescf" in text for text in texts)


def _read_anesthesia(source: SourceFile) -> Loaded:
    header = source.titled(_is_anesthesia)
    year = year_of(source)
    if year is None:
        message = f"{source.name} does not say its year."
        raise ReferenceDataError(message, "Give it the name that it was published with, as ANES2026.csv.")
    factors = {position: title for position, title in enumerate(header.names) if "anescf" in plain(title)}
    names = [f"factor_{i}" if i in factors else name for i, name in enumerate(_padded(header.names))]
    records = source.records(header, names).filter(pl.col("mac").str.contains(_MAC))
    first, last = _period(year, factors.values())
    tall = pl.concat(
        records.select(LINE, "mac", "locality", pl.col(f"factor_{i}").alias("conversion_factor")).with_columns(
            pl.lit(_basis(title) if len(factors) > 1 else "ALL").alias("basis")
        )
        for i, title in factors.items()
    )
    return anesthesia_rows(
        tall.with_columns(effective_from=pl.lit(first), effective_to=pl.lit(last)), source, str(year)
    )


def _padded(titles: Sequence[str]) -> list[str]:
    return ["mac", "locality", *[""] * (len(titles) - 2)]


def _basis(title: str) -> str:
    return "NON_APM" if plain(title).startswith("non") else "APM"


def _period(year: int, titles: Iterable[str]) -> tuple[date, date]:
    """Return the period of a file: that of the national factor in its header, else the year."""
    national = starter_table("anesthesia_factors").filter(state="US")
    for title in titles:
        if found := _NATIONAL.search(title):
            near = (pl.col("conversion_factor").cast(pl.Float64) - float(found[1])).abs() < 0.0005
            periods = national.filter(near).select("effective_from", "effective_to").rows()
            if len(periods) == 1 and periods[0][0].year == year:
                first, last = periods[0]
                return first, last
    return year_bounds(year)


def anesthesia_rows(records: pl.DataFrame, source: SourceFile, edition: str) -> Loaded:
    """Return published anesthesia factors with the state of each locality.

    Args:
        records: mac, locality, basis, conversion_factor, effective_from, effective_to and the line.
        source: The file, for messages.
        edition: Edition of the file.

    Raises:
        ReferenceDataError: A locality that the indices do not know.
    """
    states = starter_table("gpci").select("mac", "locality", "state").unique()
    records = records.with_columns(pl.col("locality").str.zfill(2)).join(
        states, on=["mac", "locality"], how="left", maintain_order="left"
    )
    unknown = records.filter(pl.col("state").is_null())
    if not unknown.is_empty():
        at = unknown.row(0, named=True)
        message = f"{source.name}, line {at[LINE]}: locality {at['locality']} of contractor {at['mac']} is not known."
        raise ReferenceDataError(message, "Compare the line with Addendum E of the year.")
    rows = rows_of("anesthesia_factors", records.with_columns(derived=pl.lit(value=False)), source)
    return Loaded(pl.concat([rows, _national(rows)]), edition, complete=False)


def _national(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the national factors of the periods of rows: files by locality have them in a title or not at all."""
    national = starter_table("anesthesia_factors").filter(state="US")
    return national.join(rows, on=["effective_from", "basis"], how="semi")


def _is_cap(titles: Sequence[str]) -> bool:
    texts = [plain(title) for title in titles[:7]]
    return texts[:6] == ["hcpcs", "mod", "procstat", "carrier", "locality", "facilityprice"]


def _read_cap(source: SourceFile) -> Loaded:
    header = source.titled(_is_cap)
    year = year_of(source)
    if year is None:
        message = f"{source.name} does not say its year, nor does its folder."
        raise ReferenceDataError(message, "Put the year into its name, as OPPSCAP_Oct_2025.csv.")
    names = ["hcpcs", "modifier", "status_code", "mac", "locality", "facility_price", "nonfacility_price"]
    records = source.records(header, names).filter(pl.col("hcpcs").is_not_null())
    records = records.with_columns(pl.lit(year).alias("year"), pl.col("locality").str.zfill(2))
    return Loaded(rows_of("opps_cap", records, source), f"{year}{quarter_of(source)[0]}")


LAYOUTS = (
    Layout(
        "geographic practice cost indices, Addendum E",
        "gpci",
        named(r"(?:gpci.*|.*addendum.?e.*)\.csv"),
        has_header(lambda titles: _gpci_columns(titles) is not None),
        _read_gpci,
    ),
    Layout(
        "anesthesia conversion factors by locality",
        "anesthesia_factors",
        named(r"anes.*\.csv"),
        has_header(_is_anesthesia),
        _read_anesthesia,
    ),
    Layout("prices under the outpatient cap", "opps_cap", named(r"oppscap.*\.csv"), has_header(_is_cap), _read_cap),
)
"""Layouts of the files by locality."""
