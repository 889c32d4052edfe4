"""Others judge our reading: pyx12 what is accepted and what we write, oxedi the balances of remittances.

Both are packages of the tests alone. Where they and we differ for a reason, the reason stands here.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator

import oxedi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyx12.params import params
from pyx12.x12n_document import x12n_document

from claimstream.x12.report import FileReport
from processors.x12.verdicts import judge_file
from processors.x12.writers.claim_acks import write_claim_acks
from processors.x12.writers.set_acks import write_set_acks
from tests.shared_data import shared
from tests.unit.x12.reading import NOW, SEALER, payment, remits_of, results
from tests.unit.x12.test_sample_table import TABLE, D, I, P
from tests.unit.x12.test_writers import claims_of, written

STRICTER: dict[str, str] = {
    "imsweb/277_5010_x12_277CA_accepted.txt": "wants STC in loop 2200C, and a DTP where the claim has one",
    "imsweb/277_5010_x12_277CA_rejected.txt": "wants STC in loop 2200C",
    "linuxforhealth/837_005010X222A2_demo.example11.837": "HI before the REF of its claim: an order we do not ask for",
    "linuxforhealth/837_005010X223A3_two-claims-single-provider.837i": "checks ZIP+4 and elements that are situational",
    f"{P}oxygen.edi": "its list of PWK02 codes lacks AD",
    f"{P}wheelchair.edi": "its list of PWK02 codes lacks AD",
    f"{I}837-institutional-claim.edi": "checks N403, and DTP 096 as a time",
    f"{I}two-claims-for-the-same-provider.edi": "checks N403",
}
"""Samples that pyx12 rejects and we read: what it checks beyond syntax and the contract."""
NO_MAP = D
"""pyx12 has no map of the dental guide."""
UNREAD_BY_OXEDI = {"edi-835-parser/blue_cross_nc_sample.txt"}
"""oxedi refuses a file without ISA."""

CLAIM_SAMPLES = [name for name, row in TABLE.items() if (row[0] or "277" in name) and not name.startswith(NO_MAP)]
REMIT_SAMPLES = [name for name, row in TABLE.items() if row[1] and name not in UNREAD_BY_OXEDI]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def pyx12_accepts(raw: bytes) -> bool:
    """Ask pyx12 for its verdict; errata that it has no map for are named as those it has."""
    text = raw.decode("latin-1").replace("005010X222A2", "005010X222A1").replace("005010X223A3", "005010X223A2")
    text = text.replace("005010X231A1", "005010X231")
    with contextlib.redirect_stderr(io.StringIO()):
        return bool(x12n_document(params(), io.StringIO(text), None, None, None))


def we_accept(raw: bytes) -> bool:
    decisions = [one.decision for found in judge_file(results(raw), SEALER, "acme")
        for group in found.groups for one in group.sets]  # fmt: skip
    return bool(decisions) and "R" not in decisions


@pytest.mark.parametrize("name", CLAIM_SAMPLES)
def test_pyx12_and_we_accept_the_same_samples_but_for_what_it_checks_more(name: str) -> None:
    raw = shared(f"x12/{name}").read_bytes()
    assert pyx12_accepts(raw) == (we_accept(raw) and name not in STRICTER)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row[0] and not name.startswith(NO_MAP)])
def test_pyx12_accepts_the_999_and_277ca_that_we_write(name: str) -> None:
    for verdict in judge_file(results(shared(f"x12/{name}").read_bytes()), SEALER, "acme"):
        assert pyx12_accepts(write_set_acks(verdict, NOW, 1))
        answer = write_claim_acks(verdict, NOW, 2)
        assert not answer or pyx12_accepts(answer)


@pytest.mark.parametrize("name", [name for name in CLAIM_SAMPLES if TABLE[name][0] and name not in STRICTER])
def test_pyx12_accepts_what_we_write_of_a_sample_that_it_accepts(name: str) -> None:
    raw = shared(f"x12/{name}").read_bytes()
    if pyx12_accepts(raw):
        assert pyx12_accepts(written(claims_of(raw)))


def our_verdict(raw: bytes) -> tuple[int, int, bool | None]:
    report = FileReport()
    for result in results(raw):
        report.add(result)
    payments = {one.event["payment_id"]: one.event["payment_cents"] for one in remits_of(raw)}
    return report.remit_claims, sum(payments.values()), report.balanced


def oxedi_verdict(raw: bytes) -> tuple[int, int, bool]:
    found = oxedi.parse(raw)
    mismatch = any(one.kind == "BalanceMismatch" for one in found.diagnostics)
    return found.count_claims(), round(float(found.sum_payments()) * 100), not mismatch


@pytest.mark.parametrize("name", REMIT_SAMPLES)
def test_oxedi_and_we_find_the_same_claim_payments_and_the_same_balance(name: str) -> None:
    raw = shared(f"x12/{name}").read_bytes()
    assert our_verdict(raw) == oxedi_verdict(raw)


cents = st.sampled_from([0, 1, 1000, 2500, 8000, 9999])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(cents, cents, cents, cents), min_size=1, max_size=3), st.sampled_from([-1000, 0, 0, 0, 500]),
    st.sampled_from([0, 0, 0, 1, -100]), st.booleans())  # fmt: skip
def test_oxedi_and_we_agree_on_made_up_balances(
    claims: list[tuple[int, int, int, int]], provider_cents: int, off_cents: int, at_claim: bool
) -> None:
    body, paid_cents = ["LX*1"], 0
    for number, (charge, line_adjustment, claim_adjustment, wrong) in enumerate(claims):
        paid = charge - line_adjustment - (claim_adjustment if at_claim else 0) + (wrong if wrong == 1 else 0)
        paid_cents += paid
        line_paid = charge - line_adjustment
        body += [f"CLP*A{number}*1*{dollars(charge)}*{dollars(paid)}**12*I{number}*11*1"]
        body += [f"CAS*CO*45*{dollars(claim_adjustment)}"] if at_claim and claim_adjustment else []
        body += ["NM1*QC*1*ZZ*ANN****MI*ZZ1", f"SVC*HC:99213*{dollars(charge)}*{dollars(line_paid)}**1"]
        body += ["DTM*472*20260910"] + ([f"CAS*CO*45*{dollars(line_adjustment)}"] if line_adjustment else [])
    body += [f"PLB*1999000015*20261231*WO:R*{dollars(provider_cents)}"] if provider_cents else []
    raw = payment(dollars(paid_cents - provider_cents + off_cents), *body)
    assert our_verdict(raw) == oxedi_verdict(raw)


def dollars(amount_cents: int) -> str:
    return f"{amount_cents / 100:.2f}"
