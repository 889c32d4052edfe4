"""The claim pipeline in its order: validate, history, price, score, decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

import polars as pl

from processors.batch import ClaimBatch
from processors.history import HistoryBook, HistoryView, InMemoryHistory, check_history
from processors.pricing import PriceBook, price
from processors.pricing.contracts import ContractSet, apply_contracts
from processors.pricing.findings import find_unpriced
from processors.routing import Policy, decide
from processors.scoring import Scorer, score
from processors.step import StepFailedError, StepTimes
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import CLAIM_TYPES, example_batch

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
        history: What history knows of procedures; None leaves the history step out.
    """

    catalogue: RuleCatalogue
    book: PriceBook
    scorer: Scorer
    policy: Policy
    contracts: ContractSet = field(default_factory=ContractSet.empty)
    history: HistoryBook | None = None

    @classmethod
    def shipped(cls) -> ClaimPipeline:
        """Return the pipeline with the rules, prices, models and policy that claimstream ships."""
        catalogue = RuleCatalogue.load()
        history = HistoryBook.of(catalogue.library)
        return cls(catalogue, PriceBook.starter(), Scorer.load(), Policy.load(), history=history)

    def warm_up(self) -> None:
        """Run an example of every mixture of claim types, so that no real batch pays for caches and compilation.

        Rules are made ready for the types that a batch has, which takes 40 ms when it is the first with just these.
        """
        for size in range(1, len(CLAIM_TYPES) + 1):
            for mixture in combinations(CLAIM_TYPES, size):
                self.run(example_batch([{"claim_type": claim_type} for claim_type in mixture]))

    def run(
        self, batch: ClaimBatch, times: StepTimes | None = None, remembered: HistoryView | None = None
    ) -> ClaimBatch:
        """Take a batch through all steps.

        Args:
            batch: Claims as they were submitted.
            times: Collects how long each step took.
            remembered: What is known of earlier claims; None for nothing.

        Raises:
            StepFailedError: A step raised.
        """
        times = times or StepTimes()
        for name, step in self._steps(InMemoryHistory() if remembered is None else remembered):
            with times.measure(name):
                try:
                    batch = step(batch)
                except (Exception, pl.exceptions.PanicException) as error:
                    raise StepFailedError(name, error) from error
        return batch

    def _steps(self, remembered: HistoryView) -> tuple[Step, ...]:
        return (
            ("validate", lambda batch: validate(batch, self.catalogue)),
            *self._history_step(remembered),
            ("price", lambda batch: find_unpriced(self._priced(batch), self.catalogue)),
            ("score", lambda batch: score(batch, self.scorer, self.policy.review_below_probability)),
            ("decide", lambda batch: decide(batch, self.policy)),
        )

    def _priced(self, batch: ClaimBatch) -> ClaimBatch:
        return apply_contracts(price(batch, self.book), self.book, self.contracts)

    def _history_step(self, remembered: HistoryView) -> tuple[Step, ...]:
        book = self.history
        if book is None:
            return ()
        return (("history", lambda batch: check_history(batch, book, self.catalogue, remembered)),)
