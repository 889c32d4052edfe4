"""docs/performance.md, made of the kept results: python -m loadtest.report.

The results are the JSON files in docs/performance, as `claimstream bench PROFILE --out` and
`python -m loadtest.peers --out` write them; the notes on single parts are docs/performance/parts.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from loadtest.aims import Results, aims

DOCS = Path(__file__).parent.parent / "docs"
FOLDER = DOCS / "performance"
PAGE = DOCS / "performance.md"

_RUNS = (
    "burst", "burst-correlation", "burst-kafka", "sustained", "sustained-kafka", "max", "max-kafka", "skewed",
    "large-claims",
)  # fmt: skip


def load_results(folder: Path = FOLDER) -> Results:
    """Return the kept results by name."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}


def page(results: Results, parts: str) -> str:
    """Return the page.

    Args:
        results: Kept results.
        parts: Notes on single parts, markdown.
    """
    sections = (
        _head(results), _aims(results), _peers(results), _stage(results), _runs(results), _load(results),
        _batches(results), _scale(results), _state(results), _backpressure(results), _how(),
        f"## Single parts\n\n{parts.strip()}",
    )  # fmt: skip
    return "\n\n".join(section for section in sections if section) + "\n"


def main() -> None:
    """Write the page and its charts."""
    from loadtest.charts import draw  # noqa: PLC0415 - charts take a package that the page does not

    results = load_results()
    PAGE.write_text(page(results, (FOLDER / "parts.md").read_text(encoding="utf-8")), encoding="utf-8")
    for file in draw(results, FOLDER):
        sys.stderr.write(f"{file.name}\n")


def _head(results: Results) -> str:
    machine = next(iter(results.values()), {}).get("machine", {})
    kinds = {json.dumps(result.get("machine"), sort_keys=True) for result in results.values()}
    named = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']:.0f} GiB, {machine['system']}"
        if len(kinds) == 1
        else "several machines, named in the results"
    )
    return f"""# Performance

Made by `python -m loadtest.report` from the results in [performance/](performance/); a test keeps it up to date.

Machine: {named}. Generator, broker, store and what is measured share its cores.
Read ratios first: they hold elsewhere, absolute figures do not. CPU is processor time of the process; a claim has two
service lines on average.{_yardsticks(results)}"""


def _yardsticks(results: Results) -> str:
    """Say how fast the machine was at the end of each run."""
    measured = {name: result["yardstick_ms"] for name, result in results.items() if "yardstick_ms" in result}
    if not measured:
        return ""
    told = ", ".join(f"{name} {ms:.0f}" for name, ms in sorted(measured.items()))
    return f"""

A shared machine is not equally fast all day. Milliseconds that one fixed loop of plain Python took at the end of each
run, where it was timed: {told}."""


def _aims(results: Results) -> str:
    rows = [(aim.what, aim.measured, "yes" if aim.met else "**no**") for aim in aims(results)]
    return "## Aims\n\n" + _table(("aim", "measured", "met"), rows) if rows else ""


def _peers(results: Results) -> str:
    if "peers" not in results:
        return ""
    found = results["peers"]
    rows = [
        (
            engine["engine"], f"{engine['times_slower']:.1f}", f"{engine['times_the_cpu']:.1f}",
            f"{engine['claims_per_second']:,.0f}", f"{engine['cpu_us_per_claim']:.0f}", f"{engine['rss_mb']:.0f}",
            engine["guarantee"], engine["model_runs"],
        )
        for engine in found["engines"]
    ]  # fmt: skip
    head = (
        "engine",
        "times slower",
        "times the CPU",
        "claims/s",
        "CPU us a claim",
        "RSS MB",
        "guarantee",
        "model runs",
    )
    compared = min(engine["compared"] for engine in found["engines"])
    unequal = sum(engine["unequal"] for engine in found["engines"])
    gap = max(engine["largest_difference"] for engine in found["engines"])
    lacks = "\n".join(f"- {engine['engine']}: {engine['lacks']}." for engine in found["engines"][1:])
    return f"""## Peers

![Throughput of the engines](performance/peers.png)

The same {found["claims"]:,} claims on one topic of {found["broker"]}, the same {found["rules"]} rules, the same model
(boosted trees on 30 plain features), one process an engine, one run; the first {found["warm_up"]:,} claims warm
compilers up and do not count.

{_table(head, rows)}

Answers were compared claim by claim: of {compared:,} claims {unequal} differ in findings or probability (greatest
difference of probabilities {gap:.0e}). The rules are data and become plain Python, plain Java and a rule pack, so that
every engine runs code as its users write it. The peers write a record of eight fields; the stage writes the whole
scored claim with its lines and the workqueue items. What the stage does and the others do not:

{lacks}"""


