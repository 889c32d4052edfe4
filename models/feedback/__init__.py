"""Feedback: outcomes of 835 remittances joined with the vectors the model saw, and training on them."""
