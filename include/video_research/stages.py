"""The way of one video: download → process → validate → upload. Each state is stored, so that another try goes on from it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from psycopg.types.json import Jsonb

from include import database
from include.database import Connector, Database, Row
from include.erasure.forgotten import forgotten_among
from include.lake import Lake
from include.lake_errors import LakeError, LakeRefused
from include.video_research import folders, keeping, validation, videos
from include.video_research.downloads import download as downloading
from include.video_research.downloads.breaker import Breaker
from include.video_research.downloads.failures import DownloadFailed
from include.video_research.leases import kept, lease
from include.video_research.processing import process as processing
from include.video_research.processing.artefacts import forget
from include.video_research.processing.errors import ProcessingFailed
from include.video_research.processing.options import Options
from include.video_research.queries import slug
from include.video_research.records import SCHEMA_VERSION, SKIPPED, Downloaded, Failure, Hit, Processed, Query
from include.video_research.retries import again
from include.video_research.run import Run
from include.video_research.settings import ResearchSettings
from include.video_research.upload import upload
from include.video_research.worker import Crashed, TimedOut, Worker

Result = TypeVar("Result")
CLAIM_SECONDS = 120.0
CLAIM_AGAIN_S = 2.0
PATIENCE_HERE_S = 4.0  # with a sandbox on this machine, whose stalled download is there to be shown
GRACE_S = 10.0  # for work that ends by itself when its time is over
# Another try may bring these through, within the same run.
WORTH_ANOTHER = frozenset({"transient", "damaged", "store", "timed_out"})
log = logging.getLogger(__name__)


class StageFailed(Exception):
    """A stage came to its end for one video."""

    def __init__(self, failure: Failure, attempts: int = 1, retry_after: float | None = None) -> None:
        super().__init__(f"{failure.stage}: {failure.error}")
        self.failure = failure
        self.attempts = attempts
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Bench:
    """What a task works on videos with.

    `wanted`: for each part the engines of today, by which earlier results are measured. `answers`: what the process that
    processes asks of this one, which has the database and the keys.
    """

    connector: Connector
    lake: Lake
    run: Run
    configured: ResearchSettings
    options: Options
    wanted: Mapping[str, tuple[str, ...]]
    worker: Worker
    breaker: Breaker
    holder: str
    answers: Callable[[Any], Any] | None = None


def work_on(bench: Bench, store: Database, video_id: str) -> Failure | None:
    """Bring a video as far as it comes; the failure, stored already, where that was not to the end.

    What is not a video's own trouble (the database) is raised.
    """
    claimed = _claim(bench, store, video_id)
    holding = {"video_id": video_id, "holder": bench.holder}
    extending = {**holding, "seconds": CLAIM_SECONDS}
    with kept(bench.connector, "video_research/extend_claim", extending, CLAIM_SECONDS):
        way = _Way(bench, store, claimed)
        try:
            way.go()
        except StageFailed as failed:
            _store_failure(bench, store, video_id, failed)
            if failed.failure.is_permanent and not bench.run.keep:
                folders.remove(way.folder)  # nobody goes on with it
            if failed.failure.kind == "gone":
                keeping.mark_gone(store, video_id)
            return failed.failure
        finally:
            store.run(partial(database.rows, name="video_research/release_video", parameters=holding))
    return None


def _claim(bench: Bench, store: Database, video_id: str) -> Row:
    """Its row. One that another task works on is waited for: then it is known, and this run can tell what came of it. That of a
    killed task is free once its hold ends, which whoever lives makes longer meanwhile.
    """
    claiming = {"video_id": video_id, "holder": bench.holder, "seconds": CLAIM_SECONDS, "run_id": bench.run.run_id}
    is_told = False
    while not (claimed := store.rows("video_research/claim_video", claiming)):
        if not is_told:
            log.info("%s: another task works on it, and is waited for.", video_id)
            is_told = True
        time.sleep(CLAIM_AGAIN_S)
    return claimed[0]


class _Way:
    """One video on its way, for one try."""

    def __init__(self, bench: Bench, store: Database, row: Row) -> None:
        self.bench, self.store, self.row = bench, store, row
        self.video_id: str = row["video_id"]
        query = Query(row["query_id"] or "", row["query_position"] or 0, row["query_text"] or "")
        self.folder: Path = folders.folder_of(bench.configured.work_folder, slug(query), self.video_id)
        self.until = time.monotonic() + bench.configured.video_timeout_s

    def go(self) -> None:
        if self._is_known() and not self._was_cut_after_its_row():
            if self.row["state"] != "uploaded":
                self._save("video_research/save_uploaded", attempts=0)
            log.info("%s: known already, with the same engines.", self.video_id)
            self._clean_up()
            return
        hit = self._hit()
        self._refuse_forgotten(hit.author_uid)
        downloaded = self._download(hit)
        self._refuse_forgotten(_author_of(downloaded))
        processed = self._passing(downloaded)
        self._upload(downloaded, processed)
        self._clean_up()

    def _clean_up(self) -> None:
        if not self.bench.run.keep:
            folders.remove(self.folder)

    def _was_cut_after_its_row(self) -> bool:
        """Killed between the row and the look at what arrived: the rest is still to be done, and all it takes is here."""
        return self.row["state"] == "validated" and downloading.kept(self.video_id, self.folder) is not None

    def _is_known(self) -> bool:
        known = {
            "video_id": self.video_id,
            "wanted": Jsonb(as_lists(self.bench.wanted)),
            "schema_version": SCHEMA_VERSION,
            "with_video": self.bench.run.include_video,
        }
        return bool(self.store.rows("video_research/find_known", known))

    def _hit(self) -> Hit:
        found = self.store.rows("video_research/read_hit", {"video_id": self.video_id})
        if not found:
            raise StageFailed(_failure("download", "gone", "no query found it any more", "Nothing needs doing."))
        return Hit(**found[0])

    def _refuse_forgotten(self, author_uid: str | None) -> None:
        """Who was forgotten stays away: asked before the download, and again once the page says who it is."""
        if author_uid and self.store.run(lambda connection: forgotten_among(connection, [author_uid])):
            folders.remove(self.folder)
            raise StageFailed(
                _failure("download", "forgotten", "its author was forgotten", "Nothing needs doing: it is left out.")
            )

    def _download(self, hit: Hit) -> Downloaded:
        before, _ = self._tried("download", self._brought_back)
        if before is not None:
            log.info("%s: taken from the store, to be read by other engines.", self.video_id)
            return before

        def fetched() -> Downloaded:
            try:
                configured = self.bench.configured
                patience_s = downloading.PATIENCE_S if configured.is_site_real else PATIENCE_HERE_S
                return downloading.download(
                    hit,
                    self.folder,
                    configured,
                    breaker=self.bench.breaker,
                    bounds=self.bench.run.bounds,
                    patience_s=patience_s,
                )
            except DownloadFailed as failed:
                raise StageFailed(failed.failure, retry_after=failed.retry_after) from failed

        downloaded, attempts = self._tried("download", fetched)
        size, duration = downloaded.size_bytes, downloaded.duration_s
        self._save(
            "video_research/save_downloaded",
            size_bytes=size,
            duration_s=duration,
            folder=str(self.folder),
            attempts=attempts,
        )
        return downloaded

    def _brought_back(self) -> Downloaded | None:
        """What the store has of it. Where the store does not answer, nothing that it may have is downloaded once more."""
        try:
            return videos.fetch_kept(
                self.bench.lake,
                self.store,
                self.video_id,
                self.folder,
                self.bench.wanted,
                needs_video=self.bench.run.include_video,
            )
        except LakeError as error:
            raise _store_failed("download", error) from error

    def _passing(self, downloaded: Downloaded) -> Processed:
        """Process until it passes: what does not is processed once more, then left with the reason."""
        processed = self._process(downloaded)
        faults = self._faults(downloaded, processed)
        if faults and not self.row["was_reprocessed"]:
            log.warning("%s: %s; it is processed once more.", self.video_id, "; ".join(faults))
            # In this order: killed in between, it is processed once too often, not left as it is.
            forget(self.folder)
            self._save("video_research/save_reprocessing")
            processed = self._process(downloaded)
            faults = self._faults(downloaded, processed)
        if faults:
            raise StageFailed(
                _failure(
                    "validate",
                    "invalid",
                    "; ".join(faults),
                    "Look at the video; with other engines it may pass (OCR_ENGINE, TRANSCRIBE_ENGINE).",
                ),
                attempts=2,
            )
        self._save("video_research/save_validated")
        return processed

    def _faults(self, downloaded: Downloaded, processed: Processed) -> list[str]:
        if self.bench.run.require_speech and processed.speech.state in {"no_speech", "no_audio"}:
            raise StageFailed(
                _failure(
                    "validate", "filtered", "nobody speaks in it", "Nothing needs doing: require_speech leaves it out."
                )
            )
        return validation.check(self.folder, downloaded, processed)

    def _process(self, downloaded: Downloaded) -> Processed:
        def processed() -> Processed:
            begun = time.monotonic()
            with lease(self.bench.connector, self.store, self.bench.holder):
                self.until += time.monotonic() - begun  # waiting for its turn is not the video's own time
                seconds = max(1.0, self.until - time.monotonic())
                options = replace(self.bench.options, timeout_s=seconds)
                arguments = (processing.process, self.folder, downloaded, options)
                try:
                    return self.bench.worker.run(*arguments, seconds=seconds + GRACE_S, answers=self.bench.answers)
                except ProcessingFailed as failed:
                    raise StageFailed(failed.failure) from failed
                except TimedOut as error:
                    raise StageFailed(
                        _failure("process", "timed_out", str(error), "Raise RESEARCH_VIDEO_TIMEOUT, or leave it out.")
                    ) from error
                except Crashed as error:
                    raise StageFailed(
                        _failure("process", "damaged", str(error), "Look at the video itself.")
                    ) from error

        done, attempts = self._tried("process", processed)
        self._save(
            "video_research/save_processed",
            ocr_state=done.screen.state,
            speech_state=done.speech.state,
            engines=Jsonb(dict(done.engines)),
            schema_version=SCHEMA_VERSION,
            attempts=attempts,
        )
        return done

    def _upload(self, downloaded: Downloaded, processed: Processed) -> None:
        run = self.bench.run
        # A video that was kept stays kept, whatever this run is asked to keep.
        has_video = any(row["has_video"] for row in self._rows("video_research/library/find_kept"))

        def uploaded() -> None:
            try:
                upload(
                    self.bench.lake,
                    self.store,
                    self.folder,
                    downloaded,
                    processed,
                    max_frames=run.max_frames,
                    include_video=run.include_video or has_video,
                    is_made_up=self.row["is_made_up"],
                )
            except videos.Forgotten as error:
                folders.remove(self.folder)
                raise StageFailed(_failure("upload", "forgotten", str(error), "Nothing needs doing.")) from error
            except videos.Unreadable as error:
                raise StageFailed(
                    _failure("upload", "damaged", str(error), "Clear its working folder; the next run makes it anew.")
                ) from error
            except (LakeError, OSError) as error:
                raise _store_failed("upload", error) from error

        _, attempts = self._tried("upload", uploaded)
        self._save("video_research/save_uploaded", attempts=attempts)

    def _tried(self, stage: str, do: Callable[[], Result]) -> tuple[Result, int]:
        """What `do` gives, and at which try. What is worth another try gets it, after a while, until the video's time is up."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return do(), attempt
            except StageFailed as failed:
                is_worth_it = failed.failure.kind in WORTH_ANOTHER and failed.attempts > 0
                pause = again(stage, attempt, failed.retry_after) if is_worth_it else None
                if pause is None or time.monotonic() + pause > self.until:
                    raise StageFailed(failed.failure, attempt) from failed
                log.warning(
                    "%s: %s. Try %s failed, the next one begins in %.0f s.", self.video_id, failed, attempt, pause
                )
                time.sleep(pause)

    def _rows(self, name: str) -> list[Row]:
        return self.store.rows(name, {"video_id": self.video_id})

    def _save(self, name: str, **values: Any) -> None:
        parameters = {"video_id": self.video_id, **values}
        self.store.run(partial(database.rows, name=name, parameters=parameters))


