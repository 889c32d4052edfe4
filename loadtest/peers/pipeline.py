"""claimstream's pipeline with the rules and the model of the comparison: validate, score, decide."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import polars as pl

from loadtest.peers.columnar import feature_matrix
from processors.batch import ClaimBatch
from processors.history import HistoryView
from processors.pipeline import ClaimPipeline
from processors.pricing import PriceBook
from processors.routing import Policy, decide
from processors.scoring import Scorer
from processors.scoring.session import open_session
from processors.step import StepTimes
from processors.validation import RuleCatalogue, validate
from schemas.codec.dtypes import Names, polars_type, unwrap
from schemas.contracts import CLAIMS_SCORED


@dataclass(frozen=True)
class PeerPipeline(ClaimPipeline):
    """The steps that the other engines have, too; history and prices are left out.

    Attributes:
        session: The model of the comparison.
    """

    session: onnxruntime.InferenceSession | None = None

    @classmethod
    def of(cls, pack: Path, model: Path) -> PeerPipeline:
        """Return the pipeline with these rules and this model."""
        catalogue = RuleCatalogue.load([pack])
        session = open_session(model.read_bytes())
        return cls(catalogue, PriceBook.starter(), Scorer(), Policy.load(), session=session)

    def run(
        self, batch: ClaimBatch, times: StepTimes | None = None, remembered: HistoryView | None = None
    ) -> ClaimBatch:
        """Take a batch through the steps."""
        del remembered  # nothing is
        times = times or StepTimes()
        with times.measure("validate"):
            batch = validate(batch, self.catalogue)
        with times.measure("score"):
            batch = self._scored(batch)
        with times.measure("decide"):
            return decide(batch, self.policy)

    def _scored(self, batch: ClaimBatch) -> ClaimBatch:
        assert self.session is not None  # noqa: S101 - the constructor of this class gives it
        matrix = feature_matrix(batch)
        denied = self.session.run(["probabilities"], {"features": matrix})[0][:, 1]
        approved = pl.Series("approval_probability", 1.0 - denied.astype(np.float64))
        absent = [pl.lit(value, dtype=dtype).alias(name) for name, value, dtype in _ABSENT_OF_CLAIMS]
        of_lines = [pl.lit(value, dtype=dtype).alias(name) for name, value, dtype in _ABSENT_OF_LINES]
        claims = batch.claims.with_columns(*absent, pl.lit("model").alias("scored_by"), approved)
        return ClaimBatch(claims, batch.lines.with_columns(of_lines), batch.now, batch.findings)


Absent = tuple[tuple[str, Any, pl.DataType], ...]


def _absent() -> tuple[Absent, Absent]:
    """Return what claims and lines lack for claims.scored when history, prices and explanations are left out."""
    names: Names = {}
    fields = CLAIMS_SCORED.schema["fields"]
    lines = next(field for field in fields if field["name"] == "lines")["type"]["items"]["fields"]
    of_claims = [_empty(field, names) for field in fields if field["name"] in _LEFT_OUT_OF_CLAIMS]
    of_lines = [_empty(field, names) for field in lines if field["name"] in _LEFT_OUT_OF_LINES]
    return tuple(of_claims), tuple(of_lines)


def _empty(field: dict[str, Any], names: Names) -> tuple[str, Any, pl.DataType]:
    dtype = polars_type(field["type"], names)
    if unwrap(field["type"], names)[1]:
        return field["name"], None, dtype
    return field["name"], field.get("default", "" if dtype == pl.String else 0), dtype


_LEFT_OUT_OF_CLAIMS = frozenset(
    {
        "expected_allowed_cents",
        "rvu_total_e5",
        "rvu_work_e5",
        "price_basis",
        "price_version",
        "model_version",
        "reason_model_version",
        "feature_hash",
        "reasons",
        "challenger_version",
        "challenger_probability",
        "feature_completeness",
        "feature_vector",
        "explanations",
    }
)
_LEFT_OUT_OF_LINES = frozenset(
    {"expected_allowed_cents", "rvu_total_e5", "rvu_work_e5", "price_status", "price_basis", "price_steps"}
)
_ABSENT_OF_CLAIMS, _ABSENT_OF_LINES = _absent()
