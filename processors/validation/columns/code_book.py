"""The code book: what is known of every diagnosis code, as arrays by the number that an Enum gives the code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from processors.validation.columns.known_texts import KnownTexts
from reference.library import ReferenceLibrary

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Numbers = np.ndarray[tuple[int], np.dtype[np.int32]]

SEXES = ("F", "M", None)
NO_SEX = 2
"""Place of null among the sexes."""

NO_MIN, NO_MAX = -1, np.iinfo(np.int32).max
"""Ages that stand for no limit: no minimum is below 0, no maximum above."""

_AGE_EDITS = {"N": (0, 0), "P": (0, 17), "M": (9, 64), "A": (15, NO_MAX)}
"""Ages of the Medicare Code Editor: newborn, paediatric, maternity, adult; ages of 90 and over come as 90."""

_NEVER, _EVER = np.iinfo(np.int32).max, np.iinfo(np.int32).min
_SHORTEST, _LONGEST = 3, 7
_FLAGS = ("manifestation", "external_cause", "unacceptable_principal", "unspecified")


@dataclass(frozen=True, eq=False)
class CodeBook:
    """What is known of diagnosis codes, by number: known codes first, then what is no code itself but begins one.

    Attributes:
        numbers: The number of every code and beginning.
        flags: By name, one value a text and false at the end for a text that is neither.
        limits: By name (valid_from and valid_to as days, sex as its place among SEXES, min_age, max_age), likewise.
    """

    numbers: KnownTexts
    flags: dict[str, Flags]
    limits: dict[str, Numbers]


def each_of(column: str) -> pl.Expr:
    """Return the values in the lists of a column, one after the other."""
    return pl.col(column).explode(empty_as_null=False, keep_nulls=False)


def numbered(texts: pl.Expr, known: pl.Enum, unknown: int) -> pl.Expr:
    """Return the number that an Enum gives every text (Int32), another number for an unknown one."""
    return texts.cast(known, strict=False).to_physical().cast(pl.Int32).fill_null(unknown)


@lru_cache(maxsize=4)
def code_book(library: ReferenceLibrary) -> CodeBook:
    """Return what a library knows of diagnosis codes: validity and edits of ICD-10-CM, and our own usual ages."""
    known = _published(library).join(_usual(library), on="code", how="full", coalesce=True).sort("code")
    beginnings = _beginnings(known["code"])
    known = known.with_columns(
        pl.coalesce("sex", "usual_sex").replace_strict({"F": 0, "M": 1}, default=NO_SEX).alias("sex"),
        pl.max_horizontal("min_age", "usual_min").fill_null(NO_MIN).alias("min_age"),
        pl.min_horizontal("max_age", "usual_max").fill_null(NO_MAX).alias("max_age"),
        pl.col("valid_from").to_physical().fill_null(_EVER),
        pl.col("valid_to").to_physical().fill_null(_NEVER),
        pl.lit(value=True).alias("known"),
        pl.col("code").is_in(beginnings.implode()).alias("beginning"),
    )
    only_beginnings = beginnings.filter(~beginnings.is_in(known["code"].implode())).sort()
    rest = pl.DataFrame({"code": [*only_beginnings, None]}, schema={"code": pl.String}).with_columns(
        pl.col("code").is_not_null().alias("beginning"),
        pl.lit(NO_SEX).alias("sex"),
        pl.lit(NO_MIN).alias("min_age"),
        pl.lit(NO_MAX).alias("max_age"),
        pl.lit(_EVER).alias("valid_from"),
        pl.lit(_NEVER).alias("valid_to"),
    )
    book = pl.concat([known, rest], how="diagonal_relaxed")
    return CodeBook(
        numbers=KnownTexts(book["code"].drop_nulls(), unknown=book.height - 1),
        flags={name: book[name].fill_null(value=False).to_numpy() for name in (*_FLAGS, "known", "beginning")},
        limits={
            name: book[name].to_numpy().astype(np.int32)
            for name in ("valid_from", "valid_to", "sex", "min_age", "max_age")
        },
    )


def _published(library: ReferenceLibrary) -> pl.DataFrame:
    """Return the codes of ICD-10-CM, one row a code; a code that was dropped and came back counts as never gone."""
    lowest = {edit: ages[0] for edit, ages in _AGE_EDITS.items()}
    highest = {edit: ages[1] for edit, ages in _AGE_EDITS.items()}
    return (
        library.frame("icd10cm")
        .group_by("code")
        .agg(
            pl.col("valid_from").min(),
            pl.col("valid_to").max(),
            pl.col("sex").drop_nulls().first(),
            pl.col("age_edit").drop_nulls().first(),
            pl.col(_FLAGS).any(),
        )
        .with_columns(
            pl.col("age_edit").replace_strict(lowest, default=None, return_dtype=pl.Int32).alias("min_age"),
            pl.col("age_edit").replace_strict(highest, default=None, return_dtype=pl.Int32).alias("max_age"),
        )
        .drop("age_edit")
    )


def _usual(library: ReferenceLibrary) -> pl.DataFrame:
    """Return sex and ages of our own clinical hints."""
    return library.frame("diagnoses").select(
        "code", usual_sex="sex", usual_min=pl.col("min_age").cast(pl.Int32), usual_max=pl.col("max_age").cast(pl.Int32)
    )


def _beginnings(codes: pl.Series) -> pl.Series:
    """Return every text of at least three characters that a longer code begins with."""
    cut = [codes.filter(codes.str.len_chars() > size).str.head(size) for size in range(_SHORTEST, _LONGEST)]
    return pl.concat(cut).unique()
