"""Code sets and fee schedules: loaders, effective dates, the starter data."""
