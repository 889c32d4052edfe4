"""CompiledRule: a rule as written, checked, with its expression as a polars expression."""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl
from pydantic import ValidationError

from processors.validation.columns.definition import Stage
from processors.validation.columns.from_claim import MESSAGE_COLUMNS
from processors.validation.errors import CatalogueError
from processors.validation.level_schema import level_schema
from processors.validation.rule import CLAIM_TYPES, Rule
from processors.validation.scope import EVERYONE, Scope
from processors.validation.yaml_file import first_line


@dataclass(frozen=True)
class Origin:
    """Where rules are written.

    Attributes:
        file: Name of the file.
        category: What its rules are about.
        stage: Stage of its rules.
        scope: The claims its rules are made for.
    """

    file: str
    category: str
    stage: Stage = "submitted"
    scope: Scope = EVERYONE


@dataclass(frozen=True, eq=False)  # an expression has no equality
class CompiledRule:
    """A rule with its expression as a polars expression.

    Attributes:
        rule: The rule as written.
        origin: Where it is written.
        condition: Boolean expression over the columns of the rule's level, for the service dates the rule holds;
            null where the rule cannot tell.
        placeholders: Columns whose values the message shows, in order; the first is the value of the finding.
    """

    rule: Rule
    origin: Origin
    condition: pl.Expr
    placeholders: tuple[str, ...]

    @property
    def category(self) -> str:
        """What the rule is about."""
        return self.rule.category or self.origin.category

    @property
    def stage(self) -> Stage:
        """The stage the rule is asked at."""
        return self.origin.stage

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The claim types it looks at; empty when it looks at every claim, whatever its type says."""
        kinds = frozenset[str](self.rule.applies_to)
        return frozenset() if kinds == CLAIM_TYPES else kinds

    @cached_property
    def fires(self) -> pl.Expr:
        """The condition for the claim types of the rule."""
        if not self.kinds:
            return self.condition
        first, *others = (pl.col(f"is_{kind}") for kind in sorted(self.kinds))
        for other in others:
            first = first | other
        return first & self.condition

    @cached_property
    def condition_columns(self) -> frozenset[str]:
        """Columns that the condition and the message read."""
        return frozenset(self.condition.meta.root_names()) | frozenset(self.placeholders)

    @cached_property
    def columns(self) -> frozenset[str]:
        """Columns that `fires` and the message read."""
        return self.condition_columns | {f"is_{kind}" for kind in self.kinds}

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """The texts of the message before, between and after the values of its placeholders."""
        texts = [""]
        for literal, column, _, _ in string.Formatter().parse(self.rule.error_message):
            texts[-1] += literal
            if column is not None:
                texts.append("")
        return tuple(texts)


def compile_rule(origin: Origin, raw: dict[str, Any]) -> CompiledRule:
    """Return one rule, checked and compiled.

    Args:
        origin: Where it is written.
        raw: The rule as its file has it.

    Raises:
        CatalogueError: The rule does not keep its form, or its expression does not compile to a boolean per row
            over the columns of its level.
    """
    rule_id = str(raw.get("id", "-"))
    try:
        rule = Rule.model_validate(raw)
    except ValidationError as error:
        raise CatalogueError(origin.file, rule_id, first_problem(error)) from error
    if (rule.queue is None) != (rule.severity == "info"):
        raise CatalogueError(origin.file, rule_id, "every rule but those of severity info names a queue")
    placeholders = _placeholders(origin.file, rule)
    try:
        condition = pl.sql_expr(rule.expression)
    except pl.exceptions.PolarsError as error:
        raise CatalogueError(origin.file, rule_id, f"the expression is no SQL ({first_line(error)})") from error
    dated = _on_its_dates(rule, condition)
    compiled = CompiledRule(rule, origin, dated, placeholders)
    _refuse_unfit(compiled, condition)
    return compiled


def _on_its_dates(rule: Rule, condition: pl.Expr) -> pl.Expr:
    """Return the condition for the service dates that the rule is made for."""
    if rule.effective.first is not None:
        condition = (pl.col("service_date") >= rule.effective.first) & condition
    if rule.effective.last is not None:
        condition = (pl.col("service_date") <= rule.effective.last) & condition
    return condition


def _placeholders(file: str, rule: Rule) -> tuple[str, ...]:
    """Return the columns that a message shows; a column that could identify a patient is refused."""
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(rule.error_message) if name is not None]
    except ValueError as error:
        raise CatalogueError(file, rule.id, f"the message has a stray brace ({error})") from error
    for name in names:
        if name not in MESSAGE_COLUMNS:
            raise CatalogueError(file, rule.id, f"the message shows {name!r}, which is not an allowed column")
    return tuple(names)


def _refuse_unfit(compiled: CompiledRule, condition: pl.Expr) -> None:
    """Raise unless the condition is one boolean for each row of its level."""
    file, rule, columns = compiled.origin.file, compiled.rule, compiled.columns
    schema = level_schema(rule.level, compiled.stage)
    unknown = sorted(columns - set(schema))
    if unknown:
        raise CatalogueError(file, rule.id, f"there is no {rule.level} column {', '.join(unknown)}")
    two_rows = pl.DataFrame({name: [None, None] for name in columns}, schema={n: schema[n] for n in columns})
    try:
        answer = two_rows.select(condition.alias("fires"))["fires"]
    except pl.exceptions.PolarsError as error:
        raise CatalogueError(file, rule.id, f"the expression does not compile ({first_line(error)})") from error
    if answer.dtype not in (pl.Boolean, pl.Null) or answer.len() != two_rows.height:
        raise CatalogueError(file, rule.id, "the expression is not one true or false for each row")


def first_problem(error: ValidationError) -> str:
    """Return where a document does not keep its form, and how."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])
