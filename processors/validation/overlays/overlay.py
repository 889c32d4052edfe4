"""Overlay: one file of local rules and overrides, made for some tenants and payers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from processors.validation.columns.definition import Stage
from processors.validation.compiled import CompiledRule, Origin, compile_rule, first_problem
from processors.validation.errors import CatalogueError
from processors.validation.rule import Severity, Text
from processors.validation.scope import EVERYONE, Scope
from processors.validation.yaml_file import document_of, text_of


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _For(_Model):
    tenants: list[Text] = Field(default_factory=list)
    payers: list[Text] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if not self.tenants and not self.payers:
            msg = "name tenants, payers or both, or write `for: everyone`"
            raise ValueError(msg)
        return self


class Override(_Model):
    """What a file changes of one rule.

    Attributes:
        id: Id of the rule.
        severity: The severity it has here; null leaves it out.
        disabled: True: it is not asked here.
        reason: Why; people read it in `claimstream rules list` and `show`.
    """

    id: Text
    severity: Severity | None = None
    disabled: Literal[True] | None = None
    reason: Text

    @model_validator(mode="after")
    def _changes_one_thing(self) -> Self:
        if (self.severity is None) == (self.disabled is None):
            msg = "give either a severity or `disabled: true`"
            raise ValueError(msg)
        return self


class _Document(_Model):
    for_: _For | Literal["everyone"] = Field(alias="for")
    category: Text = "local rules"
    stage: Stage = "submitted"
    overrides: list[dict[str, Any]] = Field(default_factory=list)
    rules: list[dict[str, Any]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.overrides and not self.rules:
            msg = "the file has neither overrides nor rules"
            raise ValueError(msg)
        return self

    @property
    def scope(self) -> Scope:
        if isinstance(self.for_, str):
            return EVERYONE
        return Scope(frozenset(self.for_.tenants), frozenset(self.for_.payers))


@dataclass(frozen=True, eq=False)
class Overlay:
    """One file of local rules.

    Attributes:
        file: Its path in the folder.
        scope: The claims it is made for.
        overrides: What it changes of other rules.
        rules: The rules it adds.
    """

    file: str
    scope: Scope
    overrides: tuple[Override, ...]
    rules: tuple[CompiledRule, ...]


def is_overlay(document: object) -> bool:
    """Say whether a document is an overlay; a pack of base rules has no `for`."""
    return isinstance(document, dict) and "for" in document


def overlay_files(folder: Path) -> dict[str, Path]:
    """Return the overlays of a folder and of the folders in it, by their path in it, in order.

    Raises:
        CatalogueError: The folder does not exist.
    """
    if not folder.is_dir():
        raise CatalogueError(folder.name, "-", "there is no such folder of local rules")
    found = (path for ending in ("*.yaml", "*.yml") for path in folder.rglob(ending))
    named = {path.relative_to(folder).as_posix(): path for path in found}
    # Hidden files are none of the operator's: Kubernetes keeps such links beside a mounted file.
    return {name: named[name] for name in sorted(named) if not f"/{name}".count("/.")}


def read_overlays(files: Mapping[str, Path], problems: list[CatalogueError]) -> tuple[list[Overlay], str]:
    """Read overlays.

    Args:
        files: The files by name.
        problems: Gathers what is wrong with files and rules; those are left out.

    Returns:
        The overlays, and names and contents of all files as one text, for the version.
    """
    overlays, texts = [], []
    for name, file in files.items():
        try:
            text = text_of(file)
            texts += [name, text]
            overlays.append(parse_overlay(name, document_of(name, text), problems))
        except CatalogueError as error:
            problems.append(error)
    return overlays, "\0".join(texts)


def parse_overlay(name: str, document: object, problems: list[CatalogueError]) -> Overlay:
    """Return an overlay.

    Args:
        name: Name of its file.
        document: What the file holds.
        problems: Gathers what is wrong with single overrides and rules; those are left out.

    Raises:
        CatalogueError: The file as a whole does not keep the form.
    """
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        raise CatalogueError(name, "-", first_problem(error)) from error
    origin = Origin(name, read.category, read.stage, read.scope)
    overrides: list[Override] = []
    rules: list[CompiledRule] = []
    for raw in read.overrides:
        try:
            overrides.append(Override.model_validate(raw))
        except ValidationError as error:
            problems.append(CatalogueError(name, str(raw.get("id", "-")), f"override {first_problem(error)}"))
    for raw in read.rules:
        try:
            rules.append(compile_rule(origin, raw))
        except CatalogueError as error:
            problems.append(error)
    return Overlay(name, read.scope, tuple(overrides), tuple(rules))


def refusals(overlays: Sequence[Overlay], rules: Sequence[CompiledRule]) -> list[CatalogueError]:
    """Return what does not fit together.

    An override must name a rule that there is and that is asked of some of its claims; and for any one claim no
    two overrides of a rule may be equally particular, for then neither would win.

    Args:
        overlays: The overlays.
        rules: Every rule, base and local.
    """
    scopes = {rule.rule.id: rule.origin.scope for rule in rules}
    found: list[CatalogueError] = []
    before: dict[str, list[Overlay]] = {}
    for overlay in overlays:
        for override in overlay.overrides:
            reason = _misfit(override, overlay, scopes, before.setdefault(override.id, []))
            if reason:
                found.append(CatalogueError(overlay.file, override.id, reason))
            before[override.id].append(overlay)
    return found


def _misfit(override: Override, overlay: Overlay, scopes: dict[str, Scope], before: list[Overlay]) -> str | None:
    if override.id not in scopes:
        return "the override names a rule that does not exist"
    if not scopes[override.id].meets(overlay.scope):
        return f"the rule is made for {scopes[override.id]}, the override for {overlay.scope}"
    for other in before:
        if other.scope.rank == overlay.scope.rank and other.scope.meets(overlay.scope):
            return f"overridden as particularly in {other.file}, so that neither would win"
    return None
