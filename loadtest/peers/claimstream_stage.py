"""claimstream's own stage as a peer: its consumer, codec, transactions and outputs, with the comparison's pipeline.

It keeps what the others lack: the answer is the whole claims.scored event with the workqueue items, written in the
same transaction as the offsets.
"""

from __future__ import annotations

import gc
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from claimstream.metrics import Metrics
from claimstream.observers import StageMetrics
from claimstream.settings import Settings
from loadtest.peers.pipeline import PeerPipeline
from loadtest.peers.workspace import Workspace
from processors.validation.examples import example_batch
from schemas.phi import Keyring, Sealer
from schemas.registry import schema_ids
from streams.claim_stage import ClaimStage, StageConfig, StageTools


def main() -> None:
    """Run until stopped; METRICS_PORT says where the cost of the steps is shown."""
    settings = Settings()
    workspace = Workspace(Path(os.environ["PEER_HOME"]))
    pipeline = PeerPipeline.of(workspace.pack, workspace.model)
    pipeline.run(example_batch())
    metrics = Metrics.create()
    tools = StageTools(
        pipeline=lambda: pipeline,
        ids=schema_ids(),
        sealer=Sealer(Keyring.load(settings.keyring_path)),
        observer=StageMetrics(metrics),
        clock=lambda: datetime.now(UTC),
    )
    config = StageConfig(settings.broker, batch_size=settings.batch_size, batch_wait_ms=settings.batch_wait_ms)
    stage = ClaimStage(config, tools)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stage.stop())
    metrics.serve(settings.metrics_host, settings.metrics_port)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    stage.run()


if __name__ == "__main__":
    main()
