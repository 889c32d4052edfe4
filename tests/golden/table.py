"""The table of the golden set: the cells of all stories added up by payer, with how each figure was worked.

`python -m tests.golden.table` writes kpis.csv anew after a story has changed. Nothing here asks a database: sums of
what was worked by hand, and the two definitions that are no sums (percentiles, calibration) in plain Python.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sink.kpi_catalogue import names
from tests.golden.stories import DIVISORS, FOLDER, Cell, Story, stories

TABLE = FOLDER / "kpis.csv"
ALL = "all"
COLUMNS = ("kpi", "payer", "numerator", "denominator", "value", "how")
LAGS = (
    "charge_lag",
    "claim_lag",
    "payer_lag",
    "accepted_lag",
    "payer_cycle_time",
    "remit_to_post_lag",
    "time_to_resolution",
)
AMOUNTS = ("work_rvu", "dollars_at_risk")
"""KPIs whose value is what is above the line; below it stands what it is part of."""
NO_PAYER = {"rejection_rate_999": ""}
"""A transaction set may hold claims of many payers."""

EXPECTED_CASH = {
    # S14 alone waits, aged 246 days; the one answer due in its next 30 days (253) came: 14400 * 1.
    "SUMMIT": (14_400.0, "14400 * (1 - 0/1)"),
    # G15 waits, aged 11. Answers at 20: 8 of 13 (11 answered, G09 and G17 waiting), at 30: 3 of 5.
    "GRANITE": (14_400 * 11 / 13, "14400 * (1 - 5/13 * 2/5); nothing for G09 and G17, beyond the oldest answer"),
    "HARBOR": (0.0, "nothing for H09, beyond the oldest answer"),
}


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        kpi: KPI.
        payer: Payer, or all.
        numerator: Above the line.
        denominator: Below it; None where the KPI has none.
        value: The KPI; None without a denominator.
        how: Which bills make it.
    """

    kpi: str
    payer: str
    numerator: float
    denominator: float | None
    value: float | None
    how: str


def figures() -> list[Figure]:
    """Return the table."""
    return [figure for kpi in names() for figure in _of(kpi)]


def _of(kpi: str) -> list[Figure]:
    by_payer: dict[str, list[tuple[Story, Cell]]] = defaultdict(list)
    for story in stories():
        if kpi in story.counts:
            by_payer[NO_PAYER.get(kpi, story.payer)].append((story, story.counts[kpi]))
    groups = {ALL: [pair for pairs in by_payer.values() for pair in pairs], **by_payer}
    return [_figure(kpi, payer, pairs) for payer, pairs in groups.items() if pairs]


def _figure(kpi: str, payer: str, pairs: Sequence[tuple[Story, Cell]]) -> Figure:
    above = sum(cell.numerator for _, cell in pairs)
    belows = [cell.denominator for _, cell in pairs if cell.denominator is not None]
    below = sum(belows) / DIVISORS.get(kpi, 1) if belows else None
    how = _how(pairs)
    if kpi == "expected_cash_30d":
        above = sum(EXPECTED_CASH[name][0] for name in EXPECTED_CASH if payer in (name, ALL))
        how = "; ".join(f"{name}: {text}" for name, (_, text) in EXPECTED_CASH.items() if payer in (name, ALL))
        return Figure(kpi, payer, above, below, above, how)
    if kpi in LAGS:
        return Figure(kpi, payer, above, below, percentile(pairs, 0.5), how)
    if below is None or kpi in AMOUNTS:
        return Figure(kpi, payer, above, below, above, how)
    value = above / below if below else None
    return Figure(kpi, payer, above, below, value, how)


def percentile(pairs: Sequence[tuple[Story, Cell]], share: float) -> float:
    """Return the smallest lag that at least this share do not exceed; a bill with several answers counts each."""
    lags: list[float] = []
    for _, cell in pairs:
        counted = round(cell.denominator or 0)
        lags += [0.0] * (counted - 1) + [cell.numerator]  # of several answers at most one was posted late
    lags.sort()
    place = next(n for n in range(1, len(lags) + 1) if n >= share * len(lags))
    return lags[place - 1]


def _how(pairs: Sequence[tuple[Story, Cell]]) -> str:
    alike: dict[str, list[str]] = defaultdict(list)
    for story, cell in pairs:
        below = "" if cell.denominator is None else f"/{cell.denominator:g}"
        alike[f"{cell.numerator:.10g}{below}"].append(story.name)
    return "; ".join(f"{text} each of {' '.join(group)}" for text, group in alike.items())


def text(some: Sequence[Figure]) -> str:
    """Return the table as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in some:
        writer.writerow([one.kpi, one.payer, *map(_number, (one.numerator, one.denominator, one.value)), one.how])
    return out.getvalue()


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, 6):.12g}"


def read() -> list[Mapping[str, str]]:
    """Return the rows of the checked-in table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    TABLE.write_text(text(figures()), encoding="utf-8")
