"""A payer starts denying claims that carry a modifier."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from models.synthetic.outcome import Outcome
from models.synthetic.profiles import REASONS
from models.synthetic.scenarios.scenario import Scenario
from models.synthetic.world import Flags

_REASON = REASONS.index("modifier")
_STREAM = 3


@dataclass(frozen=True)
class DeniedModifier(Scenario):
    """From a day on the payer denies lines with this modifier.

    Attributes:
        modifier: The modifier.
        share: Chance that such a claim is denied for it.
    """

    modifier: str = "25"
    share: float = 0.85

    def adjudicate(self, outcome: Outcome, events: pl.DataFrame, seed: int) -> Outcome:
        """Deny claims with the modifier, and raise their true probability."""
        rng = np.random.default_rng([seed, _STREAM])
        concerned = self.about(events) & self._carries(events)
        hit = concerned & (rng.random(events.height) < self.share) & ~outcome.denied
        before = outcome.true_p_denied
        p_denied = np.where(concerned, 1 - (1 - before) * (1 - self.share), before)
        # Denied otherwise as before; what is new is denied for the modifier.
        posterior = outcome.reason_posterior * (before / p_denied)[:, None]
        posterior[:, _REASON] += 1 - before / p_denied
        return replace(
            outcome,
            denied=outcome.denied | hit,
            reason=np.where(hit, _REASON, outcome.reason),
            cause=np.where(hit, _REASON, outcome.cause),
            true_p_denied=p_denied,
            reason_posterior=posterior,
        )

    def denied_lines(self, events: pl.DataFrame, lines: pl.DataFrame) -> Flags:
        """Deny the lines that carry the modifier."""
        concerned = self.about(events)[lines["row"].to_numpy()]
        result: Flags = concerned & lines["modifiers"].list.contains(self.modifier).to_numpy()
        return result

    def _carries(self, events: pl.DataFrame) -> Flags:
        has = pl.element().struct.field("modifiers").list.contains(self.modifier)
        return events.select(pl.col("lines").list.eval(has).list.any())["lines"].to_numpy()

    def story(self) -> dict[str, object]:
        """Return the truth."""
        return {**super().story(), "modifier": self.modifier, "share": self.share, "reason": "modifier"}
