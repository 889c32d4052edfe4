"""Rules whose tables are not loaded say so and never fire."""

from __future__ import annotations

from pathlib import Path

import pytest

from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch
from processors.validation.explain import explain
from processors.validation.status import status_of, statuses
from reference.library import ReferenceLibrary
from tests.unit.validation.local_rules import change, rule, write

STARTER = ReferenceLibrary.starter()
COMPLETE = STARTER.as_if_complete()


@pytest.fixture(scope="module")
def shipped() -> RuleCatalogue:
    return RuleCatalogue.load(library=STARTER)


@pytest.fixture(scope="module")
def whole() -> RuleCatalogue:
    return RuleCatalogue.load(library=COMPLETE)


def test_every_rule_is_active_where_all_tables_are_whole(whole: RuleCatalogue) -> None:
    assert {status.text for status in statuses(whole)} == {"active"}


def test_a_rule_that_needs_a_whole_table_is_skipped_with_the_name_of_the_table(shipped: RuleCatalogue) -> None:
    skipped = [status for status in statuses(shipped) if not status.active]
    assert skipped, "the starter set is no whole code set"
    for status in skipped:
        needed = [name for name, complete in shipped.tables_of(status.rule).items() if complete]
        assert status.text in {f"skipped: table {name} not loaded" for name in needed}


def test_a_skipped_rule_never_fires_and_fires_once_its_table_is_whole(
    shipped: RuleCatalogue, whole: RuleCatalogue
) -> None:
    skipped = [status.rule for status in statuses(shipped) if not status.active and status.rule.stage == "submitted"]
    for compiled in skipped:
        batch = example_batch(compiled.rule.examples.fires)
        fired, silent = (set(validate(batch, c).findings["rule_id"]) for c in (whole, shipped))
        assert compiled.rule.id in fired
        assert compiled.rule.id not in silent


def test_a_skipped_rule_is_not_asked_whatever_an_overlay_says(tmp_path: Path, shipped: RuleCatalogue) -> None:
    idle = next(status.rule for status in statuses(shipped) if not status.active)
    folder = write(tmp_path, all={"for": "everyone", "overrides": [change(idle.rule.id, "error")]})
    local = RuleCatalogue.load(library=STARTER, local=folder)
    again = next(compiled for compiled in local.rules if compiled.rule.id == idle.rule.id)
    status = status_of(local, again)
    assert status is not None
    assert status.text.startswith("skipped: table ")
    batch = example_batch(idle.rule.examples.fires)
    assert idle.rule.id not in validate(batch, local).findings["rule_id"]


def test_explain_counts_what_was_asked_and_names_what_was_not(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        own={"for": {"payers": ["CSCOM01"]}, "rules": [rule()], "overrides": [change("COV013")]},
        other={"for": {"payers": ["OTHER"]}, "rules": [rule(id="LOC002")]},
    )
    catalogue = RuleCatalogue.load(library=COMPLETE, local=folder)
    found = explain(example_batch([{"documentation_score": 1}]), catalogue)
    assert [finding.rule.id for finding in found.findings if finding.rule.id in ("LOC001", "LOC002", "COV013")] == [
        "LOC001"
    ]
    assert [status.rule.rule.id for status in found.unasked] == ["COV013"]
    known = [rule for rule in catalogue.rules if rule.stage != "priced"]  # prices are not looked at here
    professional = [r for r in known if not r.kinds or "professional" in r.kinds]
    assert found.asked + found.need_history + len(found.unasked) == len(professional) - 1  # the rule for OTHER


def test_findings_count_as_they_stand(tmp_path: Path) -> None:
    folder = write(tmp_path, own={"for": {"payers": ["CSCOM01"]}, "overrides": [change("COV013", "error")]})
    found = explain(example_batch([{"documentation_score": 1}]), RuleCatalogue.load(local=folder))
    assert found.count("error") == 1
    assert found.findings[0].severity == "error"
