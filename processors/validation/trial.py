"""Try a rule on its own examples: it must fire on the bad ones and pass the good ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import polars as pl

from processors.history.examples import fires
from processors.pricing.findings import rows_found
from processors.validation.catalogue import RuleCatalogue
from processors.validation.compiled import CompiledRule
from processors.validation.examples import example_batch, unknown_fields
from processors.validation.validate import validate
from reference.library import ReferenceLibrary


@dataclass(frozen=True)
class Trial:
    """How a rule did.

    Attributes:
        rule: The rule.
        examples: Number of its examples.
        failures: What went wrong, one sentence each.
        skipped: Why it could not be tried; "" when it was.
    """

    rule: CompiledRule
    examples: int
    failures: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def passed(self) -> bool:
        """Whether the rule was tried and did what its examples say."""
        return not self.failures and not self.skipped


def try_rule(rule: CompiledRule, library: ReferenceLibrary) -> Trial:
    """Run the examples of one rule, whatever tenants and payers it is made for.

    Args:
        rule: The rule.
        library: Reference tables; the starter set counts as if it were complete.
    """
    alone = RuleCatalogue((rule,), "trial", library.as_if_complete())
    history, priced = rule.stage == "history", rule.stage == "priced"
    bad, good = rule.rule.examples.fires, rule.rule.examples.passes
    count = len(bad) + len(good)
    table = alone.missing_table(rule)
    if table is not None:
        return Trial(rule, count, skipped=f"table {table} not loaded")
    unknown = {name for example in (*bad, *good) for name in unknown_fields(example)}
    if history:
        unknown.discard("earlier")
    if unknown:
        return Trial(rule, count, (f"no field of a claim is called {', '.join(sorted(unknown))}",))
    try:
        if history:
            fired = _fired_after_others([*bad, *good], rule)
        elif priced:
            rows = rows_found([*bad, *good], alone)
            fired = [place in rows for place in range(count)]
        else:
            fired = _fired([*bad, *good], alone)
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        return Trial(rule, count, (f"an example does not fit the contract ({type(error).__name__})",))
    silent = [f"example {place} of fires does not fire" for place in range(1, len(bad) + 1) if not fired[place - 1]]
    loud = [f"example {place} of passes fires" for place in range(1, len(good) + 1) if fired[len(bad) + place - 1]]
    return Trial(rule, count, (*silent, *loud))


def _fired(examples: Sequence[Mapping[str, Any]], alone: RuleCatalogue) -> list[bool]:
    """Say for each example whether the one rule of the catalogue fires on it."""
    rows = set(validate(example_batch(examples), alone).findings["row"])
    return [place in rows for place in range(len(examples))]


def _fired_after_others(examples: Sequence[Mapping[str, Any]], rule: CompiledRule) -> list[bool]:
    """Say for each example whether a rule of the history stage fires on it, given its earlier claims."""
    with_rule = replace(_shipped(), rules=(*_shipped().rules, rule))
    return [fires(rule.rule.id, example, with_rule) for example in examples]


@cache
def _shipped() -> RuleCatalogue:
    """Return the shipped rules of the submitted stage: a claim that they reject is not remembered."""
    shipped = RuleCatalogue.load(library=ReferenceLibrary.starter().as_if_complete())
    return replace(shipped, rules=tuple(rule for rule in shipped.rules if rule.stage == "submitted"))
