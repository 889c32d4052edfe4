"""RuleSet: the rules that are asked of a batch at one level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import polars as pl

from processors.validation.columns.from_claim import FROM_CLAIM
from processors.validation.compiled import CompiledRule
from processors.validation.level_schema import level_schema
from processors.validation.machine.machine import Machine


@dataclass(frozen=True, eq=False)
class AskedRule:
    """A rule as it is asked.

    Attributes:
        rule: The rule.
        condition: What it asks.
        columns: Columns that it reads.
    """

    rule: CompiledRule
    condition: pl.Expr
    columns: frozenset[str]


@dataclass(frozen=True, eq=False)
class RuleSet:
    """The rules that are asked of a batch at one level.

    Attributes:
        asked: The rules, each as it is asked.
    """

    asked: tuple[AskedRule, ...]

    @classmethod
    def of(cls, rules: Sequence[CompiledRule], kinds: frozenset[str | None] | None) -> Self:
        """Return the rules that can fire on claims of some types; None stands for any type.

        A rule that is made for every type that there is need not ask for the type.
        """
        asked = []
        for rule in rules:
            if rule.kinds and kinds is not None and rule.kinds.isdisjoint(kinds):
                continue
            is_bare = not rule.kinds or (kinds is not None and kinds <= rule.kinds)
            condition, columns = (rule.condition, rule.condition_columns) if is_bare else (rule.fires, rule.columns)
            asked.append(AskedRule(rule, condition, columns))
        return cls(tuple(asked))

    @cached_property
    def columns(self) -> frozenset[str]:
        """Columns that the rules and their messages read."""
        return frozenset[str]().union(*(one.columns for one in self.asked))

    @cached_property
    def machine(self) -> Machine:
        """What asks the rules."""
        first = self.asked[0].rule
        takes_over = first.rule.level == "line" and first.stage != "priced"
        return Machine.of(
            [one.condition for one in self.asked],
            level_schema(first.rule.level, first.stage),
            _place_on_line if takes_over else _place,
        )

    @cached_property
    def own_columns(self) -> frozenset[str]:
        """Columns of the level that have to be made before the rules are asked."""
        return frozenset(name for name, of_claim in self.machine.columns if not of_claim) if self.asked else frozenset()

    @cached_property
    def claim_columns(self) -> frozenset[str]:
        """Columns of the claims that have to be made before the rules of lines are asked."""
        return frozenset(name for name, of_claim in self.machine.columns if of_claim) if self.asked else frozenset()

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        """The rules."""
        return tuple(one.rule for one in self.asked)


def _place(name: str) -> tuple[str, bool]:
    return name, False


def _place_on_line(name: str) -> tuple[str, bool]:
    return (FROM_CLAIM[name], True) if name in FROM_CLAIM else (name, False)
