"""The page for people who write rules says what is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from claimstream.cli import app
from processors.routing.policy import SHIPPED_POLICY
from processors.validation import RuleCatalogue, validate
from processors.validation.examples import example_batch
from processors.validation.trial import try_rule
from reference.library import ReferenceLibrary
from tests.unit.validation.local_rules import rule, write

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "writing-rules.md").read_text(encoding="utf-8")
RULE, OVERLAY, POLICY = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_rule_of_the_page_compiles_and_passes_its_examples(tmp_path: Path) -> None:
    folder = write(tmp_path, page=f"for: everyone\nrules:\n{RULE}")
    added = RuleCatalogue.load([], local=folder).rules[-1]
    assert try_rule(added, ReferenceLibrary.starter()).passed


def test_the_overlay_of_the_page_is_taken(tmp_path: Path) -> None:
    folder = write(tmp_path, page=re.sub(r"  - id: LOC001\n    \.\.\.\n", lambda _: RULE, OVERLAY))
    catalogue = RuleCatalogue.load(local=folder)
    assert catalogue.rules[-1].category == "imaging contract"
    assert {override.id for override in catalogue.overlays[0].overrides} == {"COV013", "COV002"}


def test_the_line_of_the_policy_is_the_shipped_one() -> None:
    assert yaml.safe_load(POLICY)["disposition_of"] == yaml.safe_load(SHIPPED_POLICY.read_text())["disposition_of"]


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("total_charge_cents BETWEEN 15000 AND 15000", True),
        ("service_from >= DATE '2026-06-01'", True),
        ("service_from > DATE '2026-06-01'", False),
        ("payer_id LIKE 'CS%'", True),
        ("regexp_like(payer_id, '^CS[A-Z]+[0-9]+$')", True),
        ("payer_type IN ('commercial', 'medicare') AND NOT (payer_id = 'X')", True),
        ("CASE WHEN payer_type = 'commercial' THEN total_charge_cents / 100 > 149 ELSE FALSE END", True),
        ("original_reference = 'X'", False),
        ("original_reference <> 'X'", False),
        ("original_reference IS NULL", True),
    ],
)
def test_the_words_of_expressions_that_the_page_names_work(tmp_path: Path, expression: str, fires: bool) -> None:
    content: dict[str, Any] = {"for": "everyone", "rules": [rule(expression=expression)]}
    catalogue = RuleCatalogue.load([], local=write(tmp_path, one=content))
    assert bool(validate(example_batch(), catalogue).findings.height) == fires


def test_every_command_and_option_of_the_page_exists() -> None:
    for command, words in re.findall(r"^    claimstream (rules \w+)([^\n#]*)", PAGE, re.MULTILINE):
        usage = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"})
        assert usage.exit_code == 0, command
        for option in re.findall(r"--\w+", words):
            assert option in usage.stdout, (command, option)


def test_ids_for_local_rules_are_never_shipped() -> None:
    assert not [rule.rule.id for rule in RuleCatalogue.load().rules if rule.rule.id.startswith("LOC")]
