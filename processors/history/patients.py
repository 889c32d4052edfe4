"""The patients of a batch, numbered: history never looks from one patient to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from processors.history.entry import Integers
from processors.history.hashing import combined, text_hash


@dataclass(frozen=True, eq=False)
class Patients:
    """The patients of a batch.

    Attributes:
        number: Number of the patient of each claim.
        partition: Partition of each patient's claims; a patient on two partitions is two.
        name: Tenant and patient token of each, a bar between (String).
    """

    number: Integers
    partition: Integers
    name: pl.Series

    @property
    def count(self) -> int:
        """Number of patients."""
        return len(self.partition)


def patients_of(claims: pl.DataFrame, partition: Integers) -> Patients:
    """Number the patients of claims.

    Args:
        claims: `tenant_id` and `patient_token`.
        partition: Partition of each claim.
    """
    name = claims.select(pl.concat_str("tenant_id", "patient_token", separator="|")).to_series()
    keys = combined(text_hash(name), partition)
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    if not name.equals(name[first][number]):  # two names with one hash: never seen, yet no reason to mix patients
        number = name.rank("dense").to_numpy().astype(np.int64) * (1 << 16) + partition
        _, first, number = np.unique(number, return_index=True, return_inverse=True)
    return Patients(number.astype(np.int64), partition[first], name[first])