def _stage(results: Results) -> str:
    if "stage" not in results:
        return ""
    settings = results["stage"]["settings"]
    steps = max((list(cost["steps_us"]) for cost in settings), key=len)  # the longer way holds the shorter
    rows: list[tuple[str, ...]] = [
        (step, *(f"{cost['steps_us'][step]:.1f}" if step in cost["steps_us"] else "" for cost in settings))
        for step in steps
    ]
    rows.append(("**in all**", *(f"**{cost['cpu_us_per_claim']:.1f}**" for cost in settings)))
    rows.append(("claims/s on one core", *(f"{cost['claims_per_second']:,}" for cost in settings)))
    names = [f"{cost['setting']} ({cost['rules']} rules)" for cost in settings]
    return f"""## Where the microseconds go

![Processor time by step](performance/stage.png)

The stage alone, bytes in and bytes out, in batches of {results["stage"]["batch"]:,}; microseconds of processor time a
claim.

{_table(("step", *names), rows)}{_wire(results)}"""


def _wire(results: Results) -> str:
    """Tell what the client adds on the wire, where a run with a broker says it."""
    rows = [
        (name, *(f"{run['cpu_us_per_claim'].get(step, 0.0):.1f}" for step in ("consume", "commit")),
         f"{sum(run['cpu_us_per_claim'].values()):.1f}")
        for name, run in results.items()
        if name in ("max", "max-kafka", "burst")
    ]  # fmt: skip
    if not rows:
        return ""
    head = ("run", "consume", "produce and commit", "all steps")
    return f"""

The client adds its work on the wire, in microseconds a claim; what its threads do beside the next batch counts for the
steps of that batch:

{_table(head, rows)}"""


def _runs(results: Results) -> str:
    rows = []
    for name in _RUNS:
        if name in results:
            rows.append((name, *_run(results[name])))
    head = (
        "profile", "broker", "claims", "offered/s", "claims/s", "s to scored", "s to queryable", "p50 ms", "p99 ms",
        "p99.9 ms", "stage RSS MB", "lost", "doubled", "other load",
    )  # fmt: skip
    latency = "\n\n![Latency at a steady rate](performance/latency.png)" if "sustained" in results else ""
    return (
        f"""## The running system{latency}

Latency counts from when a claim was due, not from when it was sent (no coordinated omission), to when its score could
be read; without an offered rate every claim is due at once. *Other load* is how many processes other work kept busy
when the run began: where it is above the number of cores, seconds and latencies are those of a crowded machine.

{_table(head, rows)}"""
        if rows
        else ""
    )


def _run(run: dict[str, Any]) -> tuple[str, ...]:
    latency = run["latency_ms"]
    memory = max(megabytes for name, megabytes in run["rss_mb"].items() if name.startswith("claims-"))
    offered, stored = run["offered_rate"], run["seconds_to_clickhouse"]
    return (
        run["broker"], f"{run['claims']:,}", f"{offered:,.0f}" if offered else "all at once",
        f"{run['claims_per_second']:,.0f}", f"{run['seconds_to_scored']:.1f}", f"{stored:.1f}" if stored else "",
        f"{latency['p50']:,.0f}", f"{latency['p99']:,.0f}", f"{latency['p99.9']:,.0f}", f"{memory:.0f}",
        str(run["lost"]), str(run["duplicated"]), f"{run['other_load']:.1f}",
    )  # fmt: skip


def _load(results: Results) -> str:
    runs = {name: results[name] for name in _RUNS if results.get(name, {}).get("load_cpu_seconds")}
    if not runs:
        return ""
    processes = list(dict.fromkeys(process for run in runs.values() for process in run["load_cpu_seconds"]))
    rows = [
        (name, *(_us_a_claim(run, run["load_cpu_seconds"].get(process)) for process in processes))
        for name, run in runs.items()
    ]
    return f"""### What a claim costs each process

Microseconds of CPU a claim from the start of the clock until the last claim was there. The generator offers the claims
at a rate and reads what became of them.

{_table(("profile", *processes), rows)}"""


def _batches(results: Results) -> str:
    rows = []
    for name in _RUNS:
        run = results.get(name, {})
        if run.get("batch_ms") and run["offered_rate"]:
            steps = run["batch_ms"]
            waits, commits = steps["consume"], steps["commit"]
            figures = (run["latency_mean_ms"], run["stage_latency_ms"], waits, sum(steps.values()) - waits - commits)
            rows.append((name, f"{run['claims_per_batch']:,.0f}", *(f"{ms:,.0f}" for ms in (*figures, commits))))
    if not rows:
        return ""
    head = ("profile", "claims a batch", "from due to read", "from log to commit", "polling", "computing", "committing")
    return f"""### Where the time of a claim goes

Milliseconds on average: of a claim from when it was due until it was read, and from the topic to its commit; of a batch
by what the stage does. A claim waits for the batch before it, then for its own.

{_table(head, rows)}"""


