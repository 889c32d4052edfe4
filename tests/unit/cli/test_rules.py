"""claimstream rules: what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from claimstream.cli import app
from claimstream.cli.exit_codes import EXIT_FAILED, EXIT_PROBLEMS, EXIT_USAGE
from processors.validation import RuleCatalogue
from processors.validation.examples import example_event
from schemas.errors import BadInputError
from tests.unit.validation.local_rules import change, rule, write

SHIPPED = RuleCatalogue.load()


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with local rules for one payer and one tenant."""
    monkeypatch.chdir(tmp_path)
    folder = write(
        tmp_path / "rules",
        payer={
            "for": {"payers": ["CSCOM01"]},
            "overrides": [change("COV013") | {"reason": "never asks"}],
            "rules": [rule()],
        },
        tenant={"for": {"tenants": ["demo"]}, "overrides": [change("COV002", "error")]},
    )
    monkeypatch.setenv("CLAIMSTREAM_RULES", str(folder))
    return folder


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["rules", *arguments], input=stdin)


def answer(*arguments: str, exit_code: int = 0, stdin: str | None = None) -> Any:
    """What a command prints as JSON: its stdout holds nothing else."""
    result = run(*arguments, "--json", stdin=stdin)
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def claim(**changes: Any) -> str:
    event = example_event(changes) | {"source": "api"}
    return json.dumps(event, default=lambda value: value.isoformat())


def test_the_list_has_every_rule_with_its_category_and_status() -> None:
    listed = answer("list")
    assert listed["count"] == len(listed["rules"]) == len(SHIPPED.rules) + 1
    first = listed["rules"][0]
    keys = {"id", "name", "category", "level", "severity", "status"}
    assert keys <= first.keys()
    assert {entry["status"] for entry in listed["rules"] if not entry["status"].startswith("skipped")} == {"active"}
    assert listed["rules"][-1]["for"] == "payer CSCOM01"


def test_the_list_is_filtered_by_category_and_severity() -> None:
    listed = answer("list", "--category", "dates", "--severity", "error")["rules"]
    expected = {r.rule.id for r in SHIPPED.rules if r.category == "dates" and r.rule.severity == "error"}
    assert {entry["id"] for entry in listed} == expected != set()


def test_the_list_shows_the_rules_as_they_are_for_a_payer_and_a_tenant() -> None:
    for_payer = {entry["id"]: entry for entry in answer("list", "--payer", "CSCOM01")["rules"]}
    assert for_payer["COV013"]["status"] == "disabled: never asks (payer.yaml)"
    assert "LOC001" in for_payer
    for_tenant = {entry["id"]: entry for entry in answer("list", "--tenant", "demo")["rules"]}
    assert for_tenant["COV002"]["severity"] == "error"
    assert "LOC001" not in for_tenant
    assert for_tenant["COV013"]["status"] == "active"


def test_people_get_one_line_a_rule_in_a_pipe() -> None:
    lines = run("list").stdout.splitlines()
    assert len(lines) == len(SHIPPED.rules) + 2
    assert lines[-1].startswith("LOC001")


@pytest.mark.parametrize("arguments", [("list", "--category", "no such"), ("list", "--severity", "fatal")])
def test_a_filter_that_can_match_nothing_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == EXIT_USAGE


def test_show_tells_everything_about_a_rule() -> None:
    shown = answer("show", "cov013", "--payer", "CSCOM01")
    assert shown["id"] == "COV013"
    assert shown["status"].startswith("disabled")
    assert shown["overrides"][0]["reason"] == "never asks"
    assert {"expression", "error_message", "fix", "predicts", "effective", "source", "examples"} <= shown.keys()
    assert "never asks" in run("show", "COV013").stdout


def test_show_of_an_unknown_rule_is_wrong_usage() -> None:
    assert run("show", "NOPE001").exit_code == EXIT_USAGE
    assert run("show", "LOC001", "--payer", "OTHER").exit_code == EXIT_USAGE


def test_check_finds_the_rules_in_force_good() -> None:
    checked = answer("check")
    assert checked["ok"] is True
    assert checked["problems"] == []
    assert checked["overlays"] == 2


def test_check_names_file_rule_and_reason_of_every_problem(site: Path) -> None:
    write(site, other={"for": {"payers": ["P"]}, "overrides": [change("NPI999")], "rules": [rule(id="LOC002", snip=9)]})
    checked = answer("check", exit_code=EXIT_PROBLEMS)
    assert {(p["file"], p["rule_id"]) for p in checked["problems"]} == {
        ("other.yaml", "NPI999"),
        ("other.yaml", "LOC002"),
    }
    people = run("check")
    assert people.exit_code == EXIT_PROBLEMS
    assert "does not exist" in people.stdout


