"""Compiled code reads and writes no memory that was given back: seen with a C library that takes it away at once."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from models.synthetic.generate import generate
from processors.batch import ClaimBatch
from processors.pipeline import ClaimPipeline
from schemas.codec import ColumnarDecoder, ColumnarEncoder
from schemas.contracts import CLAIMS_SUBMITTED
from schemas.registry import schema_ids
from streams.claim_output import ClaimOutput

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 7, 1, tzinfo=UTC)
SIZES = (1, 7, 100, 333, 1_200)
UNMAPPED = {"MALLOC_MMAP_THRESHOLD_": "4096", "MALLOC_PERTURB_": "165"}
"""glibc gives blocks from 4 KiB on back to the system, where touching them ends the process, and fills smaller ones."""


def answers() -> str:
    """Return a hash of what a stage says of claims in batches of several sizes."""
    ids = schema_ids()
    decoder, pipeline, output = ColumnarDecoder(CLAIMS_SUBMITTED, ids), ClaimPipeline.shipped(), ClaimOutput(ids)
    encoder, said = ColumnarEncoder(CLAIMS_SUBMITTED, ids), hashlib.sha256()
    positions = (pl.lit(0, dtype=pl.Int32).alias("source_partition"), pl.int_range(pl.len()).alias("source_offset"))
    events = generate(sum(SIZES), 5, start=NOW, tenant_id="t").events
    ends = [0, *(sum(SIZES[: place + 1]) for place in range(len(SIZES)))]
    for start, end in pairwise(ends):
        frame = decoder.decode(encoder.encode(events[start:end])).frame.with_columns(positions)
        batch = pipeline.run(ClaimBatch.from_events(frame, NOW))
        output.messages(batch)
        said.update(repr(batch.findings.to_dicts()).encode())
        said.update(repr(batch.claims["approval_probability"].to_list()).encode())
    return said.hexdigest()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs a C library that can take memory away (glibc)")
def test_a_stage_says_the_same_where_freed_memory_is_taken_away() -> None:
    asked = f"from {__name__} import answers; print(answers())"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env={**os.environ, **UNMAPPED, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-500:]}"
    assert done.stdout.strip() == answers()
