"""Runtimes on Kafka: topics, the transactional claim stage, publishing, dead letters."""
