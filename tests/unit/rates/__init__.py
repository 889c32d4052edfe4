"""Tests of historical rates."""
