"""Offline models: synthetic claims with known truth, training, ONNX export, the model registry."""
