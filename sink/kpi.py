"""Asks ClickHouse for KPIs (`sink/kpis`), the top of denials, and what the claim stage decided (`sink/queries`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clickhouse_connect.driver.client import Client

from schemas.errors import BadInputError
from sink.kpi_catalogue import DIMENSIONS, ROLLED_UP_BY, SMALLEST_SPLIT, find

FOLDER = Path(__file__).parent / "queries"
RANKINGS = Path(__file__).parent / "rankings"

FOREVER = date(2149, 6, 6)
"""The last day ClickHouse has."""

Row = dict[str, object]


@dataclass(frozen=True)
class Period:
    """What a KPI is asked for.

    Attributes:
        tenant: Customer.
        first_day: First day of the KPI's basis, UTC, included.
        last_day: Last day of it, UTC, included.
    """

    tenant: str
    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.first_day > self.last_day:
            message = f"The period ends ({self.last_day}) before it begins ({self.first_day})."
            raise BadInputError(message, "Swap the two days.")


def names() -> list[str]:
    """Names of the KPI queries."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


def sql(name: str) -> str:
    """Text of a KPI query, with {tenant}, {first_day} and {last_day} (and {limit} for lists) as parameters.

    Raises:
        BadInputError: There is no such query.
    """
    if name not in names():
        message = f"There is no KPI query of the name {name[:40]!r}."
        raise BadInputError(message, f"Use one of: {', '.join(names())}.")
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def run(client: Client, name: str, period: Period, limit: int = 20) -> list[Row]:
    """Run a KPI query.

    Args:
        client: Client on the claimstream database.
        name: One of `names()`.
        period: Tenant and days.
        limit: Longest list; only for queries that are lists.

    Returns:
        One mapping of column name to value for each row; rates are None without a denominator.

    Raises:
        BadInputError: There is no such query.
        DatabaseError: ClickHouse is away or the schema is not migrated.
    """
    parameters = {
        "tenant": period.tenant,
        "first_day": period.first_day,
        "last_day": period.last_day,
        "limit": limit,
    }
    return _rows(client, sql(name), parameters)


def show(client: Client, name: str, period: Period, by: str = "total", as_of: date | None = None) -> list[Row]:
    """Work one KPI out.

    Args:
        client: Client on the claimstream database.
        name: One of `sink.kpi_catalogue.names()`.
        period: Tenant and days, by the basis of the KPI.
        by: What to split it by, one of its `by`.
        as_of: What was known at the end of this day; None for everything that is known.

    Returns:
        One mapping for each key: key, numerator, denominator, value (None without a denominator), and what the
        KPI shows beside them.

    Raises:
        BadInputError: There is no such KPI, or it cannot be split so.
        DatabaseError: ClickHouse is away or the schema is not migrated.
    """
    kpi = find(name)
    if by not in kpi.by:
        message = f"{name} cannot be split by {by[:40]!r}."
        raise BadInputError(message, f"Use one of: {', '.join(kpi.by)}.")
    split = by if by in ROLLED_UP_BY else SMALLEST_SPLIT
    return _rows(client, kpi.sql, _asked(period, DIMENSIONS[by], as_of) | {"split": split})


TOP_DENIED = {"procedure": "procedure_code", "payer": "payer_id", "physician": "rendering_npi", "carc": "carc"}
"""What denials can be ranked by, and the column of it in adjudication_line."""


def top_denied(client: Client, period: Period, by: str, limit: int = 20, as_of: date | None = None) -> list[Row]:
    """Rank what is denied by the first adjudication, by revenue lost on the expected allowed amount.

    Args:
        client: Client on the claimstream database.
        period: Tenant and days of the remittance (BPR16).
        by: procedure, payer, physician or carc.
        limit: Longest list.
        as_of: What was known at the end of this day; None for everything that is known.

    Returns:
        key, denied_lines, lines, denial_rate (NULL for carc, which only denied lines have), lost_expected_cents
        (expected allowed amount of the denied lines, where one is known) and lost_billed_cents.

    Raises:
        BadInputError: Denials cannot be ranked so.
        DatabaseError: ClickHouse is away or the schema is not migrated.
    """
    if by not in TOP_DENIED:
        message = f"Denials cannot be ranked by {by[:40]!r}."
        raise BadInputError(message, f"Use one of: {', '.join(TOP_DENIED)}.")
    parameters = _asked(period, TOP_DENIED[by], as_of) | {"limit": limit}
    return _rows(client, (RANKINGS / "top_denied.sql").read_text(encoding="utf-8"), parameters)


def _asked(period: Period, by: str, as_of: date | None) -> dict[str, object]:
    return {
        "tenant": period.tenant,
        "from": period.first_day,
        "to": period.last_day,
        "as_of": as_of or FOREVER,
        "by": by,
    }


def _rows(client: Client, sql_text: str, parameters: Mapping[str, object]) -> list[Row]:
    return [dict(row) for row in client.query(sql_text, parameters=dict(parameters)).named_results()]


def volume_by_disposition(client: Client, period: Period) -> list[Row]:
    """Claims and cents by disposition, with the share of each."""
    return run(client, "volume_by_disposition", period)


def top_findings(client: Client, period: Period, limit: int = 20) -> list[Row]:
    """The rules that touch most claims."""
    return run(client, "top_findings", period, limit)


def daily_by_payer(client: Client, period: Period) -> list[Row]:
    """Volumes and rates for each day and payer."""
    return run(client, "daily_by_payer", period)
