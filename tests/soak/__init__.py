"""The soak: the whole system under load while its parts are killed, stopped and started again at random."""
