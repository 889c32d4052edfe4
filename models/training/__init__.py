"""Training: synthetic claims in, a checked model in the registry out."""

from models.training.train import TrainingReport, train

__all__ = ["TrainingReport", "train"]
