"""ContractSet: all payer contracts of an installation, made ready to be looked up by whole columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl

from processors.pricing.arrays import Integers, Mask
from processors.pricing.contracts.clause import Clause
from processors.pricing.contracts.condition import Condition
from processors.pricing.contracts.contract import PayerContract
from processors.pricing.contracts.errors import PayerContractError
from processors.pricing.contracts.fee_table import FeeTable
from processors.pricing.contracts.loading import LoadedContract, load_folder, refuse_overlaps
from processors.pricing.contracts.terms import FeeTableTerm, PercentOfMedicare
from reference import starter

_EPOCH = date(1970, 1, 1)
NO_DAY = np.iinfo(np.int64).min
"""Day number of a line without a date: no contract is in force then."""


@dataclass(frozen=True, eq=False)  # expressions have no equality
class ReadyContract:
    """A contract as it is looked up.

    Attributes:
        first_day: First service date, days since 1970-01-01.
        last_day: Last service date.
        scope: Which claims of the payer it is limited to; None for all.
        clauses: Its terms in order.
        years: Fixed years whose Medicare schedules its terms ask for.
    """

    first_day: int
    last_day: int
    scope: pl.Expr | None
    clauses: tuple[Clause, ...]
    years: frozenset[int]


@dataclass(frozen=True, eq=False)  # arrays have no equality
class ContractSet:
    """Contracts by tenant and payer.

    Attributes:
        contracts: What the files say.
        tenants: Tenants that have a contract.
        payers: Payers that have a contract.
        group: Number of the group by the numbers of tenant and payer; -1 for none. One more tenant and one more
            payer stand for all others.
        groups: The contracts of a tenant with a payer.
        version: Short hash of the contracts and their tables; "" without contracts.
    """

    contracts: tuple[PayerContract, ...]
    tenants: pl.Enum
    payers: pl.Enum
    group: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    groups: tuple[tuple[ReadyContract, ...], ...]
    version: str

    @classmethod
    @cache
    def empty(cls) -> Self:
        """Return the set without contracts."""
        return cls.of(())

    @classmethod
    def load(cls, folder: Path | None, families: pl.DataFrame | None = None) -> Self:
        """Read the contracts of a folder.

        Args:
            folder: Folder of contract files; None for no contracts.
            families: Procedure families, columns hcpcs and family; None for those that are shipped.

        Raises:
            PayerContractError: A contract cannot be used.
        """
        return cls.empty() if folder is None else cls.of(load_folder(folder), families)

    @classmethod
    def of(cls, loaded: Iterable[LoadedContract], families: pl.DataFrame | None = None) -> Self:
        """Make contracts ready.

        Raises:
            PayerContractError: Two hold for the same claims, or one names a family that has no codes.
        """
        loaded = tuple(loaded)
        refuse_overlaps(loaded)
        families = starter.procedure_families() if families is None else families
        ready = [(one.contract, _ready(one, families)) for one in loaded]
        pairs = sorted({(of.tenant, payer) for of, _ in ready for payer in of.payers})
        tenants = pl.Enum(sorted({tenant for tenant, _ in pairs}))
        payers = pl.Enum(sorted({payer for _, payer in pairs}))
        group = np.full((len(tenants.categories) + 1, len(payers.categories) + 1), -1, dtype=np.int64)
        for number, (tenant, payer) in enumerate(pairs):
            group[tenants.categories.to_list().index(tenant), payers.categories.to_list().index(payer)] = number
        groups = tuple(
            tuple(made for of, made in ready if of.tenant == tenant and payer in of.payers) for tenant, payer in pairs
        )
        return cls(tuple(one.contract for one in loaded), tenants, payers, group, groups, _version(loaded))

    @cached_property
    def _numbers(self) -> tuple[pl.Expr, ...]:
        return tuple(
            pl.col(column).cast(codes, strict=False).to_physical().cast(pl.Int64).fill_null(len(codes.categories))
            for column, codes in (("tenant_id", self.tenants), ("payer_id", self.payers))
        )

    def __bool__(self) -> bool:
        """Return whether there is any contract."""
        return bool(self.contracts)

    def groups_of(self, claims: pl.DataFrame) -> Integers:
        """Return the number of the group of every claim, -1 for none."""
        numbers = claims.select(self._numbers)
        found: Integers = self.group[numbers["tenant_id"].to_numpy(), numbers["payer_id"].to_numpy()]
        return found


def in_force(contract: ReadyContract, days: Integers) -> Mask:
    """Return on which days a contract holds."""
    return (days >= contract.first_day) & (days <= contract.last_day)


def _ready(one: LoadedContract, families: pl.DataFrame) -> ReadyContract:
    contract = one.contract
    clauses = []
    for term in contract.terms:
        try:
            condition = None if term.when is None else Condition.of(term.when, families)
        except ValueError as error:
            raise PayerContractError(one.file, str(error), contract=contract.id, term=term.id) from error
        clauses.append(
            Clause(
                contract=contract.id,
                term=term,
                condition=condition,
                table=one.tables[term.file] if isinstance(term, FeeTableTerm) else FeeTable({}),
                capped=contract.lesser_of_charge if term.lesser_of_charge is None else term.lesser_of_charge,
                rounding=contract.rounding,
            )
        )
    years = {term.year for term in contract.terms if isinstance(term, PercentOfMedicare) and term.year != "current"}
    return ReadyContract(
        first_day=(contract.effective_from - _EPOCH).days,
        last_day=((contract.effective_to or date.max) - _EPOCH).days,
        scope=_scope(contract),
        clauses=tuple(clauses),
        years=frozenset(year for year in years if isinstance(year, int)),
    )


def _scope(contract: PayerContract) -> pl.Expr | None:
    columns = {
        "plan_types": pl.col("plan_type"),
        "billing_npis": pl.col("billing_npi"),
        "taxonomies": pl.coalesce("rendering_taxonomy", "billing_taxonomy"),
    }
    limits = [(column, getattr(contract, key)) for key, column in columns.items()]
    given = [column.is_in(values) for column, values in limits if values is not None]
    return pl.all_horizontal(given).fill_null(value=False) if given else None


def _version(loaded: tuple[LoadedContract, ...]) -> str:
    if not loaded:
        return ""
    digest = hashlib.sha256()
    for one in sorted(loaded, key=lambda one: one.contract.id):
        digest.update(one.contract.model_dump_json().encode())
        for name, table in sorted(one.tables.items()):
            digest.update(name.encode())
            for modifier, (codes, cents) in table.rates.items():
                digest.update(modifier.encode() + codes.tobytes() + cents.tobytes())
    return "contracts-" + digest.hexdigest()[:12]
