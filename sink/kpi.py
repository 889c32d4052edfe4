"""The KPI queries: SQL files beside this module, run with the same three parameters."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clickhouse_connect.driver.client import Client

from schemas.errors import BadInputError

FOLDER = Path(__file__).parent / "queries"

Row = dict[str, object]


@dataclass(frozen=True)
class Period:
    """What a KPI is asked for.

    Attributes:
        tenant: Customer.
        first_day: First day of submission, UTC, included.
        last_day: Last day of submission, UTC, included.
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
    return [dict(row) for row in client.query(sql(name), parameters=parameters).named_results()]


def volume_by_disposition(client: Client, period: Period) -> list[Row]:
    """Claims and cents by disposition, with the share of each."""
    return run(client, "volume_by_disposition", period)


def top_findings(client: Client, period: Period, limit: int = 20) -> list[Row]:
    """The rules that touch most claims."""
    return run(client, "top_findings", period, limit)


def daily_by_payer(client: Client, period: Period) -> list[Row]:
    """Volumes and rates for each day and payer."""
    return run(client, "daily_by_payer", period)
