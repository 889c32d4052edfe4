"""What tenants and payers change of the rules: the most particular overlay wins, and misfits are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.validation import CatalogueError, RuleCatalogue, validate
from processors.validation.catalogue import CATALOGUE_FOLDER
from processors.validation.compiled import CompiledRule, Origin, compile_rule
from processors.validation.examples import example_batch
from processors.validation.overlays.overlay import Overlay, Override, refusals
from processors.validation.rule import Severity
from processors.validation.scope import Scope
from tests.unit.validation.local_rules import change, rule, write

PACK = [CATALOGUE_FOLDER / "coverage.yaml"]
UNDOCUMENTED: dict[str, Any] = {"documentation_score": 1}
"""Changes with which the good claim has one finding of the pack: the warning COV013."""


def load(folder: Path, **files: dict[str, Any] | str) -> RuleCatalogue:
    return RuleCatalogue.load(PACK, local=write(folder, **files))


def found(catalogue: RuleCatalogue, *claims: dict[str, Any]) -> list[tuple[int, str, str]]:
    batch = example_batch([{**UNDOCUMENTED, **claim} for claim in claims])
    return validate(batch, catalogue).findings.select("row", "rule_id", "severity").rows()


def test_an_override_holds_for_its_payer_and_moves_the_counts(tmp_path: Path) -> None:
    catalogue = load(tmp_path, strict={"for": {"payers": ["P1"]}, "overrides": [change("COV013", "error")]})
    batch = example_batch([{**UNDOCUMENTED, "payer_id": payer} for payer in ("P1", "P2", None)])
    validated = validate(batch, catalogue)
    assert validated.findings["severity"].to_list() == ["error", "warning", "warning"]
    assert validated.claims.select("error_count", "warning_count").rows() == [(1, 0), (0, 1), (0, 1)]


def test_a_disabled_rule_leaves_no_finding_and_no_count(tmp_path: Path) -> None:
    catalogue = load(tmp_path, off={"for": {"tenants": ["T1"]}, "overrides": [change("COV013")]})
    batch = example_batch([{**UNDOCUMENTED, "tenant_id": tenant} for tenant in ("T1", "T2")])
    validated = validate(batch, catalogue)
    assert validated.findings["row"].to_list() == [1]
    assert validated.claims["warning_count"].to_list() == [0, 1]


def test_what_is_only_for_the_record_waits_in_no_queue(tmp_path: Path) -> None:
    catalogue = load(tmp_path, calm={"for": "everyone", "overrides": [change("COV013", "info")]})
    findings = validate(example_batch([UNDOCUMENTED]), catalogue).findings
    assert findings.select("severity", "queue").rows() == [("info", None)]


def test_the_most_particular_overlay_wins(tmp_path: Path) -> None:
    catalogue = load(
        tmp_path,
        a_all={"for": "everyone", "overrides": [change("COV013", "info")]},
        b_both={"for": {"tenants": ["T1"], "payers": ["P1"]}, "overrides": [change("COV013")]},
        c_payer={"for": {"payers": ["P1"]}, "overrides": [change("COV013", "error")]},
        d_tenant={"for": {"tenants": ["T1"]}, "overrides": [change("COV013", "warning")]},
    )
    claims = [{"tenant_id": tenant, "payer_id": payer} for tenant in ("T1", "T2") for payer in ("P1", "P2")]
    assert found(catalogue, *claims) == [(1, "COV013", "warning"), (2, "COV013", "error"), (3, "COV013", "info")]


def test_an_added_rule_is_asked_of_its_own_claims_only(tmp_path: Path) -> None:
    own = load(tmp_path, own={"for": {"payers": ["P1"], "tenants": ["T1"]}, "rules": [rule()]})
    claims = [{"tenant_id": tenant, "payer_id": payer} for tenant in ("T1", "T2") for payer in ("P1", "P2")]
    assert [row for row, rule_id, _ in found(own, *claims) if rule_id == "LOC001"] == [0]
    assert len(found(own, *claims)) == 5


def test_an_override_never_brings_an_added_rule_to_claims_it_is_not_made_for(tmp_path: Path) -> None:
    catalogue = load(
        tmp_path,
        own={"for": {"payers": ["P1"]}, "rules": [rule()]},
        tenant={"for": {"tenants": ["T1"]}, "overrides": [change("LOC001", "error"), change("COV013")]},
    )
    claims = [{"tenant_id": "T1", "payer_id": payer} for payer in ("P1", "P2")]
    assert found(catalogue, *claims) == [(0, "LOC001", "error")]


def test_rules_added_on_lines_and_for_claim_types_keep_to_their_scope(tmp_path: Path) -> None:
    line = rule(level="line", expression="units > 0", error_message="Units {units}.", applies_to=["dental"])
    catalogue = load(tmp_path, own={"for": {"payers": ["P1"]}, "category": "own", "rules": [line]})
    kinds = [{"claim_type": kind, "payer_id": payer} for kind in ("dental", "professional") for payer in ("P1", "P2")]
    validated = validate(example_batch(kinds), catalogue)
    assert validated.findings.select("row", "line_number", "rule_id").rows() == [(0, 1, "LOC001")]
    assert catalogue.rules[-1].category == "own"


def test_the_version_follows_the_overlays(tmp_path: Path) -> None:
    content = {"for": {"payers": ["P1"]}, "overrides": [change("COV013", "error")]}
    first = load(tmp_path / "a", one=content)
    assert load(tmp_path / "b", one=content).version == first.version != RuleCatalogue.load(PACK).version
    assert load(tmp_path / "c", two=content).version != first.version
    assert validate(example_batch(), first).claims["rule_pack_version"].to_list() == [first.version]


def test_folders_inside_are_read_and_hidden_files_are_not(tmp_path: Path) -> None:
    write(tmp_path / "payers", P1={"for": {"payers": ["P1"]}, "overrides": [change("COV013")]})
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "half.yaml").write_text("rules: [")
    (tmp_path / ".draft.yaml").write_text("rules: [")
    (tmp_path / "notes.txt").write_text("not a rule")
    assert [overlay.file for overlay in RuleCatalogue.load(PACK, local=tmp_path).overlays] == ["payers/P1.yaml"]


P1: dict[str, Any] = {"for": {"payers": ["P1"]}}


@pytest.mark.parametrize(
    ("content", "rule_id", "reason"),
    [
        ("for: [", "-", "not YAML"),
        ("for: everyone\nrules: []\nrules: []", "-", "the key rules stands twice"),
        ({"overrides": [change("COV013")]}, "-", "for: Field required"),
        ({"for": {}, "overrides": [change("COV013")]}, "-", "for: everyone"),
        ({"for": "nobody", "overrides": [change("COV013")]}, "-", "for"),
        ({"for": {"payers": [123]}, "overrides": [change("COV013")]}, "-", "valid string"),
        ({**P1, "typo": 1}, "-", "typo"),
        (P1, "-", "neither overrides nor rules"),
        ({**P1, "overrides": [change("NPI999")]}, "NPI999", "does not exist"),
        ({**P1, "overrides": [{"id": "COV013", "reason": "x"}]}, "COV013", "either a severity or"),
        ({**P1, "overrides": [change("COV013", "error") | {"disabled": True}]}, "COV013", "either a severity or"),
        ({**P1, "overrides": [{"id": "COV013", "disabled": True}]}, "COV013", "reason"),
        ({**P1, "overrides": [change("COV013", "fatal")]}, "COV013", "severity"),
        ({**P1, "overrides": [change("COV013"), change("COV013", "error")]}, "COV013", "neither would win"),
        ({**P1, "rules": [rule(id="COV013")]}, "COV013", "used twice, first in coverage.yaml"),
        ({**P1, "rules": [rule(), rule()]}, "LOC001", "used twice"),
        ({**P1, "rules": [rule(expression="no_such > 1")]}, "LOC001", "no claim column no_such"),
        ({**P1, "rules": [rule(expression="payer_id = 'P1' OR")]}, "LOC001", "no SQL"),
    ],
)
def test_a_faulty_overlay_is_refused_with_file_rule_and_reason(
    tmp_path: Path, content: dict[str, Any] | str, rule_id: str, reason: str
) -> None:
    with pytest.raises(CatalogueError) as refused:
        load(tmp_path, bad=content)
    assert (refused.value.file, refused.value.rule_id) == ("bad.yaml", rule_id)
    assert reason in refused.value.reason
    assert reason in str(refused.value)


def test_an_override_for_claims_that_a_local_rule_never_sees_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="made for payer P1, the override for payer P2"):
        load(tmp_path, a={**P1, "rules": [rule()]}, b={"for": {"payers": ["P2"]}, "overrides": [change("LOC001")]})


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as refused:
        load(tmp_path, a={**P1, "overrides": [change("NPI999")]}, b="for: [", c={**P1, "rules": [rule(snip=9)]})
    problems = [refused.value, *refused.value.others]
    assert {(problem.file, problem.rule_id) for problem in problems} == {
        ("a.yaml", "NPI999"),
        ("b.yaml", "-"),
        ("c.yaml", "LOC001"),
    }


def test_a_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no such folder"):
        RuleCatalogue.load(PACK, local=tmp_path / "none")


NAMES = ("A", "B", "C")
scopes = st.builds(Scope, *(st.frozensets(st.sampled_from(NAMES), max_size=2) for _ in range(2)))
changes = st.sampled_from([None, "error", "warning", "info"])


def compiled(rule_id: str, scope: Scope) -> CompiledRule:
    return compile_rule(Origin("test", "test", scope=scope), rule(id=rule_id))


RULE = compiled("TST001", Scope())


def overlay(number: int, scope: Scope, severity: Severity | None, rule_id: str) -> Overlay:
    override = Override.model_validate(change(rule_id, severity))
    return Overlay(f"{number}.yaml", scope, (override,), ())


def by_hand(overlays: list[Overlay], own: Scope, tenant: str, payer: str) -> str | None:
    """The severity by looking from the most particular rank down."""
    if not own.covers(tenant, payer):
        return None
    for rank in (3, 2, 1, 0):
        for one in overlays:
            if one.scope.rank == rank and one.scope.covers(tenant, payer):
                return one.overrides[0].severity
    return "warning"


@settings(max_examples=60, deadline=None)
@given(said=st.lists(st.tuples(scopes, changes), max_size=5), own=scopes)
def test_for_every_tenant_and_payer_the_highest_rank_decides(
    said: list[tuple[Scope, Severity | None]], own: Scope
) -> None:
    local = compiled("TST002", own)
    overlays: list[Overlay] = []
    for number, (scope, severity) in enumerate(said):
        more = overlay(number, scope, severity, "TST002")
        if not refusals([*overlays, more], [RULE, local]):
            overlays.append(more)
    home = Overlay("home.yaml", own, (), (local,))
    catalogue = RuleCatalogue((RULE, local), "test", overlays=(home, *overlays))
    claims = [{"tenant_id": tenant, "payer_id": payer} for tenant in (*NAMES, "X") for payer in (*NAMES, "X")]
    findings = validate(example_batch(claims), catalogue).findings
    got = dict(findings.filter(pl.col("rule_id") == "TST002").select("row", "severity").iter_rows())
    expected = [by_hand(overlays, own, claim["tenant_id"], claim["payer_id"]) for claim in claims]
    assert [got.get(row) for row in range(len(claims))] == expected
    assert findings.filter(pl.col("rule_id") == "TST001")["severity"].to_list() == ["warning"] * len(claims)


@settings(max_examples=200, deadline=None)
@given(first=scopes, second=scopes)
def test_two_overlays_are_refused_exactly_when_some_claim_could_not_tell_which_one_wins(
    first: Scope, second: Scope
) -> None:
    pair = [overlay(number, scope, "error", "TST001") for number, scope in enumerate((first, second))]
    claims = [(tenant, payer) for tenant in (*NAMES, "X") for payer in (*NAMES, "X")]
    both = any(first.covers(*claim) and second.covers(*claim) for claim in claims)
    assert bool(refusals(pair, [RULE])) == (both and first.rank == second.rank)