def test_check_of_a_draft_puts_it_in_the_place_of_the_file_in_force(tmp_path: Path) -> None:
    draft = write(tmp_path / "draft", payer={"for": {"payers": ["P9"]}, "rules": [rule()]}) / "payer.yaml"
    checked = answer("check", str(draft))
    assert checked["ok"] is True
    assert checked["notes"] == ["payer.yaml: the payer P9 is not in the table payers"]
    clash = write(tmp_path / "draft", more={"for": {"payers": ["P9"]}, "rules": [rule()]}) / "more.yaml"
    assert "used twice" in answer("check", str(clash), exit_code=EXIT_PROBLEMS)["problems"][0]["reason"]


def test_check_of_a_missing_file_says_so() -> None:
    checked = answer("check", "none.yaml", exit_code=EXIT_PROBLEMS)
    assert checked["problems"] == [{"file": "none.yaml", "rule_id": "-", "reason": checked["problems"][0]["reason"]}]
    assert "cannot be read" in checked["problems"][0]["reason"]


def test_test_runs_the_examples_of_some_rules() -> None:
    tried = answer("test", "NPI001", "HIS001", "LOC001")
    assert [entry["id"] for entry in tried["rules"]] == ["NPI001", "HIS001", "LOC001"]
    assert all(entry["passed"] for entry in tried["rules"])


def test_test_of_a_file_runs_its_rules_alone(tmp_path: Path) -> None:
    wrong = {
        "fires": [{}, {"total_charge_cents": 0}],
        "passes": [{}],
    }
    misspelt = {"fires": [{"total_charge": 1}], "passes": [{}]}
    rules = [rule(id="LOC002", examples=wrong), rule(id="LOC003", examples=misspelt)]
    draft = write(tmp_path / "draft", new={"for": {"payers": ["P9"]}, "rules": rules}) / "new.yaml"
    tried = answer("test", str(draft), exit_code=EXIT_PROBLEMS)
    assert {entry["id"]: entry["failures"] for entry in tried["rules"]} == {
        "LOC002": ["example 2 of fires does not fire", "example 1 of passes fires"],
        "LOC003": ["no field of a claim is called total_charge"],
    }
    assert run("test", str(draft)).exit_code == EXIT_PROBLEMS


def test_test_of_an_unknown_rule_is_wrong_usage() -> None:
    assert run("test", "NOPE001").exit_code == EXIT_USAGE


def test_explain_tells_message_fix_and_answer_of_every_finding(tmp_path: Path) -> None:
    file = tmp_path / "claim.json"
    file.write_text(claim(billing_npi=None, payer_id="OTHER"))
    explained = answer("explain", str(file), exit_code=EXIT_PROBLEMS)
    finding = explained["findings"][0]
    npi001 = next(r.rule for r in SHIPPED.rules if r.rule.id == "NPI001")
    assert (finding["rule_id"], finding["severity"], finding["fix"]) == ("NPI001", "error", npi001.fix)
    assert finding["predicts"] == {"carc": npi001.predicts.carc, "status": npi001.predicts.status}
    assert explained["errors"] == 1
    people = run("explain", str(file))
    assert people.exit_code == EXIT_PROBLEMS
    assert "NPI001" in people.stdout
    assert npi001.fix in people.stdout


def test_explain_reads_stdin_and_ends_well_without_errors() -> None:
    explained = answer("explain", "-", stdin=claim())
    assert "LOC001" in [finding["rule_id"] for finding in explained["findings"]]
    assert explained["errors"] == 0
    assert "COV013" in {entry["id"] for entry in explained["rules_not_asked"]}
    assert explained["rules_about_earlier_claims"] > 0


@pytest.mark.parametrize("text", ["{", "[]", '{"claim_id": "SECRET"}', ""])
def test_explain_answers_bad_input_without_repeating_it(text: str) -> None:
    result = run("explain", "-", "--json", stdin=text)
    assert result.exit_code == EXIT_FAILED
    assert isinstance(result.exception, BadInputError)
    assert "SECRET" not in str(result.exception)


def test_explain_of_a_missing_file_fails_with_a_remedy() -> None:
    result = run("explain", "none.json")
    assert isinstance(result.exception, BadInputError)
    assert "stdin" in result.exception.remedy
