"""Remittances: 835 files read into remits.received events."""
