"""RuleSet: the rules that are asked of a batch at one level, narrowed as the facts of its columns become known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import polars as pl

from processors.validation.compiled import CompiledRule
from processors.validation.facts import Facts
from processors.validation.screens import Screen


@dataclass(frozen=True, eq=False)  # an expression has no equality
class AskedRule:
    """A rule that is asked of a batch.

    Attributes:
        rule: The rule.
        expression: Where it fires, under its id.
        columns: Columns that it reads.
        screen: Whether it may fire on a batch at all.
    """

    rule: CompiledRule
    expression: pl.Expr
    columns: frozenset[str]
    screen: Screen


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
            expression, columns = (
                (rule.named_condition, rule.condition_columns) if is_bare else (rule.named, rule.columns)
            )
            asked.append(AskedRule(rule, expression, columns, rule.screen))
        return cls(tuple(asked))

    @cached_property
    def columns(self) -> frozenset[str]:
        """Columns that the rules read."""
        return frozenset[str]().union(*(one.columns for one in self.asked))

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        """The rules."""
        return tuple(one.rule for one in self.asked)

    def narrowed(self, facts: Facts) -> RuleSet:
        """Return the rules that may fire on a batch, by what its columns hold."""
        facts.renew()
        return RuleSet(tuple(one for one in self.asked if one.screen(facts)))
