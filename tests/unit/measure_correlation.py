"""Measure the pure steps of correlation for one remittance: `python -m tests.unit.measure_correlation`.

A claim of three lines and its answer: most are paid, one in nine is denied in part, one in nine as a whole.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from processors.adjudication.adjudicate import Adjudicator, PricedClaim
from processors.adjudication.ledger import opening_balance, post
from processors.detection.detect import Detector
from processors.rates.keeper import RateKeeper

Record = dict[str, Any]
CLAIMS = 2_000
PAYERS, PROVIDERS = 12, 40
START = datetime(2026, 3, 2, tzinfo=UTC)
BEST_OF = 5
_CODES = ("99213", "99214", "97110", "36415", "80053", "71046", "93000", "20610", "99203", "85025")
_REASONS = ("197", "4", "50", "97", "16", "29")


def main() -> None:
    """Print processor time of each step in microseconds a remittance, the best of several runs."""
    remits = [_remit(number) for number in range(CLAIMS)]
    claims = [_claim(number) for number in range(CLAIMS)]
    adjudicator = Adjudicator.shipped()
    said = [adjudicator.adjudicate(*pair) for pair in zip(remits, claims, strict=True)]
    rows = [_row(number, one) for number, one in enumerate(said)]
    _print(
        ("adjudicate", lambda: [adjudicator.adjudicate(*pair) for pair in zip(remits, claims, strict=True)]),
        ("ledger", lambda: [post(opening_balance(), one) for one in said]),
        ("rates", lambda: _rates(rows)),
        ("detection", lambda: _detection(rows)),
    )


def _rates(rows: Iterable[tuple[Record, datetime]]) -> None:
    keeper, store = RateKeeper.shipped(), dict[str, Any]()
    for row, at in rows:
        keeper.step(store, row, at)


def _detection(rows: Iterable[tuple[Record, datetime]]) -> None:
    detector, stores = Detector.shipped(), dict[str, Record]()
    for row, at in rows:
        detector.step(stores.setdefault(row["payer_id"], {}), row, at)


def _print(*steps: tuple[str, Callable[[], object]]) -> None:
    total = 0.0
    for name, step in steps:
        micros = min(_cpu_seconds(step) for _ in range(BEST_OF)) / CLAIMS * 1e6
        total += micros
        sys.stdout.write(f"{name:<12}{micros:8.1f} us\n")
    sys.stdout.write(f"{'together':<12}{total:8.1f} us\n")


def _cpu_seconds(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def _codes(number: int) -> Iterable[str]:
    return (_CODES[(number * 7 + place * 3) % len(_CODES)] for place in range(3))


def _claim(number: int) -> PricedClaim:
    lines = [
        {
            "line_number": place, "procedure_code": code, "modifiers": ["25"] if place == 1 else [],
            "revenue_code": None, "charge_cents": 10_000 * place, "service_from": 20_500,
            "expected_allowed_cents": 7_000 * place, "price_basis": "contract", "price_steps": [{"step": "fee"}],
        }
        for place, code in enumerate(_codes(number), start=1)
    ]  # fmt: skip
    return PricedClaim(lines, "professional", "commercial")


def _remit(number: int) -> Record:
    refused = {0: (1, 2, 3), 4: (2,)}.get(number % 9, ())
    reason = _REASONS[number % len(_REASONS)]
    lines = [_remit_line(place, code, reason if place in refused else None)
             for place, code in enumerate(_codes(number), start=1)]  # fmt: skip
    return {
        "claim_status_code": "1", "reversal": False, "charge_cents": sum(line["charge_cents"] for line in lines),
        "paid_cents": sum(line["paid_cents"] for line in lines),
        "patient_responsibility_cents": sum(line["paid_cents"] // 6 for line in lines),
        "adjustments": [], "remark_codes": ["MA01"], "amounts": [], "claim_balanced": True,
        "transaction_balanced": True, "crossover_payer_id": None, "lines": lines,
    }  # fmt: skip


def _remit_line(place: int, code: str, reason: str | None) -> Record:
    charge, paid = 10_000 * place, 0 if reason else 6_000 * place
    parts = [("CO", reason, charge)] if reason else [("CO", "45", charge - paid - paid // 6), ("PR", "2", paid // 6)]
    return {
        "line_number": place, "procedure_code": code, "modifiers": ["25"] if place == 1 else [], "revenue_code": None,
        "submitted_procedure_code": None, "submitted_modifiers": [], "charge_cents": charge, "paid_cents": paid,
        "units": 1.0, "service_from": 20_500, "allowed_cents": None, "remark_codes": [],
        "adjustments": [{"group_code": group, "carc": carc, "amount_cents": cents} for group, carc, cents in parts],
    }  # fmt: skip


def _row(number: int, said: Any) -> tuple[Record, datetime]:
    row = {
        **said, "kind": "claim", "sign": 1, "revision": 1, "first_adjudication": True,
        "payer_id": f"P{number % PAYERS}", "billing_npi": f"N{number % PROVIDERS}", "principal_diagnosis": "E119",
        "payer_lag_days": 10 + number % 9, "lineage_id": f"n:{number}:P",
    }  # fmt: skip
    return row, START + timedelta(minutes=20 * number)


if __name__ == "__main__":
    main()
