"""The application shell: command line, settings, local stack, logging, metrics."""
