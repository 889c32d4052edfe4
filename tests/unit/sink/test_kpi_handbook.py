"""The handbook is what the SQL files say."""

from pathlib import Path

from sink.kpi_catalogue import DIMENSIONS, find, handbook, names


def test_the_handbook_is_fresh() -> None:
    written = Path("docs/kpis.md").read_text(encoding="utf-8")
    assert written == handbook(), "run: claimstream kpi handbook > docs/kpis.md"


def test_every_kpi_can_be_split_only_by_known_dimensions() -> None:
    assert all(set(find(name).by) <= set(DIMENSIONS) for name in names())


def test_no_kpi_stores_or_averages_a_rate() -> None:
    for name in names():
        assert "avg(" not in find(name).sql, name
        assert "now(" not in find(name).sql, name
        assert "today(" not in find(name).sql, name
