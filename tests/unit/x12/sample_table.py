"""The table of published samples as it was found now: python -m tests.unit.x12.sample_table [--json]."""

from __future__ import annotations

import json
import sys
from typing import Any

from claimstream.x12.report import FileReport
from processors.x12 import read_file
from tests.shared_data import shared
from tests.unit.x12.reading import INTAKE
from tests.unit.x12.test_sample_table import TABLE


def rows() -> list[dict[str, Any]]:
    """Return a row a sample: what was found, what was expected, and whether they are the same."""
    made = []
    for name, expected in TABLE.items():
        report = FileReport()
        for result in read_file(shared(f"x12/{name}"), INTAKE):
            report.add(result)
        errors = {problem.code for problem in report.problems if problem.severity != "warning"}
        found = (report.claims, report.remit_claims, report.ack_records, report.balanced, errors)
        made.append({
            "file": name, "claims": found[0], "remit_claims": found[1], "ack_records": found[2], "balanced": found[3],
            "errors": sorted(errors), "expected": [*expected[:4], sorted(expected[4])], "right": found == expected,
        })  # fmt: skip
    return made


def main() -> int:
    """Print the table; 3 when a sample is not as expected."""
    table = rows()
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(table, indent=1) + "\n")
    else:
        for row in table:
            counts = f"{row['claims']:>3} {row['remit_claims']:>3} {row['ack_records']:>3} {row['balanced']!s:>5}"
            verdict = "right" if row["right"] else f"expected {row['expected']}"
            sys.stdout.write(f"{counts}  {verdict:<6} {row['file']}  {' '.join(row['errors'])}\n")
    return 0 if all(row["right"] for row in table) else 3


if __name__ == "__main__":
    sys.exit(main())
