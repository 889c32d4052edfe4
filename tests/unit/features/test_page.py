"""docs/features.md says what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from processors.features import FEATURES
from processors.features.describe import catalogue_page

PAGE = Path(__file__).parents[3] / "docs" / "features.md"


def test_the_page_is_the_catalogue_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalogue_page(), (
        "make it again: claimstream models features > docs/features.md"
    )


def test_every_feature_stands_on_the_page_once() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for feature in FEATURES:
        assert len([line for line in lines if line.startswith(f"| {feature.name} |")]) == 1
