"""The x12 and lineage commands: what they print, what they hide, and their exit codes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from claimstream.cli import app
from processors.x12 import ParsedClaim
from schemas.errors import BadInputError
from tests.unit.x12.reading import (
    EXAMPLE,
    PROVIDER,
    claim,
    claim_payment,
    opened,
    payment,
    results,
    subscriber,
    x12,
)
from tests.unit.x12.test_acks import CLAIM_ACK

CLAIMS = x12(*PROVIDER, *subscriber(2), *claim("ZZACCT1"), *subscriber(3), *claim("ZZACCT2"))
REMIT = payment("80", "LX*1", *claim_payment())


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=True)
    if isinstance(done.exception, BadInputError):
        return 1, str(done.exception)
    return done.exit_code, done.stdout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, raw in (("claims.x12", CLAIMS), ("remit.x12", REMIT), ("acks.x12", CLAIM_ACK), ("note.txt", b"hello")):
        (tmp_path / name).write_bytes(raw)
    return tmp_path


def test_check_counts_what_is_in_a_file(folder: Path) -> None:
    code, text = run("x12", "check", "claims.x12", "--json")
    report = json.loads(text)
    assert code == 0
    expected = {"interchanges": 1, "transactions": 1, "claims": 2, "remit_claims": 0, "ack_records": 0}
    assert {name: report[name] for name in expected} == expected
    assert (report["balanced"], report["errors"]) == (None, [])
    assert json.loads(run("x12", "check", "remit.x12", "--json")[1])["balanced"] is True
    assert json.loads(run("x12", "check", "acks.x12", "--json")[1])["ack_records"] == 4


def test_check_finds_problems_and_says_so_with_its_exit_code(folder: Path) -> None:
    (folder / "unbalanced.x12").write_bytes(REMIT.replace(b"*240*", b"*240*").replace(b"BPR*I*80", b"BPR*I*81"))
    code, text = run("x12", "check", "unbalanced.x12", "--json")
    assert (code, json.loads(text)["balanced"]) == (3, False)
    (folder / "bad.x12").write_bytes(CLAIMS.replace(b"SE*", b"SE*9"))
    code, text = run("x12", "check", "bad.x12", "--json")
    [error] = json.loads(text)["errors"]
    assert (code, error["code"], error["segment_id"], error["element"]) == (3, "se_count", "SE", 1)
    assert "SE01" in run("x12", "check", "bad.x12")[1]


def test_what_is_no_x12_fails_with_a_sentence(folder: Path) -> None:
    assert run("x12", "check", "note.txt")[0] == 1
    assert run("x12", "check", "absent.x12")[0] == 1
    code, text = run("x12", "ack", "note.txt")
    assert (code, "ISA" in text) == (1, True)


def test_ack_writes_both_answers(folder: Path) -> None:
    code, text = run("x12", "ack", "claims.x12")
    assert code == 0
    assert "ST*999*0001*005010X231A1~" in text
    assert "ST*277*0001*005010X214~" in text
    code, _ = run("x12", "ack", "claims.x12", "--out", "answers")
    assert sorted(file.name for file in (folder / "answers").iterdir()) == ["claims.1.277ca", "claims.1.999"]
    (folder / "bad.x12").write_bytes(CLAIMS.replace(b"SE*", b"SE*9"))
    code, text = run("x12", "ack", "bad.x12")
    assert code == 3
    assert "IK5*R*4~" in text


def test_ack_takes_findings_of_validation(folder: Path) -> None:
    [first, _] = [one for one in results(CLAIMS) if isinstance(one, ParsedClaim)]
    del first  # its id is of other keys: a finding about an unknown claim changes nothing
    (folder / "findings.jsonl").write_text('{"claim_id": "none", "statuses": ["A7:562:85"]}\n')
    assert run("x12", "ack", "claims.x12", "--findings", "findings.jsonl")[0] == 0
    (folder / "findings.jsonl").write_text("not json\n")
    assert run("x12", "ack", "claims.x12", "--findings", "findings.jsonl")[0] == 1


@pytest.mark.parametrize(("file", "name"), [("claims.x12", "ZZACCT2"), ("claims.x12", "2"), ("remit.x12", "ZZACCT1"),
    ("acks.x12", "ZZACCT3")])  # fmt: skip
def test_show_masks_identifying_data_unless_asked(folder: Path, file: str, name: str) -> None:
    code, text = run("x12", "show", file, "--claim", name)
    assert code == 0
    assert "ZZ" not in text
    assert "[masked]" in text
    code, text = run("x12", "show", file, "--claim", name, "--phi")
    assert "ZZACCT" in text
    assert run("x12", "show", file, "--claim", "nobody")[0] == 1


def test_lineage_finds_the_segments_of_an_event(folder: Path) -> None:
    own = REMIT[REMIT.index(b"CLP*") : REMIT.index(b"SE*") - 1]
    code, text = run("lineage", hashlib.sha256(own).hexdigest(), "--file", "remit.x12", "--json")
    [place] = json.loads(text)["found"]
    assert (code, place["byte_start"]) == (0, REMIT.index(b"CLP*"))
    assert place["segments"][0] == "CLP*[masked]*1*100*80**12*ICN1*11*1~"
    assert len(place["segments"]) == 8
    assert run("lineage", "0" * 64, "--file", "remit.x12")[0] == 3


def test_write_makes_an_837_that_reads_back(folder: Path) -> None:
    claims = [one for one in results(EXAMPLE.read_bytes()) if isinstance(one, ParsedClaim)]
    lines = []
    for one in claims:
        fields: dict[str, Any] = {**one.event, "phi": None, "phi_fields": opened(one)}
        lines.append(json.dumps(fields, default=lambda value: value.isoformat()))
    (folder / "claims.jsonl").write_text("\n".join(lines) + "\n")
    code, _ = run("x12", "write", "claims.jsonl", "--sender", "ME", "--out", "again.x12")
    assert code == 0
    again = [one for one in results((folder / "again.x12").read_bytes()) if isinstance(one, ParsedClaim)]
    assert [one.event["claim_id"] for one in again] == [one.event["claim_id"] for one in claims]
    assert [opened(one) for one in again] == [opened(one) for one in claims]
