"""make soak: run the soak and print what happened as JSON; exit 0 when everything holds, 3 when something does not."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.soak.soak import Plan, Soak, keep_logs

EXIT_PROBLEMS = 3


def main() -> int:
    """Run one soak."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="length of the chaos")
    parser.add_argument("--seed", type=int, default=None, help="seed of blows and claims; a new one if not given")
    parser.add_argument("--rate", type=float, default=60, help="events a second")
    parser.add_argument("--slots", type=int, default=2, help="claim stages")
    parser.add_argument("--keep", type=Path, default=None, help="folder for the logs of a run that found something")
    asked = parser.parse_args()
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    sys.stderr.write(f"Soaking for {asked.seconds:.0f} s with seed {seed} ...\n")
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        outcome = Soak(Plan(asked.seconds, seed, asked.rate, asked.slots), Path(folder)).run()
        if outcome.violation and asked.keep is not None:
            keep_logs(Path(folder), asked.keep)
    print(json.dumps(asdict(outcome), indent=1))  # noqa: T201 - the command's output
    return EXIT_PROBLEMS if outcome.violation else 0


if __name__ == "__main__":
    sys.exit(main())
