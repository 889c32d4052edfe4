"""Tell the stories of ten synthetic lineages as a table, from submission to the last cent.

python -m loadtest.stories --claims 1500 --seed 11

Claims go through the claim stage, and with all that comes back through the fold of correlation; no broker is needed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from claimstream.correlation import load_ledger
from claimstream.settings import Settings
from loadtest.correlation import IDS, MAKERS, Message, encoded
from processors.correlation import facts as facts_of
from processors.correlation.facts import Fact
from processors.correlation.statements import standing
from streams.correlation.folding import Folder, Results
from streams.correlation.reading import FactReader
from streams.correlation.table import MemoryTable

Row = Mapping[str, Any]

KINDS: Mapping[str, Callable[[Row], bool]] = {
    "paid at once": lambda row: row["state"] == "paid" and bool(row["first_pass_clean"]) and row["attempts"] == 1,
    "patient owes all": lambda row: row["state"] == "patient_responsibility",
    "rejected, sent again, paid": lambda row: row["front_end_rejections"] > 0 and row["paid_cents"] > 0,
    "rejected by the 277CA": lambda row: row["state"] == "rejected_277ca",
    "rejected by the 999, sent again": lambda row: row["first_999_accepted"] is False and row["attempts"] > 1,
    "denied": lambda row: row["state"] == "denied",
    "denied, corrected, recovered": lambda row: row["recovered_cents"] > 0,
    "partly denied": lambda row: row["state"] == "partial",
    "paid and taken back": lambda row: row["takeback_cents"] > 0,
    "underpaid": lambda row: row["underpaid_cents"] > 0,
    "a hospital's, paid": lambda row: row["claim_type"] == "institutional" and row["paid_cents"] > 0,
    "no answer yet": lambda row: row["first_outcome"] is None and not row["voided"],
    "answered twice": lambda row: row["remits"] > 1,
}
"""What a story shows; the first lineage that fits and was not taken is told, until there are ten."""
TOLD = 10

COLUMNS = (
    "story", "attempts", "submitted", "999", "277CA", "payer took it", "first answer", "cause", "charge", "expected",
    "paid", "patient", "contractual", "denied", "recovered", "taken back", "state", "queues",
)  # fmt: skip


def lineages(claims: int, seed: int) -> list[Row]:
    """Return the lineages of synthetic claims, folded in order of time."""
    facts: list[Fact] = []
    for contract, values in encoded(claims, seed).items():
        reader = FactReader(contract, IDS, MAKERS[contract], facts_of.COLUMNS)
        facts += reader.read([Message(value) for value in values])[0]
    facts.sort(key=lambda fact: (fact["at"], fact["id"]))
    table, results = MemoryTable(), Results()
    folder = Folder(load_ledger(Settings()), table, lambda _: 0)
    for number, fact in enumerate(facts):
        results.facts.clear()
        folder.fold(0, [fact], results, 2 * number)
        folder.fold(0, list(results.facts), results, 2 * number + 1)  # a 999 goes on to the claims of its set
    accounts = (value for (_, key), value in table.values.items() if key.startswith("a|"))
    return [row for one in accounts for row in standing(one["lineages"], "claims.lineage").values()]


def stories(rows: list[Row]) -> Iterator[tuple[str, Row]]:
    """Yield a lineage for each kind of story that the rows have."""
    taken: set[str] = set()
    for kind, fits in KINDS.items():
        found = next((row for row in rows if row["lineage_id"] not in taken and fits(row)), None)
        if found is not None and len(taken) < TOLD:
            taken.add(found["lineage_id"])
            yield kind, found


def cells(kind: str, row: Row) -> list[str]:
    """Return a story as the cells of the table."""
    attempts = row["attempt_list"]
    verdicts = {True: "accepted", False: "rejected", None: "-"}
    cents = ("charge", "expected_allowed", "paid", "patient_responsibility", "contractual", "denied", "recovered")
    return [
        kind,
        "+".join(one["frequency_code"] for one in attempts),
        _instant(row["first_submitted_at"]),
        "/".join(verdicts[one["accepted_999"]] for one in attempts),
        "/".join(str(one["ack_277ca_category"] or "-") for one in attempts),
        _instant(row["accepted_payer_at"]),
        row["first_outcome"] or "-",
        " ".join(filter(None, (row["first_carc"], row["first_root_cause_group"]))) or "-",
        *(f"{(row[f'{name}_cents'] or 0) / 100:.2f}" for name in cents),
        f"{row['takeback_cents'] / 100:.2f}",
        row["state"],
        ", ".join(row["queues"]) or "-",
    ]


def _instant(micros: int | None) -> str:
    if micros is None:
        return "-"
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros):%m-%d %H:%M}"


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description="Tell the stories of ten synthetic lineages.")
    parser.add_argument("--claims", type=int, default=1_500)
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    told = [cells(kind, row) for kind, row in stories(lineages(given.claims, given.seed))]
    for line in (COLUMNS, ["---"] * len(COLUMNS), *told):
        sys.stdout.write(f"| {' | '.join(line)} |\n")


if __name__ == "__main__":
    main()
