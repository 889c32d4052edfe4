"""claimstream rules list | show | check | test | explain: the business rules, for the people who own them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from claimstream.cli import rules_text as text
from claimstream.cli.exit_codes import EXIT_PROBLEMS
from claimstream.cli.rule_files import examine_files, names_a_file, rules_of_files
from claimstream.console import JsonOption, print_json
from claimstream.pipelines import load_catalogue, load_library
from claimstream.settings import Settings
from processors.batch import ClaimBatch
from processors.validation import RuleCatalogue
from processors.validation.compiled import CompiledRule
from processors.validation.explain import explain as explain_claim
from processors.validation.rule import SEVERITIES
from processors.validation.status import statuses
from processors.validation.trial import try_rule
from schemas.codec.dtypes import frame_schema
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.edges import Claim
from schemas.errors import BadInputError

app = typer.Typer(help="List, check, test and explain the business rules.", no_args_is_help=True)

Tenant = Annotated[str | None, typer.Option(help="As the rules are for the claims of this tenant.")]
Payer = Annotated[str | None, typer.Option(help="As the rules are for the claims of this payer.")]


@app.command("list")
def list_rules(
    category: Annotated[str | None, typer.Option(help="Only rules of this category.")] = None,
    severity: Annotated[str | None, typer.Option(help="Only rules of this severity: error, warning or info.")] = None,
    tenant: Tenant = None,
    payer: Payer = None,
    as_json: JsonOption = False,
) -> None:
    """List the rules: what each is about, how grave it is, and whether it is asked."""
    catalogue = load_catalogue(Settings())
    categories = sorted({rule.category for rule in catalogue.rules})
    if category is not None and category not in categories:
        msg = f"There is no category {category}; there are {', '.join(categories)}."
        raise typer.BadParameter(msg)
    if severity is not None and severity not in SEVERITIES:
        msg = f"There is no severity {severity}; there are {', '.join(SEVERITIES)}."
        raise typer.BadParameter(msg)
    shown = [
        status
        for status in statuses(catalogue, tenant, payer)
        if category in (None, status.rule.category) and severity in (None, status.severity)
    ]
    if as_json:
        rules = [text.summary(status, catalogue) for status in shown]
        print_json({"rules": rules, "count": len(rules), "version": catalogue.version})
    else:
        text.print_list(shown, catalogue)


@app.command()
def show(
    rule_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a rule, as NPI001.")],
    tenant: Tenant = None,
    payer: Payer = None,
    as_json: JsonOption = False,
) -> None:
    """Show everything about one rule."""
    catalogue = load_catalogue(Settings())
    rule = _rule(catalogue, rule_id)
    found = [status for status in statuses(catalogue, tenant, payer) if status.rule is rule]
    if not found:
        msg = f"{rule_id} is made for {rule.origin.scope}."
        raise typer.BadParameter(msg)
    if as_json:
        print_json(text.details(found[0], catalogue))
    else:
        text.print_rule(found[0], catalogue)


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Packs or overlays; all in force when left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check rule files as the claim stage would; exit 3 when it would refuse them."""
    settings = Settings()
    catalogue, problems, _ = examine_files(files or [], settings.claimstream_rules, load_library(settings))
    notes = text.notes_on(catalogue)
    if as_json:
        listed = [{"file": p.file, "rule_id": p.rule_id, "reason": p.reason} for p in problems]
        found = {"rules": len(catalogue.rules), "overlays": len(catalogue.overlays), "version": catalogue.version}
        print_json({"ok": not problems, "problems": listed, "notes": notes, **found})
    else:
        text.print_check(catalogue, problems, notes)
    if problems:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command("test")
def run_examples(
    which: Annotated[list[str] | None, typer.Argument(metavar="[ID or FILE]...", help="All when left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run rules on their own examples; exit 3 when one does not do what its examples say."""
    settings = Settings()
    library = load_library(settings)
    trials = [try_rule(rule, library) for rule in _named(which or [], settings)]
    failed = [trial for trial in trials if trial.failures]
    if as_json:
        results = [text.trial_result(trial) for trial in trials]
        print_json({"ok": not failed, "rules": results, "tested": len(trials), "failed": len(failed)})
    else:
        text.print_trials(trials)
    if failed:
        raise typer.Exit(EXIT_PROBLEMS)


@app.command()
def explain(
    claim: Annotated[str, typer.Argument(metavar="CLAIM.json", help="A claim as JSON; - reads it from stdin.")],
    as_json: JsonOption = False,
) -> None:
    """Say what the rules find on one claim; exit 3 when it has an error."""
    event = Claim.parse(_text_of(claim)).to_event()
    events = pl.DataFrame([event], schema=frame_schema(CLAIMS_SUBMITTED.schema), orient="row")
    batch = ClaimBatch.from_events(events, now=datetime.now(UTC))
    explanation = explain_claim(batch, load_catalogue(Settings()))
    if as_json:
        print_json(text.explanation_result(explanation))
    else:
        text.print_explanation(explanation)
    if explanation.count("error"):
        raise typer.Exit(EXIT_PROBLEMS)


def _text_of(claim: str) -> bytes:
    if claim == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(claim).read_bytes()
    except OSError as error:
        msg = f"The file {claim} cannot be read: {error.strerror}."
        raise BadInputError(msg, "Give a file with one claim as JSON, or - for stdin.") from error


def _named(which: list[str], settings: Settings) -> list[CompiledRule]:
    """Return the rules that ids and files name; every rule in force when nothing is named."""
    files = [Path(name) for name in which if names_a_file(name)]
    rules = rules_of_files(files, settings.claimstream_rules, load_library(settings)) if files else []
    ids = [name for name in which if not names_a_file(name)]
    if ids or not which:
        catalogue = load_catalogue(settings)
        rules += [_rule(catalogue, rule_id) for rule_id in ids] if ids else catalogue.rules
    return list(dict.fromkeys(rules))


def _rule(catalogue: RuleCatalogue, rule_id: str) -> CompiledRule:
    for rule in catalogue.rules:
        if rule.rule.id == rule_id.upper():
            return rule
    msg = f"There is no rule {rule_id}; claimstream rules list names them all."
    raise typer.BadParameter(msg)
