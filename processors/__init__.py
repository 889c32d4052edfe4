"""The claim pipeline, pure and columnar: validate, price, features, score, route.

Every step takes a ClaimBatch and returns a ClaimBatch; none touches Kafka, ClickHouse, files or the clock.
"""
