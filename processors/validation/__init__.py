"""Validation: a catalogue of business rules, written as data, fired on whole batches."""
