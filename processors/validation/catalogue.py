"""RuleCatalogue: rule packs read, checked and compiled once."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import polars as pl
import yaml
from pydantic import ValidationError

from processors.validation.columns.definition import Level, Stage
from processors.validation.columns.from_claim import MESSAGE_COLUMNS
from processors.validation.errors import CatalogueError
from processors.validation.level_schema import level_schema
from processors.validation.plan import tables_of
from processors.validation.rule import Pack, Rule
from reference.library import ReferenceLibrary

CATALOGUE_FOLDER = Path(__file__).parent / "catalogue"

_ALL_TYPES = 3


@dataclass(frozen=True, eq=False)  # an expression has no equality
class CompiledRule:
    """A rule with its expression as a polars expression.

    Attributes:
        rule: The rule as written.
        category: Category of its pack.
        stage: Stage of its pack.
        fires: Boolean expression over the columns of the rule's level; null where the rule cannot tell.
        columns: Columns that `fires` and the message read.
        placeholders: Columns whose values the message shows, in order; the first is the value of the finding.
    """

    rule: Rule
    category: str
    stage: Stage
    fires: pl.Expr
    columns: frozenset[str]
    placeholders: tuple[str, ...]

    @cached_property
    def named(self) -> pl.Expr:
        """The expression under the id of the rule."""
        return self.fires.alias(self.rule.id)

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """The texts of the message before, between and after the values of its placeholders."""
        texts = [""]
        for literal, column, _, _ in string.Formatter().parse(self.rule.error_message):
            texts[-1] += literal
            if column is not None:
                texts.append("")
        return tuple(texts)


@dataclass(frozen=True)
class RuleCatalogue:
    """Every rule in force, compiled.

    Attributes:
        rules: The rules, by category and id.
        version: Short hash of the contents of the packs.
        library: Reference tables the rules look things up in.
    """

    rules: tuple[CompiledRule, ...]
    version: str
    library: ReferenceLibrary = field(default_factory=ReferenceLibrary.starter)

    @classmethod
    def load(cls, paths: Sequence[Path] | None = None, library: ReferenceLibrary | None = None) -> Self:
        """Read and compile rule packs.

        Args:
            paths: Packs to read; None for the ones shipped with the package.
            library: Reference tables; None for the starter set.

        Raises:
            CatalogueError: A pack is unreadable, a rule does not keep its form, an id is used twice, or an
                expression does not compile to a boolean per row over the columns of its level.
        """
        files = sorted(CATALOGUE_FOLDER.glob("*.yaml")) if paths is None else list(paths)
        digest = hashlib.sha256()
        compiled: list[CompiledRule] = []
        for file in files:
            text = _read(file)
            digest.update(text.encode())
            compiled.extend(_compile_pack(file.name, text))
        _refuse_repeated_ids(compiled)
        version = f"rules-{digest.hexdigest()[:12]}"
        return cls(tuple(compiled), version, library or ReferenceLibrary.starter())

    def at(self, level: Level, stage: Stage = "submitted") -> tuple[CompiledRule, ...]:
        """Return the rules of a level and stage that are active: those whose reference tables are loaded."""
        return self._active.get((level, stage), ())

    def columns_of(self, level: Level, stage: Stage = "submitted") -> frozenset[str]:
        """Return the columns that the active rules of a level and stage read."""
        return self._columns.get((level, stage), frozenset())

    def missing_table(self, rule: CompiledRule) -> str | None:
        """Return a reference table without which the rule cannot tell, null when all are there.

        A rule that finds codes unknown needs the whole table; one that uses what is known of a code only fires
        for codes that the table has.
        """
        columns = frozenset(rule.columns & level_schema(rule.rule.level).keys())
        for name, whole in tables_of(rule.rule.level, columns, self.library).items():
            table = self.library.find(name)
            if table is None or (whole and not table.complete):
                return name
        return None

    @cached_property
    def _active(self) -> dict[tuple[Level, Stage], tuple[CompiledRule, ...]]:
        active: dict[tuple[Level, Stage], tuple[CompiledRule, ...]] = {}
        for rule in self.rules:
            if self.missing_table(rule) is None:
                place = (rule.rule.level, rule.stage)
                active[place] = (*active.get(place, ()), rule)
        return active

    @cached_property
    def _columns(self) -> dict[tuple[Level, Stage], frozenset[str]]:
        return {place: frozenset[str]().union(*(r.columns for r in rules)) for place, rules in self._active.items()}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(file.name, "-", f"cannot be read ({type(error).__name__})") from error


def _compile_pack(file: str, text: str) -> list[CompiledRule]:
    """Return the compiled rules of one pack."""
    try:
        pack = Pack.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise CatalogueError(file, "-", f"is not YAML ({_first_line(error)})") from error
    except ValidationError as error:
        raise CatalogueError(file, "-", _first_problem(error)) from error
    return [_compile(file, pack, raw) for raw in pack.rules]


def _compile(file: str, pack: Pack, raw: dict[str, Any]) -> CompiledRule:
    """Return one rule, checked and compiled."""
    rule_id = str(raw.get("id", "-"))
    try:
        rule = Rule.model_validate(raw)
    except ValidationError as error:
        raise CatalogueError(file, rule_id, _first_problem(error)) from error
    if (rule.queue is None) != (rule.severity == "info"):
        raise CatalogueError(file, rule_id, "every rule but those of severity info names a queue")
    placeholders = _placeholders(file, rule)
    try:
        condition = pl.sql_expr(rule.expression)
    except pl.exceptions.PolarsError as error:
        raise CatalogueError(file, rule_id, f"the expression is no SQL ({_first_line(error)})") from error
    fires = _restricted(rule, condition)
    columns = frozenset(fires.meta.root_names()) | frozenset(placeholders)
    _refuse_unfit(file, rule, pack.stage, condition, columns)
    return CompiledRule(rule, pack.category, pack.stage, fires, columns, placeholders)


def _restricted(rule: Rule, condition: pl.Expr) -> pl.Expr:
    """Return the condition for the claim types and the service dates that the rule is made for."""
    if len(set(rule.applies_to)) < _ALL_TYPES:
        condition = pl.any_horizontal(*(f"is_{kind}" for kind in rule.applies_to)) & condition
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


def _refuse_unfit(file: str, rule: Rule, stage: Stage, condition: pl.Expr, columns: frozenset[str]) -> None:
    """Raise unless the condition is one boolean for each row of its level."""
    schema = level_schema(rule.level, stage)
    unknown = sorted(columns - set(schema))
    if unknown:
        raise CatalogueError(file, rule.id, f"there is no {rule.level} column {', '.join(unknown)}")
    two_rows = pl.DataFrame({name: [None, None] for name in columns}, schema={n: schema[n] for n in columns})
    try:
        answer = two_rows.select(condition.alias("fires"))["fires"]
    except pl.exceptions.PolarsError as error:
        raise CatalogueError(file, rule.id, f"the expression does not compile ({_first_line(error)})") from error
    if answer.dtype not in (pl.Boolean, pl.Null) or answer.len() != two_rows.height:
        raise CatalogueError(file, rule.id, "the expression is not one true or false for each row")


def _refuse_repeated_ids(rules: Sequence[CompiledRule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.rule.id in seen:
            raise CatalogueError(rule.category, rule.rule.id, "the id is used twice")
        seen.add(rule.rule.id)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}"