def _store_failure(bench: Bench, store: Database, video_id: str, failed: StageFailed) -> None:
    failure = failed.failure
    parameters = {
        "video_id": video_id,
        "run_id": bench.run.run_id,
        "stage": failure.stage,
        "kind": failure.kind,
        "reason": failure.error,
        "what_to_do": failure.what_to_do,
        "is_permanent": failure.is_permanent,
        "is_skipped": failure.kind in SKIPPED,
        "bounds": Jsonb(bounds_of(bench.run, bench.configured)) if failure.kind == "filtered" else None,
        "attempts": failed.attempts,
    }
    store.run(partial(database.rows, name="video_research/save_failed", parameters=parameters))
    log.warning("%s: %s failed (%s): %s. %s", video_id, failure.stage, failure.kind, failure.error, failure.what_to_do)


def bounds_of(run: Run, configured: ResearchSettings) -> dict[str, Any]:
    """What a run wants of a video, as it is stored with one that was left out for it."""
    return {
        "published_after": run.published_after.isoformat() if run.published_after else None,
        "min_views": run.min_views,
        "require_speech": run.require_speech,
        "max_seconds": configured.longest_video_s,
    }


def as_lists(wanted: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """As the statements take it."""
    return {part: list(names) for part, names in wanted.items()}


def _failure(stage: str, kind: Any, error: str, what_to_do: str) -> Failure:
    return Failure(stage, kind, error, what_to_do)


def _store_failed(stage: str, error: LakeError | OSError) -> StageFailed:
    """What a person has to mend is not tried again."""
    kind = "disk" if isinstance(error, OSError) else "store"
    failure = _failure(stage, kind, str(error), "See MEDIA_URI and its rights, then run again.")
    return StageFailed(failure, attempts=0 if isinstance(error, LakeRefused) else 1)


def _author_of(downloaded: Downloaded) -> str | None:
    author = downloaded.metadata.get("creator_id")
    return author if isinstance(author, str) else None
