"""Which machine and which versions a result belongs to, and what a process has cost."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = (
    "claimstream",
    "polars",
    "pyarrow",
    "numpy",
    "numba",
    "onnxruntime",
    "confluent-kafka",
    "rocksdict",
    "chdb",
)

GENERATOR = "generator"
"""The process that measures: it offers the claims and reads what became of them."""


def describe_machine() -> dict[str, str | int | float]:
    """Return processor, cores and memory."""
    return {"processor": _processor(), "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else _cores(),
            "memory_gib": _memory_gib(), "system": platform.system()}  # fmt: skip


def other_load() -> float:
    """Return how many processes other work keeps busy: the load average of the last minute, before a run begins."""
    return round(os.getloadavg()[0], 1) if sys.platform != "win32" else 0.0


def yardstick_ms() -> float:
    """Return how long a fixed loop takes just now: the median of five times 200,000 steps of plain Python.

    A virtual machine may be three times as slow in one hour as in another, and its load average does not tell. Results
    of one machine compare by their ratio to this.
    """
    return round(statistics.median(map(_loop_ms, range(5))), 1)


def _loop_ms(start: int) -> float:
    began, total = time.perf_counter(), start
    for step in range(200_000):
        total += step * step % 7
    return (time.perf_counter() - began) * 1e3


def resident_mib() -> int:
    """Return the resident memory of this process; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that do the work."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def peak_rss_mb(pid: int) -> float:
    """Return the peak resident memory of a process; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0.0
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return round((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), 2)


class CpuRecord:
    """What processes have cost since the record was begun, so that starts do not count.

    Args:
        pids: Process ids by name; the process that measures is added under the name `generator`.
    """

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = {**pids, GENERATOR: os.getpid()}
        self._before = self._now()

    def spent(self) -> dict[str, float]:
        """Return CPU seconds by process since the beginning."""
        return {name: round(seconds - self._before[name], 2) for name, seconds in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self._pids.items()}


def _cores() -> int:
    return os.cpu_count() or 1


def _memory_gib() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def described(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result with the machine, its speed and the versions it was measured with."""
    return result | {"machine": describe_machine(), "yardstick_ms": yardstick_ms(), "versions": versions()}
