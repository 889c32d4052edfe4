"""RuleCatalogue: rule packs and local overlays read, checked and compiled once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from processors.validation.columns.definition import Level, Stage
from processors.validation.compiled import CompiledRule, Origin, compile_rule, first_problem
from processors.validation.errors import CatalogueError
from processors.validation.level_schema import level_schema
from processors.validation.overlays.overlay import Overlay, overlay_files, read_overlays, refusals
from processors.validation.overlays.severities import LocalSeverities
from processors.validation.plan import tables_of
from processors.validation.rule import Pack
from processors.validation.rule_set import RuleSet
from processors.validation.yaml_file import document_of, text_of
from reference.library import ReferenceLibrary

__all__ = ["CATALOGUE_FOLDER", "CompiledRule", "RuleCatalogue", "RuleSet"]

CATALOGUE_FOLDER = Path(__file__).parent / "catalogue"


@dataclass(frozen=True)
class RuleCatalogue:
    """Every rule in force, compiled.

    Attributes:
        rules: The rules, by category and id; those that overlays add come last.
        version: Short hash of the contents of packs and overlays.
        library: Reference tables the rules look things up in.
        overlays: What tenants and payers change and add.
    """

    rules: tuple[CompiledRule, ...]
    version: str
    library: ReferenceLibrary = field(default_factory=ReferenceLibrary.starter)
    overlays: tuple[Overlay, ...] = ()
    _sets: dict[tuple[Level, Stage, frozenset[str | None] | None], RuleSet] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def load(
        cls,
        paths: Sequence[Path] | None = None,
        library: ReferenceLibrary | None = None,
        local: Path | None = None,
    ) -> Self:
        """Read and compile rule packs and overlays.

        Args:
            paths: Packs to read; None for the ones shipped with the package.
            library: Reference tables; None for the starter set.
            local: Folder of the overlays of tenants and payers; None for no overlays.

        Raises:
            CatalogueError: A file is unreadable, a rule does not keep its form, an id is used twice, an
                expression does not compile to a boolean per row over the columns of its level, or overrides do
                not fit. The first problem; `others` of the error holds the rest.
        """
        catalogue, problems = cls.examine(paths, library, {} if local is None else overlay_files(local))
        if problems:
            problems[0].others = tuple(problems[1:])
            raise problems[0]
        return catalogue

    @classmethod
    def examine(
        cls,
        paths: Sequence[Path] | None = None,
        library: ReferenceLibrary | None = None,
        overlays: Mapping[str, Path] | None = None,
    ) -> tuple[Self, list[CatalogueError]]:
        """Return the catalogue of all that can be used, and what cannot.

        Args:
            paths: Packs to read; None for the ones shipped with the package.
            library: Reference tables; None for the starter set.
            overlays: Overlays by name; None for no overlays.
        """
        files = sorted(CATALOGUE_FOLDER.glob("*.yaml")) if paths is None else list(paths)
        problems: list[CatalogueError] = []
        digest = hashlib.sha256()
        rules: list[CompiledRule] = []
        for file in files:
            try:
                text = text_of(file)
                digest.update(text.encode())
                rules.extend(_compile_pack(file.name, document_of(file.name, text), problems))
            except CatalogueError as error:
                problems.append(error)
        local, texts = read_overlays(overlays or {}, problems)
        digest.update(texts.encode())
        rules.extend(rule for overlay in local for rule in overlay.rules)
        once = _without_repeated_ids(rules, problems)
        problems.extend(refusals(local, once))
        version = f"rules-{digest.hexdigest()[:12]}"
        return cls(tuple(once), version, library or ReferenceLibrary.starter(), tuple(local)), problems

    def at(self, level: Level, stage: Stage = "submitted") -> tuple[CompiledRule, ...]:
        """Return the rules of a level and stage that are active: those whose reference tables are loaded."""
        return self._active.get((level, stage), ())

    def asked(self, level: Level, stage: Stage = "submitted", kinds: Collection[str | None] | None = None) -> RuleSet:
        """Return the active rules of a level and stage that can fire on claims of some types.

        Args:
            level: claim or line.
            stage: submitted, history or priced.
            kinds: The claim types that there are in a batch, other values included; None for any.
        """
        key = (level, stage, None if kinds is None else frozenset(kinds))
        if key not in self._sets:
            self._sets[key] = RuleSet.of(self.at(level, stage), key[2])
        return self._sets[key]

    @cached_property
    def local_severities(self) -> LocalSeverities | None:
        """How grave rules are by tenant and payer; null when they are the same for all."""
        return LocalSeverities(self.rules, self.overlays) if self.overlays else None

    def tables_of(self, rule: CompiledRule) -> Mapping[str, bool]:
        """Return the reference tables that the rule looks things up in, each with whether it has to be complete."""
        columns = frozenset(rule.columns & level_schema(rule.rule.level).keys())
        return tables_of(rule.rule.level, columns, self.library)

    def missing_table(self, rule: CompiledRule) -> str | None:
        """Return a reference table without which the rule cannot tell, null when all are there.

        A rule that finds codes unknown needs the whole table; one that uses what is known of a code only fires
        for codes that the table has.
        """
        for name, whole in self.tables_of(rule).items():
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


def _compile_pack(file: str, document: object, problems: list[CatalogueError]) -> list[CompiledRule]:
    """Return the compiled rules of one pack; what is wrong with others joins the problems."""
    try:
        pack = Pack.model_validate(document)
    except ValidationError as error:
        raise CatalogueError(file, "-", first_problem(error)) from error
    origin = Origin(file, pack.category, pack.stage)
    rules = []
    for raw in pack.rules:
        try:
            rules.append(compile_rule(origin, raw))
        except CatalogueError as error:
            problems.append(error)
    return rules


def _without_repeated_ids(rules: Sequence[CompiledRule], problems: list[CatalogueError]) -> list[CompiledRule]:
    """Return the rules without those whose id stands before them; these join the problems."""
    once: dict[str, CompiledRule] = {}
    for rule in rules:
        first = once.setdefault(rule.rule.id, rule)
        if first is not rule:
            reason = f"the id is used twice, first in {first.origin.file}"
            problems.append(CatalogueError(rule.origin.file, rule.rule.id, reason))
    return list(once.values())
