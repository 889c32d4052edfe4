"""claimstream reference load and status: JSON for programs, sentences for people, exit codes that mean something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from claimstream.cli import app
from claimstream.cli.exit_codes import EXIT_PROBLEMS, EXIT_USAGE
from schemas.errors import BadInputError
from tests.unit.reference import official_files as official
from tests.unit.reference.official_files import write


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    write(tmp_path / "sources", "GPCI2026.csv", official.GPCI_2026)
    return tmp_path / "sources"


def run(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["reference", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.stdout


def table(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [entry for entry in document["tables"] if entry["table"] == name]
    return dict(found)


def test_load_answers_json_and_tells_its_progress_elsewhere(sources: Path, tmp_path: Path) -> None:
    document = json.loads(run("load", sources, "--into", tmp_path / "tables", "--json"))
    assert document["folder"] == str(tmp_path / "tables")
    (file,) = document["files"]
    assert (file["file"], file["outcome"], file["table"], file["rows"]) == ("GPCI2026.csv", "loaded", "gpci", 3)
    assert table(document, "gpci")["effective_to"] == "2026-12-31"


def test_status_says_of_every_table_what_it_is(sources: Path, tmp_path: Path) -> None:
    run("load", sources, "--into", tmp_path / "tables")
    document = json.loads(run("status", "--into", tmp_path / "tables", "--json"))
    states = {entry["table"]: (entry["state"], entry["complete"]) for entry in document["tables"]}
    assert states["gpci"] == ("loaded", True)
    assert states["pos_codes"] == ("starter", True)
    assert states["icd10cm"] == ("starter", False)
    assert states["opps_cap"] == ("missing", False)
    gpci = table(document, "gpci")
    assert (gpci["source"], gpci["edition"], gpci["rows"]) == ("GPCI2026.csv", "2026", 3)
    assert gpci["loaded_at"].endswith("+00:00")


def test_status_reads_well_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_REFERENCE", str(tmp_path / "absent"))
    told = run("status")
    assert "pos_codes" in told
    assert "missing" in told
    assert "a subset" in told


def test_the_folder_is_the_one_of_the_settings(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_HOME", str(tmp_path / "home"))
    run("load", sources)
    assert (tmp_path / "home" / "reference" / "manifest.json").exists()


def test_a_wrong_file_is_a_problem_that_was_found(sources: Path, tmp_path: Path) -> None:
    write(sources, "icd10cm_order_2026.txt", "not an order file")
    told = run("load", sources, "--into", tmp_path / "tables", code=EXIT_PROBLEMS)
    assert "icd10cm_order_2026.txt" in told
    assert "1 loaded" in told


def test_a_folder_without_a_known_file_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path / "sources", "notes.txt", "whatever")
    result = CliRunner().invoke(app, ["reference", "load", str(tmp_path / "sources"), "--into", str(tmp_path / "t")])
    assert isinstance(result.exception, BadInputError)
    assert "docs/reference.md" in str(result.exception)


def test_a_folder_that_is_absent_is_wrong_usage(tmp_path: Path) -> None:
    run("load", tmp_path / "absent", code=EXIT_USAGE)


def test_a_broken_manifest_is_told_with_its_remedy(tmp_path: Path) -> None:
    write(tmp_path, "manifest.json", "{")
    result = CliRunner().invoke(app, ["reference", "status", "--into", str(tmp_path)])
    assert isinstance(result.exception, BadInputError)
    assert "load again" in str(result.exception)
