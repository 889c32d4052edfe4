"""Many claims at once: stretches of an 837 that are plain are read block by block instead of segment by segment."""
