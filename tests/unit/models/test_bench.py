"""The speed table of a model: every part at every batch size, from the registry's own version."""

from __future__ import annotations

import pytest

from models import bench
from processors.scoring.registry import shipped_registry


def test_every_part_is_measured_at_every_size_and_a_batch_is_cheaper_than_its_claims_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench, "SIZES", (1, 64))
    monkeypatch.setattr(bench, "_REPEATS", 2)
    monkeypatch.setattr(bench, "_LEAST_CALLS", 3)
    found = bench.measure(shipped_registry() / "denials")
    assert found.model.startswith("denials-v")
    assert set(found.parts) == {"features", "approval", "reasons", "score"}
    for costs in found.parts.values():
        assert costs[1] > costs[64] > 0
    assert found.parts["score"][64] > found.parts["features"][64]
    assert 0 < found.explained < 0.5
    assert found.explanation_us > 0
