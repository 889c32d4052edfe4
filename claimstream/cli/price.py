"""claimstream price: what a service is expected to be paid, and how the amount comes about."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.table import Table

from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.console import JsonOption, data, print_json, words
from claimstream.fee_formula import FeeFormula
from claimstream.price_words import reason
from claimstream.pricing import COLUMNS, PLACES, REQUIRED, Pricing, cents_of
from claimstream.settings import Settings
from processors.pricing.payment import with_payment
from schemas.errors import BadInputError

_RESULTS = ("allowed_cents", "rvu_total", "rvu_work", "basis", "status", "problem")


def price(  # noqa: PLR0913 - each argument is an option of the command
    *,
    code: Annotated[str | None, typer.Option(help="Procedure code, as 99214.")] = None,
    modifiers: Annotated[str | None, typer.Option(help="Modifiers, as 25 or 26,59.")] = None,
    pos: Annotated[str, typer.Option(help="Place of service.")] = "11",
    day: Annotated[str | None, typer.Option("--date", help="Service date, as 2026-03-01.")] = None,
    locality: Annotated[str | None, typer.Option(help="State and Medicare locality, as CA-18; a state; or US.")] = None,
    zip_code: Annotated[
        str | None, typer.Option("--zip", help="ZIP code, where a table of ZIP codes is loaded.")
    ] = None,
    units: Annotated[str | None, typer.Option(help="Service units.")] = None,
    minutes: Annotated[str | None, typer.Option(help="Minutes of anesthesia.")] = None,
    year: Annotated[int | None, typer.Option(min=1, max=9999, help="Price by the last schedule of this year.")] = None,
    charge: Annotated[str | None, typer.Option(help="Charge in dollars, which may cap the amount.")] = None,
    payer: Annotated[str | None, typer.Option(help="Payer id, to find a contract.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant; the default is that of the settings.")] = None,
    plan_type: Annotated[str | None, typer.Option(help="Plan type, to find a contract.")] = None,
    billing_npi: Annotated[str | None, typer.Option(help="Billing provider, to find a contract.")] = None,
    taxonomy: Annotated[str | None, typer.Option(help="Taxonomy code of the rendering provider.")] = None,
    non_participating: Annotated[
        bool, typer.Option("--non-participating", help="Provider outside Medicare: 95 percent.")
    ] = False,
    apm: Annotated[bool, typer.Option("--apm", help="Provider in an alternative payment model.")] = False,
    aftercare: Annotated[str | None, typer.Option(help="Days of aftercare given, with modifier 55.")] = None,
    deductible: Annotated[
        str | None, typer.Option(help="Open deductible in dollars: also say what Medicare and the patient pay.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Price every row of a comma-separated file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where priced rows go; stdout if not given.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show how the amount comes about.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a service is expected to be paid; exit 3 when it, or a row of the file, has no price."""
    if (code is None) == (file is None):
        msg = "give --code, or --file, not both"
        raise typer.BadParameter(msg, param_hint="--code")
    pricing = Pricing.of(Settings(), year)
    if file is not None:
        _price_file(file, out, pricing, explain=explain, as_json=as_json)
        return
    question = {
        "code": code,
        "modifiers": modifiers,
        "pos": pos,
        "date": day or (f"{year}-12-31" if year else None),
        "locality": locality,
        "zip": zip_code,
        "units": units,
        "minutes": minutes,
        "charge": charge,
        "payer": payer,
        "tenant": tenant,
        "plan_type": plan_type,
        "billing_npi": billing_npi,
        "taxonomy": taxonomy,
        "participating": "no" if non_participating else None,
        "in_apm": "yes" if apm else None,
        "postoperative_days": aftercare,
    }
    asked = {name: value for name, value in question.items() if value}
    _price_one(asked, pricing, deductible, explain=explain, as_json=as_json)


def _price_one(
    question: dict[str, str], pricing: Pricing, deductible: str | None, *, explain: bool, as_json: bool
) -> None:
    """Price one question, and show the answer."""
    asked = pl.DataFrame([question])
    answer = pricing.price(asked).row(0, named=True)
    if answer["problem"] is not None:
        problem = str(answer["problem"])
        raise typer.BadParameter(problem, param_hint="--" + problem.split(maxsplit=1)[0])
    answer.pop("problem")
    payment = {} if deductible is None else _payment(answer["allowed_cents"], question, deductible)
    if as_json:
        why = {} if answer["allowed_cents"] is not None else {"reason": reason(answer["status"])}
        print_json({**answer, **why, **payment, "version": pricing.version})
    else:
        _show(answer, pricing.version)
        for name, cents in payment.items():
            data.print(f"{name.removesuffix('_cents')} {'-' if cents is None else dollars(cents)}")
        if explain:
            _explain(answer["steps"], pricing.formula(asked))
    if answer["allowed_cents"] is None:
        raise typer.Exit(EXIT_PROBLEMS)


def _payment(allowed_cents: int | None, question: dict[str, str], deductible: str) -> dict[str, int | None]:
    """Return what the patient pays, what sequestration takes and what Medicare pays of an allowed amount."""
    open_cents = cents_of(deductible)
    if open_cents is None:
        msg = "deductible is not an amount as 150.00"
        raise typer.BadParameter(msg, param_hint="--deductible")
    assistant = bool({"CQ", "CO"} & set(question.get("modifiers", "").upper().replace(",", " ").split()))
    line = pl.DataFrame(
        {"expected_allowed_cents": [allowed_cents], "deductible_cents": [open_cents], "therapy_assistant": [assistant]},
        schema={"expected_allowed_cents": pl.Int64, "deductible_cents": pl.Int64, "therapy_assistant": pl.Boolean},
    )
    return with_payment(line).select("patient_cents", "sequestration_cents", "payment_cents").row(0, named=True)


