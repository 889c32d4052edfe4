"""Measure validation on this machine: `POLARS_MAX_THREADS=1 python -m tests.unit.measure_validation`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from models.synthetic import generate
from processors.batch import ClaimBatch
from processors.validation import RuleCatalogue, validate
from processors.validation.columns.definition import Inputs
from processors.validation.derive import MadeLevel
from processors.validation.findings import findings_of
from processors.validation.fire import fire
from tests.unit.measure_processors import best_cpu_ms

SIZES = (4_000, 100, 1)
REPEATS = 15


def steps(batch: ClaimBatch, catalogue: RuleCatalogue) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield validation and its parts, each ready to run on a batch."""
    kinds = batch.claims["claim_type"].unique().to_list()
    of_claims = catalogue.asked("claim", "submitted", kinds)
    of_lines = catalogue.asked("line", "submitted", kinds)

    def levels() -> tuple[MadeLevel, MadeLevel]:
        inputs = Inputs(batch, catalogue.library)
        claims = MadeLevel("claim", batch.claims, inputs)
        lines = MadeLevel("line", batch.lines, inputs, claims)
        claims.make(of_claims.own_columns | of_lines.claim_columns)
        lines.make(of_lines.own_columns)
        return claims, lines

    yield f"validate: {len(of_claims.asked) + len(of_lines.asked)} rules", partial(validate, batch, catalogue)
    yield "  columns", levels
    with levels()[0] as claims, levels()[1] as lines:
        yield f"  {len(of_claims.asked)} claim rules", partial(fire, claims, of_claims)
        yield f"  {len(of_lines.asked)} line rules", partial(fire, lines, of_lines)
        yield "  findings", partial(findings_of, fire(claims, of_claims), fire(lines, of_lines), batch.size)


def main() -> None:
    """Print the processor time of synthetic claims by step and batch size, as a table in markdown."""
    catalogue = RuleCatalogue.load()
    events = generate(max(SIZES), 7, start=datetime(2026, 6, 1, tzinfo=UTC)).events
    every = ClaimBatch.from_events(events, datetime(2026, 6, 15, tzinfo=UTC))
    sys.stdout.write(f"{len(catalogue.rules)} rules\n\n| claims | lines | step | ms a batch | us a claim |\n")
    sys.stdout.write("|---:|---:|---|---:|---:|\n")
    for size in SIZES:
        batch = every.take(list(range(size)))
        for name, step in steps(batch, catalogue):
            spent = best_cpu_ms(step, REPEATS)
            row = f"| {size} | {batch.lines.height} | {name.replace('  ', '&emsp;')} | {spent:.2f} | "
            sys.stdout.write(f"{row}{spent / size * 1e3:.2f} |\n")


if __name__ == "__main__":
    main()