def _us_a_claim(run: dict[str, Any], seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1e6 / run['claims']:.0f}"


def _scale(results: Results) -> str:
    if "scale" not in results:
        return ""
    runs = results["scale"]["runs"]
    one = runs[0]["claims_per_second"]
    rows = [
        (str(run["stages"]), f"{run['claims_per_second'] / one:.2f}", f"{run['claims_per_second']:,.0f}",
         f"{sum(run['cpu_us_per_claim'].values()):.1f}")
        for run in runs
    ]  # fmt: skip
    cores = results["scale"]["machine"]["cores"]
    return f"""## More stages

![Throughput by number of stages](performance/scale.png)

{runs[0]["claims"]:,} claims on four partitions, offered at once to stages that wait; generator, broker
({runs[0]["broker"]}) and stages alone. The machine has {cores} cores: more stages than cores share what is left.

{_table(("stages", "times one", "claims/s", "CPU us a claim"), rows)}"""


def _state(results: Results) -> str:
    if "state" not in results:
        return ""
    rows = [
        (f"{row['keys']:,}", f"{row['share_of_empty']:.0%}", f"{row['claims_per_second']:,}",
         f"{row['steps_us']['history']:.1f}", f"{row['steps_us']['remember']:.1f}", str(row["disk_mib"]))
        for row in results["state"]["sizes"]
    ]  # fmt: skip
    head = ("keys", "of the throughput with none", "claims/s on one core", "history us", "remember us", "MiB on disk")
    return f"""## The size of the state

![Throughput by number of keys](performance/state.png)

The stage alone over a history in RocksDB that was filled with packed facts of other patients over three years. Every
batch runs over each size in turn; the share is the median over batches.

{_table(head, rows)}"""


def _backpressure(results: Results) -> str:
    if "backpressure" not in results:
        return ""
    found = results["backpressure"]
    plan, samples = found["plan"], found["samples"]
    rows = [
        (name, f"{_memory(samples, name, 0, plan['away_after']):.0f}", f"{found['grown_mib'][name]:.0f}",
         f"{_memory(samples, name, 0, samples[-1]['at']):.0f}")
        for name in found["grown_mib"]
    ]  # fmt: skip
    head = ("process", "MiB before", "grew by while the store stood still", "most MiB in all")
    return f"""## When the store stands still

![Memory and lag while the store stands still](performance/backpressure.png)

{plan["claims"]:,} claims at {plan["rate"]:,.0f} a second; ClickHouse is stopped (SIGSTOP) after
{plan["away_after"]:.0f} s for {plan["away"]:.0f} s. What the sink cannot store waits on the broker:
{found["most_lag"]:,} records at most, all of them stored {samples[-1]["at"]:.0f} s after the beginning.

{_table(head, rows)}"""


def _memory(samples: list[dict[str, Any]], name: str, start: float, end: float) -> float:
    """Return the most memory of a process between two moments, MiB."""
    return max(float(sample["rss_mib"][name]) for sample in samples if start <= sample["at"] <= end)


def _how() -> str:
    return """## How to measure

    claimstream bench                                    # 100,000 claims at once; everything but correlation runs
    claimstream bench burst --correlation
    claimstream bench sustained [--kafka] [--seconds 60] [--without-store]
    claimstream bench max | skewed | large-claims | scale | stage | state
    python -m loadtest.backpressure                      # ClickHouse stops for a while
    python -m loadtest.peers --claims 100000             # the other engines; makes their environments at first

`--json` prints the result, `--out docs/performance/NAME.json` keeps it, `python -m loadtest.report` makes this page and
its charts of what is kept (extra `loadtest`). `--kafka` starts an Apache Kafka (from a checkout; Java 17 and Maven),
`--bootstrap` uses one that runs."""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a markdown table; all columns but the first are aligned to the right where they hold numbers."""
    body = [tuple(row) for row in rows]
    names = tuple(head)
    marks = ("---:" if place and _numeric(row[place] for row in body) else "---" for place in range(len(names)))
    return "\n".join(_line(cells) for cells in (names, tuple(marks), *body))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _numeric(cells: Iterable[str]) -> bool:
    return all(cell.strip("*%").replace(",", "").replace(".", "").isdigit() for cell in _given(cells))


def _given(cells: Iterable[str]) -> Iterator[str]:
    return (cell for cell in cells if cell)


if __name__ == "__main__":
    main()
