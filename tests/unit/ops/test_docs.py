"""The architecture page and the decision records: complete, numbered, and about files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.ops.deployment import ROOT

RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))
PAGES = [ROOT / "docs" / "architecture.md", *RECORDS]
_PATH = re.compile(r"`((?:[\w.]+/)+[\w.-]*|[\w-]+\.(?:yml|toml|lock))`")


def test_records_are_numbered_without_gaps() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_record_has_its_number_and_its_parts(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert text.startswith(f"# {int(record.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert re.search(r"^Status: (accepted|superseded by ADR \d+), \d{4}-\d\d-\d\d$", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for named in _PATH.findall(text):
        assert (ROOT / named).exists(), f"{page.name} names {named}"
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_record_a_page_refers_to_exists(page: Path) -> None:
    for number in re.findall(r"ADR (\d+)", page.read_text(encoding="utf-8")):
        assert int(number) <= len(RECORDS)