def _show(answer: dict[str, Any], version: str) -> None:
    """Print the answer in words."""
    if answer["allowed_cents"] is None:
        data.print(f"no price: {answer['status']}. {reason(answer['status'])}")
    else:
        data.print(f"allowed {dollars(answer['allowed_cents'])}, by {answer['basis'].replace('_', ' ')}")
    if answer["rvu_total"] is not None:
        data.print(f"relative value units {answer['rvu_total']:.5f}, of them work {answer['rvu_work']:.5f}")
    data.print(f"prices {version}")


def _explain(steps: list[dict[str, Any]], formula: FeeFormula | None) -> None:
    """Print how an amount comes about: what the fee is made of, where it starts with one, and every step."""
    if formula and any(step["step"] == "fee" and step["amount_cents"] == formula.cents for step in steps):
        data.print()
        data.print(_formula(formula))
        factor = f"{formula.factor_e4 // 10_000}.{formula.factor_e4 % 10_000:04d}"
        data.print(f"{formula.units_e5 / 1e5:.5f} units x {factor} = fee {dollars(formula.cents)}")
    if steps:
        data.print()
        data.print(_build_up(steps))


def _formula(formula: FeeFormula) -> Table:
    """Return what a fee is made of as a table."""
    table = Table("fee", box=None, pad_edge=False)
    for name in ("value", "index", "units"):
        table.add_column(name, justify="right")
    for name, value, index in formula.parts:
        table.add_row(name, f"{value / 100:.2f}", f"{index / 1000:.3f}", f"{value * index / 1e5:.5f}")
    return table


def _build_up(steps: list[dict[str, Any]]) -> Table:
    """Return the steps of a price as a table."""
    table = Table("step", box=None, pad_edge=False)
    table.add_column("factor", justify="right")
    table.add_column("amount", justify="right")
    for step in steps:
        factor = "" if step["factor_e4"] is None else f"{step['factor_e4'] / 10_000:g}"
        table.add_row(step["step"], factor, dollars(step["amount_cents"]))
    return table


def dollars(cents: int) -> str:
    """Return cents as dollars."""
    return f"{cents // 100}.{cents % 100:02d}"


def _price_file(file: Path, out: Path | None, pricing: Pricing, *, explain: bool, as_json: bool) -> None:
    """Price every row of a file in one pass, and write the rows with their prices."""
    if as_json and out is None:
        msg = "the summary as JSON and the rows cannot both go to stdout; name a file with --out"
        raise typer.BadParameter(msg, param_hint="--json")
    rows = _read_rows(file)
    words.print(f"{rows.height} rows read")
    answers = pricing.price(rows)
    taken = [name for name in rows.columns if name in {*_RESULTS, "version", "steps"}]
    priced = rows.drop(taken).hstack(answers.select(_RESULTS)).with_columns(version=pl.lit(pricing.version))
    if explain:
        priced = priced.with_columns(_in_one_line(answers["steps"]))
    try:
        priced.write_csv(out or sys.stdout)
    except OSError as error:
        msg = f"{out} cannot be written ({type(error).__name__})."
        raise BadInputError(msg, "Name another file with --out.") from error
    without = answers["allowed_cents"].null_count()
    words.print(f"{rows.height - without} rows priced, {without} without a price")
    if as_json:
        statuses = dict(answers["status"].value_counts(sort=True).iter_rows())
        print_json({"rows": rows.height, "statuses": statuses, "out": str(out), "version": pricing.version})
    if without:
        raise typer.Exit(EXIT_PROBLEMS)


def _read_rows(file: Path) -> pl.DataFrame:
    """Return the rows of a file as text.

    Raises:
        BadInputError: It cannot be read.
        BadParameter: A column is missing.
    """
    try:
        rows = pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        msg = f"{file} cannot be read ({type(error).__name__})."
        raise BadInputError(msg, "Give a comma-separated file with a header, in UTF-8.") from error
    missing = [name for name in REQUIRED if name not in rows.columns]
    if not any(name in rows.columns for name in PLACES):
        missing.append(" or ".join(PLACES))
    if missing:
        msg = f"{file} has no column {', '.join(missing)}; known columns are {', '.join(COLUMNS)}"
        raise typer.BadParameter(msg, param_hint="--file")
    return rows


def _in_one_line(steps: pl.Series) -> pl.Series:
    """Return steps as text: `fee 104.89; units x2 209.78`."""
    step = pl.element().struct
    factor = pl.when(step.field("factor_e4").is_not_null()).then(
        pl.format(" x{}", (step.field("factor_e4") / 10_000).round(4))
    )
    amount = step.field("amount_cents")
    cents = (amount % 100).cast(pl.String).str.pad_start(2, "0")
    text = pl.format("{}{} {}.{}", step.field("step"), factor.fill_null(""), amount // 100, cents)
    return steps.to_frame("steps").select(pl.col("steps").list.eval(text).list.join("; ")).to_series()
