"""The claim pipeline, pure and columnar: validate, price, features, score, route.

Every step takes a ClaimBatch and returns a ClaimBatch; none touches Kafka, ClickHouse, files or the clock.
"""

import os

# onnxruntime's Linux wheels report usage to their maker unless told not to before they are loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
