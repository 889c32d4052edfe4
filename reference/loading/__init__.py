"""Loading: official and own source files, recognised by name and header, into the folder of tables."""

from reference.loading.layouts import LAYOUTS
from reference.loading.load import FileOutcome, LoadResult, load_folder

__all__ = ["LAYOUTS", "FileOutcome", "LoadResult", "load_folder"]
