"""Foreign tables: train on and score any table of claims or claim lines, given a map of its columns."""
