"""Count false alarms of quiet streams on seeds of one's own: `python -m tests.unit.measure_detection SEED STREAMS`."""

from __future__ import annotations

import sys

import numpy as np

from processors.detection.settings import DetectionSettings
from processors.detection.stream import Rules, day_of, new_counter, new_stream
from tests.unit.detection.simulated import START, run_stream

RATES, VOLUMES = (0.01, 0.02, 0.05, 0.1, 0.15), (10, 40, 80)
DAYS = 120
_EVERY = 500


def main() -> None:
    """Print stream-months, the bound and the false alarms, now and then and at the end."""
    seed, streams = int(sys.argv[1]), int(sys.argv[2])
    settings = DetectionSettings.shipped()
    alarms = 0
    for number in range(1, streams + 1):
        alarms += false_alarms(np.random.default_rng([seed, number - 1]), settings)
        if number % _EVERY == 0 or number == streams:
            months = number * months_tested(settings)
            bound = months * settings.denial_spike.false_alarms
            sys.stdout.write(f"{months:.0f} stream-months, bound {bound:.2f}, false alarms {alarms}\n")


def months_tested(settings: DetectionSettings) -> float:
    """Return the months of one stream in which it can be tested."""
    return (DAYS - settings.test.baseline_days - settings.test.quarantine_days) / 30


def false_alarms(rng: np.random.Generator, settings: DetectionSettings) -> int:
    """Return the alarms of one stream whose rate stays as it is."""
    test, own = settings.test, settings.denial_spike
    rules = Rules(test, 1 / own.false_alarms, own.floor, test.baseline_events)
    stream = new_stream(day_of(round(START.timestamp() * 1_000_000)), test)
    rate, volume = rng.choice(RATES), rng.choice(VOLUMES)
    found = run_stream(rng, stream, new_counter(), rules, range(DAYS), volume, rate)
    return sum(transition == "opened" for _, transition in found)


if __name__ == "__main__":
    main()
