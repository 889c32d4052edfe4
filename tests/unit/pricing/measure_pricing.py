"""Measure pricing on this machine: `POLARS_MAX_THREADS=1 python -m tests.unit.pricing.measure_pricing [full]`.

With `full`, prices come from the published schedules of three years (shared data), and loading them is measured too.
"""

from __future__ import annotations

import sys
import time

from processors.pricing import PriceBook, price
from processors.validation.examples import example_batch
from tests.unit.pricing.full_book import full_book

SIZES = (1, 100, 500, 4_000)
PLAIN = {"lines": [{}, {"procedure_code": "71046"}, {"procedure_code": "20610", "modifiers": ["50"]}]}
BAD = {"billing_npi": "123"}
RANKED = {
    "lines": [
        {"procedure_code": "70450"},
        {"procedure_code": "72125"},
        {"procedure_code": "47562", "place_of_service": "22"},
        {"procedure_code": "49505", "place_of_service": "22"},
        {"procedure_code": "97110", "units": 2.0},
    ]
}
"""A claim whose lines are ranked against each other: images, operations, therapy."""

MIXES = {"plain": (0,) * 9 + (1,), "ranked": (2,) * 3 + (0,) * 6 + (1,)}
"""Of every ten claims, which ones they are."""


def main() -> None:
    """Print the least processor time of several runs, by mix of claims and batch size."""
    started = time.process_time()
    book = full_book() if sys.argv[1:] == ["full"] else PriceBook.starter()
    rates = len(book.tables.rates.code)
    sys.stdout.write(f"{rates} rates loaded in {time.process_time() - started:.2f} s\n")
    claims = example_batch([PLAIN, BAD, RANKED])
    for size in SIZES:
        for mix, kinds in MIXES.items():
            batch = claims.take([kinds[number % 10] for number in range(size)])
            times = []
            for _ in range(9):
                started = time.process_time()
                price(batch, book)
                times.append(time.process_time() - started)
            spent = min(times)
            sys.stdout.write(
                f"{mix:7s} {size:6d} claims {batch.lines.height:6d} lines "
                f"{spent * 1e3:7.2f} ms {spent / size * 1e6:8.2f} us/claim\n"
            )


if __name__ == "__main__":
    main()
