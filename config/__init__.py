"""Settings of the domain that a site edits: mappings, thresholds and queues as CSV and YAML files.

The files here are what claimstream ships; every loader also takes the path of a site's own file.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
