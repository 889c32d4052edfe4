"""Measure the pure steps on this machine: `POLARS_MAX_THREADS=1 python -m tests.unit.measure_processors`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

from processors.pricing import PriceBook, price
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch

SIZES = (1, 500, 4_000)
GOOD = {
    "total_charge_cents": 45_000,
    "diagnosis_codes": ["I10", "E119"],
    "diagnosis_qualifiers": ["ABK", "ABF"],
    "lines": [{}, {"procedure_code": "71046"}, {"procedure_code": "20610", "modifiers": ["50"]}],
}
BAD = {"total_charge_cents": 1, "billing_npi": "123"}


def best_cpu_ms(step: Callable[[], object], repeats: int = 7) -> float:
    """Return the least processor time of a step, milliseconds: wall time is useless on a shared machine."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        step()
        times.append(time.process_time() - started)
    return min(times) * 1e3


def main() -> None:
    """Print processor time by batch size: nine good claims of three lines for each bad one."""
    catalogue, book = RuleCatalogue.load(), PriceBook.starter()
    two = example_batch([GOOD, BAD])
    sys.stdout.write(f"{len(catalogue.rules)} rules\n")
    for size in SIZES:
        batch = two.take([int(number % 10 == 9) for number in range(size)])
        for name, step in (("validate", partial(validate, batch, catalogue)), ("price", partial(price, batch, book))):
            spent = best_cpu_ms(step)
            sys.stdout.write(f"{name:9s} {size:6d} claims {spent:7.2f} ms {spent / size * 1e3:8.2f} us/claim\n")


if __name__ == "__main__":
    main()
