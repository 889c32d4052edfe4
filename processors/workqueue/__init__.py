"""Workqueues after submission: who is in which queue, how urgent each item is, and what people did with it.

Pure functions over the state of a lineage; the clock is passed in. The queues themselves are config/workqueues.yaml.
"""
