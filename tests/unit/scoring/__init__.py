"""Tests of the scoring step."""
