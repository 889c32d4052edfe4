"""The charts of the performance page, as PNG."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt

from loadtest.aims import Results

OURS, OTHERS, THIRD = "#1f6f8b", "#b8b8b8", "#d98b3a"
SIZE = (7.2, 3.4)
DPI = 110


def draw(results: Results, folder: Path) -> Iterator[Path]:
    """Draw a chart for each kind of result there is, and yield the files."""
    for name, needs, paint in (
        ("peers", "peers", _peers),
        ("stage", "stage", _stage),
        ("latency", "sustained", _latency),
        ("scale", "scale", _scale),
        ("state", "state", _state),
        ("backpressure", "backpressure", _backpressure),
    ):
        if needs not in results:
            continue
        figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
        paint(axes, results)
        axes.spines[["top", "right"]].set_visible(False)
        file = folder / f"{name}.png"
        # Without the version of the library in it, the same results give the same file.
        figure.savefig(file, dpi=DPI, metadata={"Software": None})
        plt.close(figure)
        yield file


def _peers(axes: Any, results: Results) -> None:
    engines = list(reversed(results["peers"]["engines"]))
    rates = [engine["claims_per_second"] for engine in engines]
    colours = [OURS if engine["engine"] == "claimstream" else OTHERS for engine in engines]
    bars = axes.barh([engine["engine"] for engine in engines], rates, color=colours)
    axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates], padding=3)
    axes.set_xlabel("claims a second, one process, same rules and model")
    axes.margins(x=0.15)


def _stage(axes: Any, results: Results) -> None:
    settings = list(reversed(results["stage"]["settings"]))
    names = [cost["setting"].replace(", ", ",\n", 1) for cost in settings]
    steps = list(settings[0]["steps_us"])
    left = [0.0] * len(settings)
    for place, step in enumerate(steps):
        widths = [cost["steps_us"].get(step, 0.0) for cost in settings]
        axes.barh(names, widths, left=left, label=step, color=plt.get_cmap("tab10")(place))
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set_xlabel("microseconds of processor time a claim")
    axes.legend(ncols=4, fontsize=8, loc="lower center", bbox_to_anchor=(0.4, 1.0), frameon=False)


def _latency(axes: Any, results: Results) -> None:
    for name, colour in (("sustained", OURS), ("sustained-kafka", THIRD)):
        if name in results:
            latency = results[name]["latency_ms"]
            axes.plot(list(latency), list(latency.values()), marker="o", color=colour, label=results[name]["broker"])
    axes.set_ylabel("ms from due to readable")
    axes.set_yscale("log")
    axes.set_title(f"{results['sustained']['offered_rate']:,.0f} claims a second", fontsize=10)
    axes.legend(frameon=False)


def _scale(axes: Any, results: Results) -> None:
    runs = results["scale"]["runs"]
    names = [str(run["stages"]) for run in runs]
    rates = [run["claims_per_second"] for run in runs]
    axes.bar_label(axes.bar(names, rates, color=OURS, width=0.5), [f"{rate:,.0f}" for rate in rates], padding=2)
    axes.set_xlabel(f"stages on {results['scale']['machine']['cores']} cores, broker included")
    axes.set_ylabel("claims a second")


def _state(axes: Any, results: Results) -> None:
    rows = results["state"]["sizes"]
    names = [f"{row['keys']:,}" for row in rows]
    shares = [100 * row["share_of_empty"] for row in rows]
    axes.bar_label(axes.bar(names, shares, color=OURS, width=0.5), [f"{share:.0f} %" for share in shares], padding=2)
    axes.axhline(80, color=THIRD, linestyle="--", linewidth=1)
    axes.set_xlabel("keys of state")
    axes.set_ylabel("% of the throughput with none")


def _backpressure(axes: Any, results: Results) -> None:
    found = results["backpressure"]
    at = [sample["at"] for sample in found["samples"]]
    for name, colour in zip(found["grown_mib"], (OURS, THIRD), strict=True):
        axes.plot(at, [sample["rss_mib"][name] for sample in found["samples"]], color=colour, label=f"memory of {name}")
    axes.set(xlabel="seconds", ylabel="resident memory, MiB", ylim=(0, None))
    lag = axes.twinx()
    behind = [sample["sink_lag"] for sample in found["samples"]]
    lag.plot(at, behind, color="0.5", linestyle="--", label="records the sink has to read")
    lag.set(ylabel="records", ylim=(0, None))
    away_from = found["plan"]["away_after"]
    axes.axvspan(away_from, away_from + found["plan"]["away"], color="0.93", label="the store stands still")
    axes.figure.legend(loc="outside upper center", ncols=2, fontsize=8, frameon=False)
