"""Opens ONNX graphs the way the stream does: one thread, no spinning, the CPU named."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnxruntime

from processors.scoring.session import open_session

__all__ = ["open_session", "run_graph"]


def run_graph(content: bytes, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return the first output of a graph, rows x classes, double."""
    session: onnxruntime.InferenceSession = open_session(content)
    answers: npt.NDArray[np.float64] = session.run(None, {session.get_inputs()[0].name: matrix})[0].astype(np.float64)
    return answers
