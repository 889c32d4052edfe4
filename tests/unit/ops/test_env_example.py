""".env.example: every setting, as the class says, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from claimstream.settings import Settings
from tests.unit.ops.deployment import ROOT, interpolations, text_of

_ASSIGNMENT = re.compile(r"#?([A-Z][A-Z_]*)=(.*)")
COMPOSE_ONLY = "Docker Compose only"
TESTS_ONLY = "Tests only"


@dataclass(frozen=True)
class Entry:
    """One variable: the section it stands in, its comment, its value."""

    section: str
    comment: str
    value: str


def _entries() -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    section = ""
    comment: list[str] = []
    for line in text_of(".env.example").splitlines():
        if heading := re.fullmatch(r"# ---- (.+) ----", line):
            section = heading[1]
        elif assignment := _ASSIGNMENT.fullmatch(line):
            assert assignment[1] not in entries, f"{assignment[1]} stands there twice"
            entries[assignment[1]] = Entry(section, "\n".join(comment), assignment[2])
        elif line.startswith("# "):
            comment.append(line)
            continue
        comment = []
    return entries


def _settings() -> dict[str, Entry]:
    return {name: e for name, e in _entries().items() if e.section not in {COMPOSE_ONLY, TESTS_ONLY}}


def test_it_lists_exactly_the_settings_of_the_program() -> None:
    assert set(_settings()) == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_described_and_defaulted_as_in_the_class(name: str) -> None:
    field, entry = Settings.model_fields[name], _settings()[name.upper()]
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    shown = "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
    assert entry.value == shown
    assert field.description is not None
    assert field.description in entry.comment


def test_each_variable_says_its_type_and_who_uses_it() -> None:
    for name, entry in _entries().items():
        assert re.search(r"# Type: .+\. Used by: .+\.$", entry.comment, re.MULTILINE), name


def test_every_variable_that_compose_reads_is_listed() -> None:
    read = {name for name, _, _ in interpolations()}
    assert read <= set(_entries())
    only = {name for name, e in _entries().items() if e.section == COMPOSE_ONLY}
    assert only == read - set(_settings())


def test_variables_for_tests_are_read_by_the_code() -> None:
    sources = [p for folder in ("tests", "streams", "sink") for p in (ROOT / folder).rglob("*.py")]
    code = "\n".join(p.read_text(encoding="utf-8") for p in sources if p.parent.name != "ops")
    for name, entry in _entries().items():
        if entry.section == TESTS_ONLY:
            assert name in code


def test_a_copy_changes_no_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    defaults = Settings()
    (tmp_path / ".env").write_text(text_of(".env.example"), encoding="utf-8")
    assert Settings() == defaults


def test_it_holds_no_secret() -> None:
    for name, entry in _entries().items():
        if "PASSWORD" in name:
            assert entry.value == ""
