"""Coverage: which contract holds for which line of a batch, by tenant, payer, service date and scope."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from processors.pricing.arrays import Integers
from processors.pricing.contracts.contract_set import NO_DAY, ContractSet, ReadyContract, in_force
from processors.pricing.contracts.lines import CoveredLines, claim_type_number

_INSTITUTIONAL = claim_type_number("institutional")
_STATEMENT_DAY = pl.coalesce("statement_from", "service_from", "admitted_on").alias("day")


def contracts_of(
    lines: CoveredLines, group: Integers, contracts: ContractSet
) -> Iterator[tuple[ReadyContract, Integers]]:
    """Yield the contracts that hold for some of the lines, and the places of these lines.

    Args:
        lines: Lines of claims of which tenant and payer have a contract.
        group: Group of contracts of every line.
        contracts: All contracts.
    """
    days = service_days(lines)
    for number in np.flatnonzero(np.bincount(group)):
        of_group = np.flatnonzero(group == number)
        for contract in contracts.groups[number]:
            places = of_group[in_force(contract, days[of_group])]
            if contract.scope is not None and len(places):
                places = places[lines.of_claim(contract.scope)[places]]
            if len(places):
                yield contract, places


def service_days(lines: CoveredLines) -> Integers:
    """Return the day that decides which contract holds for a line, in days since 1970-01-01.

    It is the service date of the line, else of its claim; for institutional claims it is the first day of the
    statement, so that one contract holds for the whole claim.
    """
    claims = lines.batch.claims
    days = _days(lines.batch.lines["service_from"][lines.at])
    if (days == NO_DAY).any():
        days = np.where(days == NO_DAY, _days(claims["service_from"])[lines.row], days)
    institutional = lines.claim_type == _INSTITUTIONAL
    if institutional.any():
        statement = _days(claims.select(_STATEMENT_DAY).to_series())
        days = np.where(institutional, statement[lines.row], days)
    return days


def _days(dates: pl.Series) -> Integers:
    # numpy keeps dates as days since 1970-01-01, and a missing one as the least integer, which is NO_DAY.
    days: Integers = dates.to_numpy().astype("datetime64[D]").view(np.int64)
    return days
