"""The claim pipeline in its order: validate, price, score, decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from processors.batch import ClaimBatch
from processors.pricing import PriceBook, price
from processors.pricing.contracts import ContractSet, apply_contracts
from processors.routing import Policy, decide
from processors.scoring import Scorer, score
from processors.step import StepFailedError, StepTimes
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch

Step = tuple[str, Callable[[ClaimBatch], ClaimBatch]]


@dataclass(frozen=True)
class ClaimPipeline:
    """The tools of the steps; frozen, so that one batch sees one version of each.

    Attributes:
        catalogue: Validation rules.
        book: Price book.
        scorer: Approval and reason models.
        policy: Dispositions, queues and priorities.
        contracts: Payer contracts, which go before the price book.
    """

    catalogue: RuleCatalogue
    book: PriceBook
    scorer: Scorer
    policy: Policy
    contracts: ContractSet = field(default_factory=ContractSet.empty)

    @classmethod
    def shipped(cls) -> ClaimPipeline:
        """Return the pipeline with the rules, prices, models and policy that claimstream ships."""
        return cls(RuleCatalogue.load(), PriceBook.starter(), Scorer.load(), Policy.load())

    def warm_up(self) -> None:
        """Run one example claim, so that the first real batch does not pay for caches and compilation."""
        self.run(example_batch())

    def run(self, batch: ClaimBatch, times: StepTimes | None = None) -> ClaimBatch:
        """Take a batch through all steps.

        Args:
            batch: Claims as they were submitted.
            times: Collects how long each step took.

        Raises:
            StepFailedError: A step raised.
        """
        times = times or StepTimes()
        for name, step in self._steps():
            with times.measure(name):
                try:
                    batch = step(batch)
                except (Exception, pl.exceptions.PanicException) as error:
                    raise StepFailedError(name, error) from error
        return batch

    def _steps(self) -> tuple[Step, ...]:
        return (
            ("validate", lambda batch: validate(batch, self.catalogue)),
            ("price", lambda batch: apply_contracts(price(batch, self.book), self.book, self.contracts)),
            ("score", lambda batch: score(batch, self.scorer)),
            ("decide", lambda batch: decide(batch, self.policy)),
        )
