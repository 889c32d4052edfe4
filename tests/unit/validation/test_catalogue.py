"""The shipped rules keep their own examples, and faulty packs are refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from processors.validation import CatalogueError, RuleCatalogue, validate
from processors.validation.catalogue import CATALOGUE_FOLDER, CompiledRule
from processors.validation.describe import describe
from processors.validation.examples import example_batch
from processors.validation.trial import try_rule
from reference.library import ReferenceLibrary
from tests.shared_data import shared

CATALOGUE = RuleCatalogue.load(library=ReferenceLibrary.starter().as_if_complete())
RULES_PAGE = Path(__file__).resolve().parents[3] / "docs" / "rules.md"


@pytest.mark.parametrize("compiled", CATALOGUE.rules, ids=lambda compiled: compiled.rule.id)
def test_every_rule_fires_on_its_bad_examples_and_passes_its_good_ones(compiled: CompiledRule) -> None:
    assert try_rule(compiled, CATALOGUE.library).failures == ()


def test_a_finding_says_what_its_rule_says() -> None:
    for compiled in (compiled for compiled in CATALOGUE.rules if compiled.stage == "submitted"):
        rule = compiled.rule
        alone = RuleCatalogue(rules=(compiled,), version="test", library=CATALOGUE.library)
        findings = validate(example_batch(rule.examples.fires), alone).findings
        said = set(findings.select("rule_id", "severity", "path", "queue").iter_rows())
        assert said == {(rule.id, rule.severity, rule.x12, rule.queue)}
        assert not findings["message"].str.contains("[{}]").any()


def test_there_are_more_than_two_hundred_rules_and_a_category_in_every_pack() -> None:
    assert len(CATALOGUE.rules) > 200
    assert len({compiled.category for compiled in CATALOGUE.rules}) == len(list(CATALOGUE_FOLDER.glob("*.yaml")))


def test_no_two_rules_say_the_same() -> None:
    said = [(c.rule.level, c.rule.applies_to, " ".join(c.rule.expression.split())) for c in CATALOGUE.rules]
    assert len(set(said)) == len(said)
    assert len({c.rule.name for c in CATALOGUE.rules}) == len(CATALOGUE.rules)


def test_the_good_claim_of_every_kind_has_no_finding() -> None:
    good = example_batch([{}, {"claim_type": "institutional"}, {"claim_type": "dental"}])
    assert validate(good, CATALOGUE).findings.is_empty()


def test_the_page_of_the_rules_is_current() -> None:
    assert RULES_PAGE.read_text(encoding="utf-8") == describe(CATALOGUE), "python -m processors.validation.describe"


def test_predicted_codes_are_on_the_published_lists() -> None:
    carc = set(pl.read_csv(shared("reference/carc.csv"), infer_schema=False).filter(pl.col("active") == "1")["code"])
    status = set(pl.read_csv(shared("reference/claim_status_codes.csv"), infer_schema=False)["code"])
    category = set(pl.read_csv(shared("reference/claim_status_category.csv"), infer_schema=False)["code"])
    wrong = []
    for rule in (compiled.rule for compiled in CATALOGUE.rules):
        first, _, second = (rule.predicts.status or "A7:0").partition(":")
        if (rule.predicts.carc and rule.predicts.carc not in carc) or first not in category:
            wrong.append((rule.id, rule.predicts.carc, first))
        if rule.predicts.status and second not in status:
            wrong.append((rule.id, "status", second))
    assert wrong == []


def pack(**changes: Any) -> dict[str, Any]:
    rule = {
        "id": "TST001",
        "name": "A test rule",
        "level": "claim",
        "severity": "error",
        "expression": "total_charge_cents > 1",
        "error_message": "The charge is {total_charge_cents} cents.",
        "x12": "2300 CLM02",
        "snip": 2,
        "queue": "edit_fix",
        "fix": "Change it.",
        "source": "Test",
        "examples": {"fires": [{}], "passes": [{"total_charge_cents": 0}]},
    }
    return {"category": "test", "rules": [{**rule, **changes}]}


def load(tmp_path: Path, content: object) -> RuleCatalogue:
    file = tmp_path / "test.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return RuleCatalogue.load([file])


@pytest.mark.parametrize(
    ("content", "rule_id", "reason"),
    [
        ("rules: [", "-", "not YAML"),
        ("[]", "-", "valid dictionary"),
        ({"category": "x", "rules": []}, "-", "rules"),
        (pack(expression="total_charge_cents >"), "TST001", "no SQL"),
        (pack(expression="SELECT 1"), "TST001", "no SQL"),
        (pack(expression="__import__('os')"), "TST001", "no SQL"),
        (pack(expression="charge > 1"), "TST001", "no claim column charge"),
        (pack(expression="phi IS NULL"), "TST001", "no claim column phi"),
        (pack(expression="units > 1"), "TST001", "no claim column units"),
        (pack(expression="total_charge_cents"), "TST001", "not one true or false"),
        (pack(expression="SUM(total_charge_cents) > 1"), "TST001", "not one true or false"),
        (pack(expression="1 = 1"), "TST001", "not one true or false"),
        (pack(expression="total_charge_cents > 'x'"), "TST001", "does not compile"),
        (pack(error_message="Age {patient_age_years}"), "TST001", "not an allowed column"),
        (pack(error_message="Open {"), "TST001", "stray brace"),
        (pack(severity="fatal"), "TST001", "severity"),
        (pack(queue=None), "TST001", "names a queue"),
        (pack(typo=1), "TST001", "typo"),
        (pack(examples={"fires": [], "passes": [{}]}), "TST001", "examples.fires"),
        ({"category": "test", "rules": pack()["rules"] * 2}, "TST001", "used twice"),
    ],
)
def test_a_faulty_pack_is_refused_with_file_rule_and_reason(
    tmp_path: Path, content: object, rule_id: str, reason: str
) -> None:
    with pytest.raises(CatalogueError, match="pack") as refused:
        load(tmp_path, content)
    assert refused.value.rule_id == rule_id
    assert reason in refused.value.reason
    assert refused.value.file in ("test.yaml", "test")


def test_a_missing_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        RuleCatalogue.load([tmp_path / "none.yaml"])


def test_the_version_follows_the_contents_of_the_packs(tmp_path: Path) -> None:
    first = load(tmp_path, pack()).version
    assert load(tmp_path, pack()).version == first
    assert load(tmp_path, pack(expression="total_charge_cents > 2")).version != first


def test_a_rule_holds_for_the_service_dates_it_is_made_for(tmp_path: Path) -> None:
    services = [{"service_from": day, "service_to": day} for day in (_day(3), _day(4), _day(5), _day(6))]
    catalogue = load(tmp_path, pack(effective={"from": _day(4), "to": _day(5)}))
    assert validate(example_batch(services), catalogue).findings["row"].to_list() == [1, 2]


def test_a_rule_looks_at_the_claim_types_it_applies_to(tmp_path: Path) -> None:
    kinds = [{"claim_type": kind} for kind in ("professional", "institutional", "dental")]
    catalogue = load(tmp_path, pack(applies_to=["professional", "dental"]))
    assert validate(example_batch(kinds), catalogue).findings["row"].to_list() == [0, 2]


def _day(number: int) -> Any:
    return example_batch().now.date().replace(day=number)
