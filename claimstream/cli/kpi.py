"""claimstream kpi list | show | top-denied | handbook: the figures analysts ask for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from claimstream.clickhouse import connect
from claimstream.console import JsonOption, data, print_json
from claimstream.settings import Settings
from sink import kpi
from sink.kpi_catalogue import DIMENSIONS, find, handbook, names

PERIOD_DAYS = 90

app = typer.Typer(help="KPIs of claims, payers and work; docs/kpis.md defines each.", no_args_is_help=True)

ByOption = Annotated[str, typer.Option("--by", help=f"Split by: {', '.join(DIMENSIONS)}.")]
FromOption = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; default 90 ago.")]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; default today, UTC.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="As known at the end of this day; default today."),
]
TenantOption = Annotated[str, typer.Option("--tenant", help="Customer; default CLAIMSTREAM_TENANT.")]


@app.command("list")
def list_kpis(as_json: JsonOption = False) -> None:
    """List the KPIs."""
    kpis = [find(name) for name in names()]
    if as_json:
        print_json({"kpis": [{"name": k.name, "title": k.title, "basis": k.basis, "by": list(k.by)} for k in kpis]})
        return
    table = Table("name", "title", "basis")
    for found in kpis:
        table.add_row(found.name, found.title, found.basis)
    data.print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of the KPI; claimstream kpi list shows them.")],
    by: ByOption = "total",
    first: FromOption = None,
    last: ToOption = None,
    as_of: AsOfOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Work one KPI out: numerator, denominator and value for each key."""
    definition = find(name)
    settings = Settings()
    period, known = _period(settings, tenant, first, last, as_of)
    with connect(settings, settings.clickhouse_database) as client:
        rows = kpi.show(client, name, period, by, known)
    if as_json:
        head = {"kpi": name, "title": definition.title, "basis": definition.basis, "unit": definition.unit, "by": by}
        days = {"from": str(period.first_day), "to": str(period.last_day), "as_of": str(known)}
        print_json({**head, **days, "rows": rows})
        return
    data.print(f"[bold]{definition.title}[/bold]: {definition.definition}")
    data.print(f"{definition.numerator} / {definition.denominator}; by {definition.basis}; as of {known}")
    _print(rows, by)


@app.command("top-denied")
def top_denied(
    by: Annotated[str, typer.Option("--by", help="procedure, payer, physician or carc.")] = "procedure",
    first: FromOption = None,
    last: ToOption = None,
    as_of: AsOfOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Longest list.")] = 20,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Rank what first adjudications deny: count, rate, revenue lost on expected allowed and on billed amounts."""
    settings = Settings()
    period, known = _period(settings, tenant, first, last, as_of)
    with connect(settings, settings.clickhouse_database) as client:
        rows = kpi.top_denied(client, period, by, limit, known)
    if as_json:
        print_json({"by": by, "from": str(period.first_day), "to": str(period.last_day), "rows": rows})
        return
    _print(rows, by)


@app.command("handbook")
def print_handbook() -> None:
    """Print docs/kpis.md, generated from the headers of the SQL files."""
    typer.echo(handbook(), nl=False)


def _period(
    settings: Settings, tenant: str, first: datetime | None, last: datetime | None, as_of: datetime | None
) -> tuple[kpi.Period, date]:
    today = datetime.now(UTC).date()
    end = last.date() if last else today
    start = first.date() if first else end - timedelta(days=PERIOD_DAYS)
    return kpi.Period(tenant or settings.claimstream_tenant, start, end), as_of.date() if as_of else today


def _print(rows: list[kpi.Row], by: str) -> None:
    if not rows:
        data.print("Nothing in this period.")
        return
    table = Table(*(by if name == "key" else name for name in rows[0]))
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    data.print(table)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.4f}" if isinstance(value, float) else str(value)
