"""Rules change while a stage is at work: the next batch has them, and refused ones change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.codec import ColumnarDecoder
from schemas.contracts import CLAIMS_SCORED
from schemas.registry import CheckedInIds
from streams.topics import SCORED
from tests.e2e.system import System
from tests.unit.validation.local_rules import change, rule, write

pytestmark = pytest.mark.kafka

EVERY_CLAIM = rule(expression="total_charge_cents IS NOT NULL")


def versions(system: System) -> dict[str, set[str]]:
    """The rule pack versions of the scored claims, each with the severities that the local rule had."""
    messages = system.committed(SCORED.name)
    scored = ColumnarDecoder(CLAIMS_SCORED, CheckedInIds()).decode([m.value() for m in messages]).frame
    found: dict[str, set[str]] = {}
    for version, findings in scored.select("rule_pack_version", "findings").iter_rows():
        severities = {finding["severity"] for finding in findings if finding["rule_id"] == "LOC001"}
        found.setdefault(version, set()).update(severities or {"none"})
    return found


def test_a_running_stage_takes_new_rules_and_keeps_the_old_ones_when_new_ones_are_refused(
    system: System, tmp_path: Path
) -> None:
    rules = write(tmp_path / "rules", site={"for": {"tenants": ["demo"]}, "rules": [EVERY_CLAIM]})
    system.start_stage(CLAIMSTREAM_RULES=str(rules))
    system.publish(200, seed=1)
    system.wait_for_results(200)
    (first,) = versions(system)

    write(rules, stricter={"for": {"tenants": ["demo"]}, "overrides": [change("LOC001", "error")]})
    system.wait_until(lambda: "rules_loaded" in system.log("claims-0"), "new rules")
    system.publish(200, seed=2)
    system.wait_for_results(400)
    (second,) = versions(system).keys() - {first}

    write(rules, broken={"for": {"tenants": ["demo"]}, "overrides": [change("NPI999")]})
    system.wait_until(lambda: "rules_refused" in system.log("claims-0"), "refusal")
    assert '"file": "broken.yaml"' in system.log("claims-0")
    assert '"rule_id": "NPI999"' in system.log("claims-0")
    published = system.publish(200, seed=3)
    system.wait_for_results(600)

    assert versions(system) == {first: {"warning"}, second: {"error"}}
    assert published <= set(system.committed_ids())
    assert len(set(system.committed_ids())) == len(system.committed_ids()) == 600
    assert system.terminate("claims-0") == 0
