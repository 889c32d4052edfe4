"""Prometheus and Grafana: what they ask for is what the processes expose, and everyone is asked."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

from claimstream.metrics import Metrics
from tests.unit.ops.deployment import DEPLOY, own_services, services, text_of
from tests.unit.ops.promql import label_names, metric_names

SCRAPE_NAMES = {"up"}
SCRAPE_LABELS = {"job", "instance", "le"}
SUFFIXES = {Counter: ("_total",), Gauge: ("",), Histogram: ("_bucket", "_sum", "_count")}


def _alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(text_of("deploy/prometheus/alerts.yml"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(text_of("deploy/grafana/dashboards/claimstream.json"))
    return loaded


def _expressions() -> list[str]:
    panels = [target["expr"] for panel in _dashboard()["panels"] for target in panel["targets"]]
    return [*(rule["expr"] for rule in _alerts()), *panels]


def _exposed() -> tuple[set[str], set[str]]:
    """Return the sample names and the labels of every metric, as a scrape shows them."""
    names: set[str] = set()
    labels: set[str] = set()
    metrics = Metrics.create()
    for attribute in vars(metrics).values():
        if isinstance(attribute, (Counter, Gauge, Histogram)):
            (family,) = attribute.describe()
            kind = next(k for k in SUFFIXES if isinstance(attribute, k))
            renamed = {s.name for f in attribute.collect() for s in f.samples if not s.name.endswith("_created")}
            names |= renamed or {family.name + suffix for suffix in SUFFIXES[kind]}
            labels |= set(attribute._labelnames)
    return names, labels


def test_names_are_found_in_expressions() -> None:
    expression = 'sum by (step) (rate(a_total{by="x", job=~"c|s"}[5m])) / on (job) up == 0'
    assert metric_names(expression) == {"a_total", "up"}
    assert label_names(expression) == {"step", "by", "job"}


def test_exposed_names_carry_the_suffix_of_their_kind() -> None:
    names, _ = _exposed()
    assert {"claims_processed_total", "claimstream_dead_letters_total", "claimstream_sink_lag"} <= names
    assert {"revenue_processed_dollars", "processing_latency_seconds_bucket", "processing_latency_p99"} <= names


@pytest.mark.parametrize("expression", _expressions())
def test_every_metric_asked_for_is_exposed(expression: str) -> None:
    names, labels = _exposed()
    asked = metric_names(expression)
    assert asked
    assert asked <= names | SCRAPE_NAMES
    assert label_names(expression) <= labels | SCRAPE_LABELS


def test_there_are_alerts_for_what_matters() -> None:
    asked = set().union(*(metric_names(rule["expr"]) for rule in _alerts()))
    assert {"up", "claimstream_sink_lag", "claimstream_dead_letters_total"} <= asked
    assert "processing_latency_seconds_bucket" in asked


def test_each_alert_says_how_urgent_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in _alerts()]
    assert len(set(names)) == len(names)
    for rule in _alerts():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["action"]


def test_every_worker_is_scraped_where_it_serves() -> None:
    config = yaml.safe_load(text_of("deploy/prometheus/prometheus.yml"))
    targets = {t for job in config["scrape_configs"] for s in job["static_configs"] for t in s["targets"]}
    workers = {
        f"{name}:{service['environment']['METRICS_PORT']}"
        for name, service in own_services().items()
        if service["command"][0] == "run"
    }
    assert workers <= targets
    assert {target.split(":")[0] for target in targets} <= set(services())
    assert "clickhouse:9363" in targets
    assert re.search(r"<port>9363</port>", text_of("deploy/clickhouse/config.xml"))


def test_jobs_named_in_alerts_exist() -> None:
    config = yaml.safe_load(text_of("deploy/prometheus/prometheus.yml"))
    jobs = {job["job_name"] for job in config["scrape_configs"]}
    for expression in _expressions():
        for named in re.findall(r'job=~?"([^"]+)"', expression):
            assert set(named.split("|")) <= jobs


def test_the_dashboard_uses_the_provisioned_data_source() -> None:
    (source,) = yaml.safe_load(text_of("deploy/grafana/provisioning/datasources/prometheus.yml"))["datasources"]
    assert source["url"] == "http://prometheus:9090"
    for panel in _dashboard()["panels"]:
        assert panel["datasource"]["uid"] == source["uid"]
        assert all(target["datasource"]["uid"] == source["uid"] for target in panel["targets"])


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = _dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        covered = set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        assert at["x"] + at["w"] <= 24
        assert not covered & cells, panel["title"]
        cells |= covered


def test_dashboards_are_mounted_where_the_provider_looks() -> None:
    (provider,) = yaml.safe_load(text_of("deploy/grafana/provisioning/dashboards/claimstream.yml"))["providers"]
    mounts = [volume.split(":")[1] for volume in services()["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounts


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (package prometheus) is not installed")
def test_promtool_accepts_the_rules_and_their_unit_tests() -> None:
    folder = DEPLOY / "prometheus"
    subprocess.run(["promtool", "check", "rules", "alerts.yml"], cwd=folder, check=True)
    subprocess.run(["promtool", "test", "rules", "alerts_test.yml"], cwd=folder, check=True)
