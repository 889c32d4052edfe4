"""Planted stories: what a payer or a clearinghouse does differently from a day on, with its truth."""
