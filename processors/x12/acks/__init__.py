"""Acknowledgements: 999, 997, 277CA and TA1 read into acks.received events."""
