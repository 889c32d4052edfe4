"""LocalSeverities: how grave every rule is for the claims of one tenant and payer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from processors.validation.compiled import CompiledRule
from processors.validation.overlays.overlay import Overlay, Override
from processors.validation.rule import SEVERITIES, Severity
from processors.validation.scope import EVERYONE

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
_Ranks = np.ndarray[tuple[int], np.dtype[np.int8]]

DISABLED = len(SEVERITIES)
"""Rank of a rule that is not asked; the other ranks are places in SEVERITIES."""


@dataclass(frozen=True)
class Standing:
    """What a rule is for the claims of one tenant and payer.

    Attributes:
        severity: Its severity; null when it is not asked.
        override: The override that decided it; null when none did.
        file: File of that override.
    """

    severity: Severity | None
    override: Override | None = None
    file: str = ""


class LocalSeverities:
    """How grave every rule is, by tenant and payer: what overlays say, the most particular one first.

    Args:
        rules: Every rule, base and local.
        overlays: The overlays.
    """

    def __init__(self, rules: Sequence[CompiledRule], overlays: Sequence[Overlay]) -> None:
        self._rules = tuple(rules)
        self._said: dict[str, list[tuple[Overlay, Override]]] = {}
        for overlay in sorted(overlays, key=lambda overlay: -overlay.scope.rank):
            for override in overlay.overrides:
                self._said.setdefault(override.id, []).append((overlay, override))
        scopes = [overlay.scope for overlay in overlays]
        self._tenants = sorted({name for scope in scopes for name in scope.tenants})
        self._payers = sorted({name for scope in scopes for name in scope.payers})
        self._ranks_of_pair: dict[int, _Ranks] = {}

    def standing(self, rule: CompiledRule, tenant: str | None, payer: str | None) -> Standing:
        """Return what a rule is for a tenant and payer; None stands for one that no overlay names."""
        if not rule.origin.scope.covers(tenant, payer):
            return Standing(None)
        for overlay, override in self.overrides_of(rule):
            if overlay.scope.covers(tenant, payer):
                return Standing(override.severity, override, overlay.file)
        return Standing(rule.rule.severity)

    def overrides_of(self, rule: CompiledRule) -> Sequence[tuple[Overlay, Override]]:
        """Return what overlays say about a rule, the most particular first."""
        return self._said.get(rule.rule.id, ())

    def ranks(self, claims: pl.DataFrame, row: Integers, rules: Sequence[CompiledRule], number: Integers) -> Integers:
        """Return how grave each firing of a rule is: a place in SEVERITIES, or DISABLED.

        Args:
            claims: The claims, in the order of their rows, with tenant_id and payer_id.
            row: The claim of every firing.
            rules: Rules that fired.
            number: The rule of every firing, a place in `rules`.
        """
        pairs, of_claim = self._pairs(claims)
        table = np.stack([self._ranks(int(pair)) for pair in pairs])
        place = np.array([self._places[rule.rule.id] for rule in rules], dtype=np.int64)
        return table[of_claim[row], place[number]].astype(np.int64)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {rule.rule.id: place for place, rule in enumerate(self._rules)}

    @cached_property
    def _own_ranks(self) -> _Ranks:
        return np.array([SEVERITIES.index(rule.rule.severity) for rule in self._rules], dtype=np.int8)

    @cached_property
    def _local(self) -> list[tuple[int, CompiledRule]]:
        """Place and rule of all rules that are not the same for every claim."""
        return [
            (place, rule)
            for place, rule in enumerate(self._rules)
            if rule.rule.id in self._said or rule.origin.scope != EVERYONE
        ]

    def _pairs(self, claims: pl.DataFrame) -> tuple[Integers, Integers]:
        """Return the distinct pairs of tenant and payer, and for every claim its place among them."""
        tenant, payer = _places_of(claims["tenant_id"], self._tenants), _places_of(claims["payer_id"], self._payers)
        pairs, of_claim = np.unique(tenant * (len(self._payers) + 1) + payer, return_inverse=True)
        return pairs, of_claim

    def _ranks(self, pair: int) -> _Ranks:
        """Return the ranks of all rules for a pair of tenant and payer; worked out once."""
        if pair not in self._ranks_of_pair:
            tenant, payer = divmod(pair, len(self._payers) + 1)
            ranks = self._own_ranks.copy()
            for place, rule in self._local:
                severity = self.standing(rule, _name(self._tenants, tenant), _name(self._payers, payer)).severity
                ranks[place] = DISABLED if severity is None else SEVERITIES.index(severity)
            self._ranks_of_pair[pair] = ranks
        return self._ranks_of_pair[pair]


def _places_of(values: pl.Series, names: list[str]) -> Integers:
    """Return the place of every value among the names, behind them for any other."""
    places = values.cast(pl.Enum(names), strict=False).to_physical().cast(pl.Int64)
    return places.fill_null(len(names)).to_numpy()


def _name(names: list[str], place: int) -> str | None:
    return names[place] if place < len(names) else None
