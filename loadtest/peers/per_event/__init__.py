"""The engines in Python, one event at a time; nothing here imports claimstream, so that any environment can run it."""
