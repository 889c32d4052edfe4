"""Training: synthetic claims in, two checked ONNX models in the registry out."""

from models.training.train import TrainingReport, train

__all__ = ["TrainingReport", "train"]
