"""python -m loadtest.peers: the same claims, rules and model through every engine, in one run on one broker."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from claimstream.settings import Settings
from loadtest.peers.compare import ComparePlan, compare
from loadtest.peers.engines import ENGINES
from schemas.errors import ClaimstreamError


def main() -> int:
    """Compare and print."""
    given = _arguments()
    warm_up = given.claims // 5 if given.warm_up is None else given.warm_up
    plan = ComparePlan(
        claims=given.claims, warm_up=warm_up, only=tuple(given.only), bootstrap=given.bootstrap, seed=given.seed
    )
    try:
        result = compare(Settings(), plan)
    except ClaimstreamError as error:
        sys.stderr.write(f"{error.message} {error.remedy}\n")
        return 1
    text = json.dumps(result, indent=1)
    if given.out is not None:
        given.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n" if given.json else _table(result["engines"]))
    return 3 if any(engine["lost"] or engine["doubled"] for engine in result["engines"]) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000, help="claims on the topic, the warm-up included")
    parser.add_argument("--warm-up", type=int, help="claims that are not measured; a fifth if not given")
    parser.add_argument("--only", nargs="*", default=[], choices=[engine.name for engine in ENGINES])
    parser.add_argument("--bootstrap", default="", help="Apache Kafka to use; one is started if not given")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--out", type=Path, help="also write the JSON to this file")
    return parser.parse_args()


def _table(engines: list[dict[str, object]]) -> str:
    rows = [f"{'engine':28}{'claims/s':>10}{'CPU us':>9}{'slower':>8}{'CPU x':>7}{'RSS MB':>8}  lost doubled unequal"]
    rows += [
        f"{e['engine']:28}{e['claims_per_second']:>10}{e['cpu_us_per_claim']:>9}{e['times_slower']:>8}"
        f"{e['times_the_cpu']:>7}{e['rss_mb']:>8}  {e['lost']} {e['doubled']} {e['unequal']} of {e['compared']}"
        for e in engines
    ]
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    sys.exit(main())
