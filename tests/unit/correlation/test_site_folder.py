"""The site's own folder: each file in it takes the place of the shipped one, and only that one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import config
from claimstream.correlation import load_detection, load_ledger
from claimstream.settings import Settings
from processors.config_file import ConfigFileError
from processors.correlation.cases import Cases


def own(folder: Path, name: str, change: tuple[str, ...], value: Any) -> None:
    """Write the shipped file with one value changed."""
    found = yaml.safe_load((config.FOLDER / name).read_text(encoding="utf-8"))
    place = found
    for key in change[:-1]:
        place = place[key]
    assert place[change[-1]] != value
    place[change[-1]] = value
    (folder / name).write_text(yaml.safe_dump(found), encoding="utf-8")


def settings(folder: Path | None) -> Settings:
    return Settings(claimstream_correlation=folder)


def test_detection_of_the_site_is_used_and_the_rest_is_as_shipped(tmp_path: Path) -> None:
    own(tmp_path, "detection.yaml", ("test", "accept_days"), 7)
    detector, keeper = load_detection(settings(tmp_path))
    assert detector.settings.test.accept_days == 7
    assert keeper == load_detection(settings(None))[1]
    assert load_ledger(settings(tmp_path)) == load_ledger(settings(None))


def test_rates_of_the_site_are_used(tmp_path: Path) -> None:
    own(tmp_path, "rates.yaml", ("pseudo_decisions",), 7.5)
    detector, keeper = load_detection(settings(tmp_path))
    assert keeper.settings.pseudo_decisions == 7.5
    assert detector == load_detection(settings(None))[0]


def test_workqueues_of_the_site_are_used(tmp_path: Path) -> None:
    own(tmp_path, "workqueues.yaml", ("labour_cents_per_minute",), 7)
    cases = load_ledger(settings(tmp_path)).cases
    assert isinstance(cases, Cases)
    assert cases.rules.settings.labour_cents_per_minute == 7


def test_deadlines_of_the_site_are_used(tmp_path: Path) -> None:
    own(tmp_path, "correlation.yaml", ("orphan_hours",), 7)
    assert load_ledger(settings(tmp_path)).policy.orphan_hours == 7


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("detection.yaml", load_detection), ("rates.yaml", load_detection), ("workqueues.yaml", load_ledger),
        ("correlation.yaml", load_ledger), ("adjudication.yaml", load_ledger),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, load: Callable[[Settings], object]) -> None:
    (tmp_path / name).write_text("surprise: 1", encoding="utf-8")
    with pytest.raises(ConfigFileError, match=name):
        load(settings(tmp_path))
