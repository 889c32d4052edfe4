"""Build the claim pipeline from what the settings name, and swap it between batches when a file of it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from claimstream.fingerprints import fingerprint
from claimstream.scorers import ScorerKeeper, registry_path
from claimstream.settings import Settings
from processors.history import HistoryBook
from processors.pipeline import ClaimPipeline
from processors.pricing import PriceBook
from processors.pricing.contracts import ContractSet
from processors.routing import Policy
from processors.routing.policy import SHIPPED_POLICY
from processors.scoring import Scorer
from processors.scoring.registry import DENIALS
from processors.validation import CatalogueError, RuleCatalogue
from processors.validation.catalogue import CATALOGUE_FOLDER
from reference.library import ReferenceLibrary
from schemas.errors import ClaimstreamError

LOOK_EVERY_SECONDS = 1.0

log = structlog.get_logger()


class ReloadObserver(Protocol):
    """Is told what pipeline is at work."""

    def rules_loaded(self, version: str) -> None:
        """Rules of this version are at work."""

    def rules_refused(self) -> None:
        """Changed files cannot be used; the pipeline before stays at work."""

    def models_loaded(self, scorer: Scorer) -> None:
        """These models score from now on; `problems` holds why others were refused."""


def load_library(settings: Settings) -> ReferenceLibrary:
    """Return the loaded reference tables over the starter set.

    Raises:
        ReferenceDataError: The folder is damaged.
    """
    return ReferenceLibrary.open(settings.reference_path)


def load_catalogue(settings: Settings, library: ReferenceLibrary | None = None) -> RuleCatalogue:
    """Return the rules in force: the shipped packs and the overlays of the site.

    Args:
        settings: Where they are.
        library: Reference tables that are open already.

    Raises:
        CatalogueError: A pack or an overlay cannot be used.
    """
    return RuleCatalogue.load(library=library or load_library(settings), local=settings.claimstream_rules)


class PipelineBuilder:
    """Builds the pipeline from the files as they are, and keeps what they leave unchanged.

    Models are loaded again when their registry changes; what is made of the reference tables when their contents do.

    Args:
        settings: Where the files are.
        scorer: Models that are loaded already.
    """

    def __init__(self, settings: Settings, scorer: Scorer | None = None) -> None:
        self._settings = settings
        self._scorers = ScorerKeeper(settings, scorer)
        self._known: tuple[ReferenceLibrary, PriceBook, HistoryBook] | None = None

    def __call__(self) -> ClaimPipeline:
        """Return the pipeline.

        Raises:
            ClaimstreamError: A file cannot be used.
        """
        settings = self._settings
        library = load_library(settings)
        if self._known is None or self._known[0].version != library.version:
            self._known = library, PriceBook.of(library), HistoryBook.of(library)
        library, book, history = self._known
        return ClaimPipeline(
            load_catalogue(settings, library),
            book,
            self._scorers(),
            Policy.load(settings.claimstream_policy),
            ContractSet.load(settings.claimstream_contracts, library.frame("procedure_families")),
            history,
        )


def watched_paths(settings: Settings) -> tuple[Path, ...]:
    """Return the files and folders that a pipeline is built from."""
    site = (settings.claimstream_rules, settings.claimstream_contracts, settings.claimstream_policy)
    shipped = (CATALOGUE_FOLDER, SHIPPED_POLICY)
    models = registry_path(settings) / DENIALS
    return (*shipped, models, settings.reference_path, *(path for path in site if path is not None))


@dataclass(frozen=True)
class Parts:
    """What a source works with.

    Attributes:
        build: Builds a pipeline from the files as they are now.
        watched: Files and folders it is built from.
        observer: Is told what pipeline is at work.
    """

    build: Callable[[], ClaimPipeline]
    watched: tuple[Path, ...]
    observer: ReloadObserver


class PipelineSource:
    """Gives the pipeline for the next batch: the last one that could be built from the files.

    A thread looks at the files once a second and builds beside the batches; a batch takes the finished pipeline
    as a whole. Files that cannot be used are told once and change nothing.

    Args:
        parts: What it works with.

    Raises:
        ClaimstreamError: The first pipeline cannot be built.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._built_from = fingerprint(parts.watched)
        self._last_seen = self._built_from
        self._pipeline = parts.build()
        self._pipeline.warm_up()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._tell(self._pipeline)

    @classmethod
    def of(cls, settings: Settings, observer: ReloadObserver) -> PipelineSource:
        """Return the source of an installation."""
        return cls(Parts(PipelineBuilder(settings), watched_paths(settings), observer))

    def __call__(self) -> ClaimPipeline:
        """Return the pipeline for the next batch."""
        return self._pipeline

    def look(self) -> None:
        """Look at the files once; build when they changed and have been at rest since the last look."""
        seen = fingerprint(self._parts.watched)
        at_rest, self._last_seen = seen == self._last_seen, seen
        if not at_rest or seen == self._built_from:
            return
        self._built_from = seen
        try:
            made = self._parts.build()
            _require_known_queues(made.policy, self._pipeline.policy)
            made.warm_up()
        except ClaimstreamError as error:
            self._refuse(error)
        except Exception as error:
            self._refuse(ClaimstreamError(f"The pipeline cannot be built: {type(error).__name__}.", "Report this."))
        else:
            before, self._pipeline = self._pipeline, made
            self._tell(made)
            log.info("rules_loaded", version=made.catalogue.version, count=len(made.catalogue.rules))
            if made.scorer is not before.scorer:
                log.info("models_loaded", version=made.scorer.version)

    def _tell(self, pipeline: ClaimPipeline) -> None:
        self._parts.observer.rules_loaded(pipeline.catalogue.version)
        self._parts.observer.models_loaded(pipeline.scorer)

    def _refuse(self, error: ClaimstreamError) -> None:
        self._parts.observer.rules_refused()
        for one in (error, *(error.others if isinstance(error, CatalogueError) else ())):
            place = {"file": one.file, "rule_id": one.rule_id} if isinstance(one, CatalogueError) else {}
            reason = one.reason if isinstance(one, CatalogueError) else one.message
            kept = self._pipeline.catalogue.version
            log.error("rules_refused", reason=reason, remedy=one.remedy, version=kept, **place)

    def watch(self) -> None:
        """Look at the files every second, beside the batches, until close()."""
        self._thread = threading.Thread(target=self._keep_looking, name="rules", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _keep_looking(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_SECONDS):
            self.look()


def _require_known_queues(policy: Policy, before: Policy) -> None:
    unknown = sorted(policy.queues.keys() - before.queues.keys())
    if unknown:
        msg = f"The policy has the new queue {', '.join(unknown)}."
        raise ClaimstreamError(msg, "Create its topic with `claimstream topics create`, then start the stage again.")
