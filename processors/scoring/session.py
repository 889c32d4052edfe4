"""Opens an ONNX graph for serving."""

from __future__ import annotations

import onnxruntime

_QUIET = 3  # onnxruntime's log level: errors and worse


def open_session(onnx: bytes) -> onnxruntime.InferenceSession:
    """Return a session with one thread: then a row's answer does not depend on the batch around it.

    Args:
        onnx: The graph.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
