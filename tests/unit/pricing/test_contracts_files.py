"""Payer contract files: what is refused, and that the message says where and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from processors.pricing.contracts import ContractSet, PayerContractError
from processors.pricing.contracts.line_methods import MODIFIER_NOT_IN_CONTRACT, NO_CHARGE
from processors.pricing.contracts.medicare import AFTER_THE_FEE, NO_RATE
from processors.pricing.order import STEPS
from processors.pricing.status import STATUSES
from tests.unit.pricing.contract_files import contract, load

CHARGE = {"method": "percent_of_charge", "percent": 60}
PAGE = Path(__file__).parents[3] / "docs" / "pricing.md"
EXAMPLES = Path(__file__).parents[3] / "examples" / "contracts"

TEXT = """\
id: harbor
tenant: example
payers: [CSCOM01]
effective_from: 2026-01-01
terms:
  - id: rest
    method: percent_of_charge
    percent: 60
"""


def refusal(folder: Path, text: str) -> str:
    (folder / "harbor.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PayerContractError) as refused:
        ContractSet.load(folder)
    return refused.value.message


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("percent: 60", "percent: 60.5", 'contract harbor, term rest: percent: 60.5 must be written in quotes, "60.5"'),
        ("percent: 60", 'percent: "60.555"', "term rest: percent: 60.555 has more than 2 decimals"),
        ("percent: 60", "percent: sixty", "percent: 'sixty' is not a number"),
        ("percent: 60", "percent: -1", "percent: Input should be greater than or equal to 0"),
        ("percent: 60", "percent: 60000", "percent: Input should be less than or equal to"),
        ("percent: 60", "percent: true", "percent: must be a number"),
        ("percent: 60", "percent: .inf", "must be written in quotes"),
        ("percent: 60", 'percent: "NaN"', "is not a number"),
        ("percent: 60", "percents: 60", "percent"),
        ("percent: 60", "percent: 60\n    floor: 1", "floor: Extra inputs are not permitted"),
        ("percent: 60", "percent: 60\n    percent: 70", "line 9: the key percent stands there twice"),
        ("method: percent_of_charge", "method: percent_of_billed", "term rest: Input tag 'percent_of_billed'"),
        ("tenant: example", "", "contract harbor: tenant: Field required"),
        ("tenant: example", "tenant: 7", "tenant: it must be written in quotes"),
        ("payers: [CSCOM01]", "payers: []", "payers: Tuple should have at least 1 item"),
        ("payers: [CSCOM01]", "payers: [60054]", "payers.0: it must be written in quotes"),
        ("effective_from: 2026-01-01", "effective_from: 2026-02-30", "day"),
        ("effective_from: 2026-01-01", "effective_from: 20260101", "20260101 is not a date as 2026-01-31"),
        ("effective_from: 2026-01-01", "effective_from: soon", "effective_from"),
        (
            "effective_from: 2026-01-01",
            "effective_from: 2026-01-01\neffective_to: 2025-12-31",
            "effective_to 2025-12-31 is before effective_from 2026-01-01",
        ),
        ("id: harbor", "id: harbor\nlesser_of_charge: 1", "lesser_of_charge: Input should be a valid boolean"),
        ("id: harbor", "id: harbor\nrounding: nearest", "rounding: Input should be 'half_up', 'up' or 'down'"),
        ("  - id: rest", "  - id: rest\n    when: {}", "when: it names nothing"),
        (
            "  - id: rest",
            "  - id: rest\n    when: {codes: [00100]}",
            "when.codes.0: it must be written in quotes: without them it is read as the number 64",
        ),
        ("  - id: rest", '  - id: rest\n    when: {codes: ["99215-99202"]}', "is no range"),
        ("  - id: rest", '  - id: rest\n    when: {codes: ["00100-0999T"]}', "is no range"),
        ("  - id: rest", '  - id: rest\n    when: {codes: ["99 213"]}', "neither a code nor a range"),
        ("  - id: rest", "  - id: rest\n    when: {modifiers: [25]}", "it must be written in quotes"),
        ("  - id: rest", "  - id: rest\n    when: {families: [toes]}", "no procedure is of the family toes; there are"),
        ("terms:", "terms: []\nother:", "terms"),
        ("id: harbor", "- id: harbor", "line 2: "),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(tmp_path: Path, line: str, instead: str, said: str) -> None:
    assert line in TEXT
    message = refusal(tmp_path, TEXT.replace(line, instead, 1))
    assert message.startswith("Payer contract file harbor.yaml")
    assert said in message


def test_the_text_that_the_refusals_start_from_is_a_contract(tmp_path: Path) -> None:
    (tmp_path / "harbor.yaml").write_text(TEXT, encoding="utf-8")
    assert len(ContractSet.load(tmp_path).contracts) == 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (None, "the table cannot be read"),
        ("procedure_code\n99213\n", "the table has no column rate"),
        ("procedure_code,rate,note\n99213,1,x\n", "the table has the unknown column note"),
        ("procedure_code,rate\n", "the table has no rows"),
        ("procedure_code,rate\n99213,12.345\n", "line 2: rate 12.345 has more than 2 decimals"),
        ("procedure_code,rate\n99213,1\n99213,2\n", "line 3: 99213  stands there twice"),
        ("procedure_code,rate\n99213,-1\n", "line 2: rate -1 is not between"),
        ("procedure_code,rate\n99213,\n", "line 2: rate '' is not a number"),
        ("procedure_code,rate\n,1\n", "line 2 has no procedure_code"),
    ],
)
def test_a_table_that_cannot_be_used_says_where_and_why(table: str | None, said: str) -> None:
    with pytest.raises(PayerContractError) as refused:
        load(
            contract({"method": "fee_table", "file": "fees.csv"}),
            tables={} if table is None else {"fees.csv": table},
        )
    assert "fees.csv" in refused.value.message
    assert said in refused.value.message


@pytest.mark.parametrize("file", ["../fees.csv", "/etc/fees.csv", "a/../../fees.csv", "fees.txt"])
def test_a_table_outside_the_folder_is_refused(file: str) -> None:
    with pytest.raises(PayerContractError, match="term t1"):
        load(contract({"method": "fee_table", "file": file}))


@pytest.mark.parametrize(
    ("by", "key", "refused"),
    [
        ("drg", "470", False),
        ("drg", "47", True),
        ("type_of_bill", "013", False),
        ("type_of_bill", "0137", False),
        ("type_of_bill", "131", True),
    ],
)
def test_case_rates_are_looked_up_by_codes(by: str, key: str, refused: bool) -> None:
    stated = contract({"method": "case_rate", "by": by, "rates": {key: "1.00"}})
    if refused:
        with pytest.raises(PayerContractError, match=f"'{key}' is no"):
            load(stated)
    else:
        assert load(stated)


def test_a_term_behind_one_that_pays_every_line_is_refused() -> None:
    with pytest.raises(PayerContractError, match="the term t2 is never reached: t1 before it pays every line"):
        load(contract(CHARGE, CHARGE))


def test_a_term_name_stands_once() -> None:
    with pytest.raises(PayerContractError, match="the term a stands there twice"):
        load(contract({**CHARGE, "id": "a", "when": {"codes": ["99213"]}}, {**CHARGE, "id": "a"}))


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ({}, {}, True),
        ({}, {"tenant": "another"}, False),
        ({}, {"payers": ["CSCOM02"]}, False),
        ({}, {"payers": ["CSCOM02", "CSCOM01"]}, True),
        ({"effective_to": "2026-06-30"}, {"effective_from": "2026-07-01"}, False),
        ({"effective_to": "2026-07-01"}, {"effective_from": "2026-07-01"}, True),
        ({"plan_types": ["ppo"]}, {"plan_types": ["hmo", "epo"]}, False),
        ({"plan_types": ["ppo"]}, {}, True),
        ({"plan_types": ["ppo"]}, {"billing_npis": ["1234567893"]}, True),
        ({"billing_npis": ["1234567893"]}, {"billing_npis": ["1245319599"]}, False),
        ({"taxonomies": ["207Q00000X"]}, {"taxonomies": ["363LF0000X"]}, False),
    ],
)
def test_contracts_for_the_same_claims_are_refused(one: dict[str, Any], other: dict[str, Any], overlap: bool) -> None:
    both = contract(CHARGE, id="one", **one), contract(CHARGE, id="other", **other)
    for pair in (both, both[::-1]):
        if overlap:
            with pytest.raises(PayerContractError, match="it holds for claims of the contract"):
                load(*pair)
        else:
            assert len(load(*pair).contracts) == 2


def test_two_contracts_of_one_name_are_refused() -> None:
    with pytest.raises(PayerContractError, match="has a contract of the same id"):
        load(contract(CHARGE), contract(CHARGE, payers=["CSCOM02"]))


def test_a_folder_without_contracts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PayerContractError, match="holds no file that ends in"):
        ContractSet.load(tmp_path)
    with pytest.raises(PayerContractError, match="there is no such folder"):
        ContractSet.load(tmp_path / "absent")


def test_the_example_contracts_can_be_used() -> None:
    loaded = ContractSet.load(EXAMPLES)
    methods = {term.method for of in loaded.contracts for term in of.terms}
    assert methods == {
        "percent_of_medicare",
        "percent_of_charge",
        "fee_table",
        "per_diem",
        "case_rate",
        "no_payment",
    }


def test_the_contract_on_the_page_can_be_used(tmp_path: Path) -> None:
    stated = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    (tmp_path / "page.yaml").write_text(stated, encoding="utf-8")
    (tmp_path / "tables").symlink_to(EXAMPLES / "tables")
    assert len(ContractSet.load(tmp_path).contracts[0].terms) == 4


def test_the_page_describes_every_step_and_status_of_its_own() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for step in (*STEPS, "charge", "stop_loss", "share_of_claim", MODIFIER_NOT_IN_CONTRACT, NO_CHARGE):
        assert f"`{step}`" in page or step.startswith("modifier_")


def test_statuses_and_steps_that_contracts_read_are_those_of_the_fee_schedule() -> None:
    assert set(NO_RATE) <= set(STATUSES)
    assert STEPS[-len(AFTER_THE_FEE) :] == AFTER_THE_FEE
