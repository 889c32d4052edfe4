"""Stories about a payer's front office: it takes longer to decide, or refuses many claims at its front end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.synthetic.scenarios.scenario import Scenario
from models.synthetic.world import Numbers


@dataclass(frozen=True)
class SlowPayer(Scenario):
    """Claims submitted from a day on are decided later.

    Attributes:
        factor: Factor on the days to the decision.
    """

    factor: float = 1.8

    def slowness(self, events: pl.DataFrame) -> Numbers:
        """Return the factor for the payer's claims."""
        return np.where(self.about(events), self.factor, 1.0)

    def story(self) -> dict[str, object]:
        """Return the truth."""
        return {**super().story(), "factor": self.factor}


@dataclass(frozen=True)
class RejectSpike(Scenario):
    """Claims submitted within the story are often rejected in the payer's 277CA.

    Attributes:
        share: Chance of a rejection.
    """

    share: float = 0.25

    def refusal_share(self, events: pl.DataFrame) -> Numbers:
        """Return the chance for the payer's claims."""
        return np.where(self.about(events), self.share, 0.0)

    def story(self) -> dict[str, object]:
        """Return the truth."""
        return {**super().story(), "share": self.share}
