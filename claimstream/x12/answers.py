"""The answers to a received file: TA1, 999 and 277CA."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from claimstream.x12.files import LOCAL_TENANT, intake_of, require_file
from processors.x12 import Result, TransactionSeen, X12Problem, read_file
from processors.x12.verdicts import InterchangeVerdict, judge_file
from processors.x12.writers.claim_acks import write_claim_acks
from processors.x12.writers.set_acks import write_set_acks
from schemas.errors import BadInputError


@dataclass(frozen=True)
class Answer:
    """One interchange that answers a received one.

    Attributes:
        name: File name to give it.
        kind: 999 or 277CA.
        content: Its bytes.
        rejects: Whether it rejects anything.
    """

    name: str
    kind: str
    content: bytes
    rejects: bool


def ack_files(file: Path, at: datetime, control: int, findings: Path | None) -> list[Answer]:
    """Return the answers that a received file is due.

    Raises:
        BadInputError: The file is no X12 interchange, so there is nobody to answer; or the findings are not of
            their form.
    """
    intake = intake_of()
    rejected = {} if findings is None else _read_findings(findings)
    watched = _Watched(read_file(file, intake))
    verdicts = judge_file(watched, intake.sealer, LOCAL_TENANT, rejected)
    if watched.fatal is not None and not watched.transactions:
        msg = f"{watched.fatal.message}."
        raise BadInputError(msg, watched.fatal.remedy)
    answers: list[Answer] = []
    for number, verdict in enumerate(verdicts, 1):
        for kind, write in (("999", write_set_acks), ("277CA", write_claim_acks)):
            content = write(verdict, at, control)
            if content:
                name = f"{file.stem}.{number}.{kind.lower()}"
                answers.append(Answer(name, kind, content, _rejects(verdict, kind)))
                control += 1
    return answers


class _Watched:
    """Results passed on one by one, so that a long file is not held; remembers why reading stopped."""

    def __init__(self, results: Iterator[Result]) -> None:
        self._results = results
        self.transactions = 0
        self.fatal: X12Problem | None = None

    def __iter__(self) -> Iterator[Result]:
        for result in self._results:
            self.transactions += isinstance(result, TransactionSeen)
            if isinstance(result, X12Problem) and result.severity == "fatal":
                self.fatal = result
            yield result


def _rejects(verdict: InterchangeVerdict, kind: str) -> bool:
    sets = [one for group in verdict.groups for one in group.sets]
    if kind == "999":
        return any(one.decision == "R" for one in sets)
    return any(not claim.accepted for one in sets for claim in one.claims)


def _read_findings(file: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in require_file(file).read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            found[str(record["claim_id"])] = [str(status) for status in record["statuses"]]
        except (ValueError, TypeError, KeyError):
            msg = f"A line of {file} is not a finding."
            raise BadInputError(msg, 'Give lines such as {"claim_id": "...", "statuses": ["A7:562:85"]}.') from None
    return found
