"""Intake: X12 files in, sealed events out, each file once."""
