"""Procedure families of columns of codes."""

from __future__ import annotations

import numpy as np
import polars as pl

from processors.features.coded import Coded
from processors.procedure_families import family_of


def families(codes: Coded) -> Coded:
    """Return the families of coded procedure codes; null stays null."""
    of_code = [family_of(code) for code in codes.values]
    names = sorted(set(of_code))
    position = {name: number for number, name in enumerate(names)}
    mapped = np.array([*(position[name] for name in of_code), len(names)], dtype=np.int64)
    return Coded(names, mapped[codes.index])


def with_family(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with a `family` column (String, null for a null code)."""
    coded = families(Coded.of(lines["procedure_code"]))
    names = pl.Series("family", [*coded.values, None], dtype=pl.String)
    return lines.with_columns(names.gather(coded.index))
