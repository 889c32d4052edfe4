"""Building the pipeline of an installation, and swapping it when a file changes."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from claimstream import pipelines as module
from claimstream.logs import ALLOWED_KEYS
from claimstream.metrics import Metrics
from claimstream.model_metrics import ModelWatch
from claimstream.observers import RuleMetrics
from claimstream.pipelines import Parts, PipelineBuilder, PipelineSource, watched_paths
from claimstream.settings import Settings
from processors.pipeline import ClaimPipeline
from processors.routing.policy import SHIPPED_POLICY
from processors.scoring import Scorer
from processors.scoring.registry import point, shipped_registry
from processors.validation import CatalogueError
from processors.validation.examples import example_batch
from tests.unit.validation.local_rules import change, rule, write

LOCAL = {"for": {"payers": ["CSCOM01"]}, "rules": [rule()]}


@dataclass
class Told:
    """Remembers what it is told."""

    loaded: list[str] = field(default_factory=list)
    refused: int = 0
    models: list[tuple[str, int]] = field(default_factory=list)

    def rules_loaded(self, version: str) -> None:
        self.loaded.append(version)

    def models_loaded(self, scorer: Scorer) -> None:
        self.models.append((scorer.version, len(scorer.problems)))

    def rules_refused(self) -> None:
        self.refused += 1


@dataclass
class Site:
    """An installation with a folder of rules and a policy of its own."""

    rules: Path
    policy: Path
    told: Told
    source: PipelineSource

    def settle(self) -> None:
        """Look as often as it takes to see a change and find it at rest."""
        self.source.look()
        self.source.look()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)
    rules, policy, told = write(tmp_path / "rules", own=LOCAL), tmp_path / "policy.yaml", Told()
    policy.write_text(SHIPPED_POLICY.read_text())
    settings = Settings(claimstream_rules=rules, claimstream_policy=policy)
    parts = Parts(PipelineBuilder(settings, Scorer()), watched_paths(settings), told)
    return Site(rules, policy, told, PipelineSource(parts))


def severities(pipeline: ClaimPipeline) -> list[str]:
    return pipeline.run(example_batch()).findings["severity"].to_list()


def test_the_rules_of_the_site_are_at_work_from_the_start(site: Site) -> None:
    assert severities(site.source()) == ["warning"]
    assert site.told.loaded == [site.source().catalogue.version]


def test_nothing_is_built_while_no_file_changes(site: Site) -> None:
    before = site.source()
    for _ in range(5):
        site.source.look()
    assert site.source() is before
    assert len(site.told.loaded) == 1


def test_a_changed_file_is_at_work_at_the_next_batch_and_on_its_claims(site: Site) -> None:
    before = site.source()
    write(site.rules, more={"for": {"tenants": ["example"]}, "overrides": [change("LOC001", "error")]})
    with capture_logs() as logs:
        site.settle()
    assert severities(before) == ["warning"], "a batch that took the pipeline keeps it"
    after = site.source()
    assert severities(after) == ["error"]
    scored = after.run(example_batch()).claims
    assert scored.select("disposition", "rule_pack_version").row(0) == ("rejected", after.catalogue.version)
    assert after.catalogue.version != before.catalogue.version
    assert site.told.loaded == [before.catalogue.version, after.catalogue.version]
    assert [(log["event"], log["version"]) for log in logs] == [("rules_loaded", after.catalogue.version)]


def test_a_file_that_is_still_being_written_is_not_read(site: Site) -> None:
    before = site.source()
    for more in ("for:", "for: {payers: [CSCOM01]}", "for: {payers: [CSCOM01]}\noverrides: []"):
        write(site.rules, half=more)
        site.source.look()
    assert (site.source(), site.told.refused) == (before, 0)


def test_refused_files_change_nothing_and_are_told_once(site: Site) -> None:
    before = site.source()
    write(site.rules, bad={"for": {"payers": ["P"]}, "overrides": [change("NPI999")], "rules": [rule(id="LOC2")]})
    with capture_logs() as logs:
        site.settle()
        site.settle()
    assert site.source() is before
    assert site.told.refused == 1
    told = {(log["event"], log["file"], log["rule_id"]) for log in logs}
    assert told == {("rules_refused", "bad.yaml", "NPI999"), ("rules_refused", "bad.yaml", "LOC2")}
    assert all(log["reason"] and log["remedy"] and log["version"] == before.catalogue.version for log in logs)
    (site.rules / "bad.yaml").unlink()
    site.settle()
    assert site.source().catalogue.version == before.catalogue.version
    assert site.told.refused == 1


def test_a_folder_that_goes_away_is_refused(site: Site) -> None:
    before = site.source()
    site.rules.rename(site.rules.parent / "gone")
    site.settle()
    assert (site.source(), site.told.refused) == (before, 1)


def test_the_policy_is_swapped_too_but_not_for_one_with_a_queue_that_has_no_topic(site: Site) -> None:
    assert site.source().policy.disposition_of["warning"] == "review"
    site.policy.write_text(SHIPPED_POLICY.read_text().replace("warning: review", "warning: ready"))
    site.settle()
    assert site.source().policy.disposition_of["warning"] == "ready"
    queue = "  new: {minutes: 1, success: 1}\n"
    site.policy.write_text(SHIPPED_POLICY.read_text().replace("  coding: {", f"{queue}  coding: {{"))
    with capture_logs() as logs:
        site.settle()
    assert site.told.refused == 1
    assert "new" not in site.source().policy.queues
    assert "topics create" in logs[0]["remedy"]


def test_what_a_change_leaves_alone_is_kept(site: Site) -> None:
    before = site.source()
    write(site.rules, more={"for": {"tenants": ["example"]}, "overrides": [change("LOC001", "error")]})
    site.settle()
    after = site.source()
    assert after.catalogue is not before.catalogue
    assert after.book is before.book
    assert after.history is before.history
    assert after.catalogue.library is before.catalogue.library
    assert after.scorer is before.scorer


def test_whatever_building_raises_the_stage_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = site.source()

    def broken(*_: object) -> None:
        msg = "SECRET"
        raise RuntimeError(msg)

    monkeypatch.setattr(module, "load_catalogue", broken)
    write(site.rules, more={"for": {"tenants": ["example"]}, "overrides": [change("LOC001", "error")]})
    with capture_logs() as logs:
        site.settle()
    assert (site.source(), site.told.refused) == (before, 1)
    assert "SECRET" not in str(logs)


def test_the_first_pipeline_must_be_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(claimstream_rules=write(tmp_path / "rules", bad="for: ["))
    with pytest.raises(CatalogueError, match=r"bad\.yaml"):
        PipelineBuilder(settings, Scorer())()


def test_the_thread_swaps_beside_the_batches_and_ends(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_SECONDS", 0.01)
    swapped = threading.Event()
    monkeypatch.setattr(site.told, "rules_loaded", lambda _: swapped.set())
    site.source.watch()
    write(site.rules, more={"for": {"tenants": ["example"]}, "overrides": [change("LOC001", "error")]})
    assert swapped.wait(30)
    site.source.close()
    assert severities(site.source()) == ["error"]
    assert "rules" not in {thread.name for thread in threading.enumerate()}


def test_the_metrics_show_one_version_and_count_refusals() -> None:
    metrics = Metrics.create()
    observer = RuleMetrics(metrics, ModelWatch(metrics))
    observer.rules_loaded("rules-a")
    observer.rules_loaded("rules-b")
    observer.rules_refused()
    samples = {(s.name, *s.labels.values()): s.value for m in metrics.registry.collect() for s in m.samples}
    assert samples[("claimstream_rules_info", "rules-b")] == 1
    assert ("claimstream_rules_info", "rules-a") not in samples
    assert samples[("claimstream_rules_refused_total",)] == 1


def test_logs_of_reloads_pass_the_allow_list() -> None:
    assert {"file", "rule_id", "reason", "remedy", "version", "count"} <= ALLOWED_KEYS


def test_another_model_is_taken_between_batches_and_a_bad_one_leaves_it_at_work(tmp_path: Path) -> None:
    registry = tmp_path / "models"
    shutil.copytree(shipped_registry(), registry)
    settings, told = Settings(claimstream_models=registry), Told()
    source = PipelineSource(Parts(PipelineBuilder(settings), watched_paths(settings), told))
    first = source().scorer
    assert first.model is not None
    shutil.copytree(registry / "denials" / first.model.version, registry / "denials" / "v98")
    point(registry / "denials", champion="v98")
    source.look()
    source.look()
    assert source().scorer.version == "denials-v98"
    assert first.model.p_denied(first.model.usual) >= 0, "a batch that took the model before can still use it"
    (registry / "denials" / "v97").mkdir()
    point(registry / "denials", champion="v97")
    source.look()
    source.look()
    after = source().scorer
    assert after.version == "denials-v98"
    assert ["v97" in problem.message for problem in after.problems] == [True]
    assert told.models[-1] == ("denials-v98", 1)
