"""`python -m models.training --claims 40000 --seed 7 --registry models/registry`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from models.training.train import train
from schemas.errors import ClaimstreamError


def main() -> int:
    """Train with the arguments of the command line; progress to stderr, the report as JSON to stdout."""
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    parser.add_argument("--claims", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--profile", choices=("seed", "field"), default="seed")
    parser.add_argument("--registry", type=Path, default=Path("models/registry"))
    options = parser.parse_args()
    try:
        report = train(options.registry, options.claims, options.seed, _to_stderr, profile=options.profile)
    except ClaimstreamError as error:
        _to_stderr(str(error))
        return 1
    content = {
        "folder": str(report.folder),
        "metrics": report.learned.metrics,
    }
    sys.stdout.write(json.dumps(content, indent=1, sort_keys=True) + "\n")
    return 0


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
