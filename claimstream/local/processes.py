"""The supervisor: starts child processes in order, checks their health, restarts and stops them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from schemas.errors import DependencyError

log = structlog.get_logger()

START_SECONDS = 180.0
"""The first start after an installation compiles code; on a busy machine that took more than a minute."""
STOP_SECONDS = 15.0
MAX_RESTARTS = 5
"""Restarts of one process within RESTART_WINDOW_SECONDS before the supervisor gives up."""
RESTART_WINDOW_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Service:
    """One child process.

    Attributes:
        name: What it is called in logs.
        command: Program and arguments.
        healthy: Answers whether it works; called until it does.
        environment: Variables added to the supervisor's own.
        restartable: Whether it may be started anew after it ended; a broker in memory loses its data and may not.
        niceness: How much the process yields to the others, 0 (not at all) to 19.
        prepare: Called in turn before the service is started for the first time, when those before it are healthy.
    """

    name: str
    command: tuple[str, ...]
    healthy: Callable[[], bool]
    environment: dict[str, str] = field(default_factory=dict)
    restartable: bool = True
    niceness: int = 0
    prepare: tuple[Callable[[], object], ...] = ()


@dataclass
class _Child:
    service: Service
    process: subprocess.Popen[bytes]
    starts: list[float] = field(default_factory=list)


class Supervisor:
    """Runs services, each after the one before it is healthy; stops them in reverse order.

    Args:
        services: In starting order.
        log_folder: Gets one log file a service.
    """

    def __init__(self, services: list[Service], log_folder: Path) -> None:
        self._services = services
        self._log_folder = log_folder
        self._children: list[_Child] = []

    def __enter__(self) -> Supervisor:
        """Start everything."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self.stop()

    def start(self) -> None:
        """Start the services and wait until each is healthy.

        Raises:
            DependencyError: One did not become healthy; its log is named.
        """
        self._log_folder.mkdir(parents=True, exist_ok=True)
        for service in self._services:
            for step in service.prepare:
                step()
            child = _Child(service, self._spawn(service), [time.monotonic()])
            self._children.append(child)
            self._wait_until_healthy(child)

    def watch(self, stopping: Callable[[], bool], poll_seconds: float = 0.5) -> None:
        """Restart what ends, until stopping() says so.

        Raises:
            DependencyError: A process ends again and again, or one that must not be restarted ended.
        """
        while not stopping():
            self.check()
            time.sleep(poll_seconds)

    def check(self) -> None:
        """Restart every child that ended.

        Raises:
            DependencyError: One ends again and again, or must not be restarted.
        """
        for child in self._children:
            code = child.process.poll()
            if code is None:
                continue
            log.warning("process_ended", stage=child.service.name, exit_code=code)
            now = time.monotonic()
            child.starts = [t for t in child.starts if now - t < RESTART_WINDOW_SECONDS]
            if not child.service.restartable or len(child.starts) >= MAX_RESTARTS:
                raise self._failure(child, f"ended with exit code {code}")
            child.process = self._spawn(child.service)
            child.starts.append(now)

    def pids(self) -> dict[str, int]:
        """Return the process ids by service name."""
        return {child.service.name: child.process.pid for child in self._children}

    def stop(self) -> None:
        """End every child, the last started first: SIGTERM, then SIGKILL after STOP_SECONDS."""
        for child in reversed(self._children):
            self._end(child)
        self._children.clear()

    def _end(self, child: _Child) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(signal.SIGTERM)
        try:
            child.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("process_killed", stage=child.service.name)
            child.process.kill()
            child.process.wait()

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        with self._log_path(service).open("ab") as sink:
            return subprocess.Popen(
                service.command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env={**os.environ, **service.environment},
                start_new_session=True,  # a Ctrl-C on the terminal reaches the supervisor alone
                preexec_fn=partial(_in_child, service.niceness),  # noqa: PLW1509 - a few system calls, no locks
            )

    def _wait_until_healthy(self, child: _Child) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if child.process.poll() is not None:
                raise self._failure(child, f"ended with exit code {child.process.returncode}")
            if child.service.healthy():
                return
            time.sleep(0.05)
        raise self._failure(child, f"is not healthy after {START_SECONDS:.0f} s")

    def _failure(self, child: _Child, what: str) -> DependencyError:
        path = self._log_path(child.service)
        msg = f"The process {child.service.name} {what}.{_last_line(path)}"
        return DependencyError(msg, f"Its log is {path}.")

    def _log_path(self, service: Service) -> Path:
        return self._log_folder / f"{service.name}.log"


def _last_line(path: Path) -> str:
    """Return the last line of a log, as a sentence to append; our own processes end with what to do."""
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines() if path.exists() else []
    return f" It said: {lines[-1][:300]}" if lines else ""


def _yield_as_a_session(niceness: int) -> None:
    """Let the process yield where Linux schedules by session: there a niceness counts within its session only.

    Every child has a session of its own (autogroups, sched(7)); systems without them have no such file.
    """
    with contextlib.suppress(OSError):
        group = os.open("/proc/self/autogroup", os.O_WRONLY)
        os.write(group, b"%d" % niceness)
        os.close(group)


def _in_child(niceness: int) -> None:
    """Let the process yield to others, and end when its parent dies, so that nothing is left behind."""
    os.nice(niceness)
    if sys.platform == "linux":
        _yield_as_a_session(niceness)
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
