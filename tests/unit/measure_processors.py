"""Measure the pure steps on this machine: `POLARS_MAX_THREADS=1 python -m tests.unit.measure_processors [full]`.

With `full`, prices come from the published schedules of three years (shared data), and loading them is measured too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

from processors.pricing import PriceBook, price
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch
from tests.unit.pricing.full_book import full_book

SIZES = (1, 500, 4_000)
GOOD = {
    "total_charge_cents": 45_000,
    "diagnosis_codes": ["I10", "E119"],
    "diagnosis_qualifiers": ["ABK", "ABF"],
    "lines": [{}, {"procedure_code": "71046"}, {"procedure_code": "20610", "modifiers": ["50"]}],
}
BAD = {"total_charge_cents": 1, "billing_npi": "123"}
RANKED = {
    **GOOD,
    "lines": [
        {"procedure_code": "70450"},
        {"procedure_code": "72125"},
        {"procedure_code": "47562", "place_of_service": "22"},
        {"procedure_code": "49505", "place_of_service": "22"},
        {"procedure_code": "97110", "units": 2.0},
    ],
}
"""A claim whose lines are ranked against each other: images, operations, therapy."""


def best_cpu_ms(step: Callable[[], object], repeats: int = 7) -> float:
    """Return the least processor time of a step, milliseconds: wall time is useless on a shared machine."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        step()
        times.append(time.process_time() - started)
    return min(times) * 1e3


def main() -> None:
    """Print processor time by batch size: nine good claims of three lines for each bad one.

    The step `ranked` prices batches in which three of ten claims have lines that are ranked against each other.
    """
    catalogue = RuleCatalogue.load()
    book = _full_book() if sys.argv[1:] == ["full"] else PriceBook.starter()
    three = example_batch([GOOD, BAD, RANKED])
    sys.stdout.write(f"{len(catalogue.rules)} rules\n")
    for size in SIZES:
        batch = three.take([int(number % 10 == 9) for number in range(size)])
        ranked = three.take([(2, 2, 2, 0, 0, 0, 0, 0, 0, 1)[number % 10] for number in range(size)])
        for name, step in (
            ("validate", partial(validate, batch, catalogue)),
            ("price", partial(price, batch, book)),
            ("ranked", partial(price, ranked, book)),
        ):
            spent = best_cpu_ms(step)
            sys.stdout.write(f"{name:9s} {size:6d} claims {spent:7.2f} ms {spent / size * 1e3:8.2f} us/claim\n")


def _full_book() -> PriceBook:
    """Return the book of the published schedules, and print how long it took to make it."""
    started = time.process_time()
    book = full_book()
    book.tables  # noqa: B018 laid out when first asked for
    sys.stdout.write(f"{book.rates.height} rates in {time.process_time() - started:.2f} s\n")
    return book


if __name__ == "__main__":
    main()
