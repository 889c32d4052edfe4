"""History: what a patient's earlier claims say about a claim, from packed facts that outlive the batch."""

from processors.history.book import HistoryBook
from processors.history.step import check_history
from processors.history.view import HistoryView, HistoryWrites, InMemoryHistory, PartitionWrites

__all__ = ["HistoryBook", "HistoryView", "HistoryWrites", "InMemoryHistory", "PartitionWrites", "check_history"]
