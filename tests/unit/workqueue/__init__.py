"""Tests of the workqueues after submission."""
