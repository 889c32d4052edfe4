"""A logger for librdkafka: its connection chatter goes to debug level, not to the operator's screen."""

from __future__ import annotations

import logging

LIBRDKAFKA = logging.getLogger("librdkafka")
LIBRDKAFKA.addHandler(logging.NullHandler())
LIBRDKAFKA.propagate = False
