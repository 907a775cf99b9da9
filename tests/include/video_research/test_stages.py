"""The way of one video through its stages, against the sandbox's site: what is kept of it, and what another run takes up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from include import runs
from include.database import Database
from include.lake import Lake
from include.sandbox.research.catalogue import Clip, clip_of_kind
from include.video_research import tasks
from include.video_research.downloads.breaker import Breaker
from include.video_research.processing.options import Options
from include.video_research.processing.process import engines_wanted
from include.video_research.queries import made, save_queries
from include.video_research.run import Run
from include.video_research.search import search
from include.video_research.stages import Bench, work_on
from include.video_research.worker import Worker
from tests.include.video_research.downloads.site import configured_for

pytestmark = pytest.mark.server  # it starts processes
pytest.importorskip("yt_dlp", reason="needs the extra media: make extra NAME=media")


class Workshop:
    """A database, a site, a store and a process, for the videos of one question; nothing is read or written down."""

    def __init__(self, days: Any, tmp_path: Any, worker: Worker) -> None:
        self.days, self.worker = days, worker
        self.lake = Lake(f"file://{tmp_path}/lake")
        quick = {"OCR_ENGINE": "none", "TRANSCRIBE_ENGINE": "none", "RESEARCH_DISK_FLOOR_GB": 0}
        self.configured = configured_for(days.sandbox, tmp_path / "work", **quick)
        self.run = Run("manual__1", datetime.now(UTC).date())

    def found(self, *clips: Clip) -> None:
        """As a search finds them by their addresses."""
        with self.days.connect() as connection:
            (query,) = save_queries(connection, [made("mine", urls=[clip.url for clip in clips])], "page")
        self.query_id = query.query_id
        search(self.days.connect, self.run, query, self.configured)

    def work(self, clip: Clip, **params: Any) -> Any:
        options = Options.from_settings(self.configured)
        run = replace(self.run, **params)
        wanted, breaker = engines_wanted(options), Breaker(self.days.connect, run.run_id)
        bench = Bench(self.days.connect, self.lake, run, self.configured, options, wanted, self.worker, breaker, "one")
        with Database(self.days.connect) as store:
            return work_on(bench, store, clip.video_id)

    def planned(self, **params: Any) -> list[str]:
        """The videos that a run would work on."""
        picked: Any = [{"name": "mine", "query_id": self.query_id}]
        batches = tasks.plan_videos(self.days.connect, replace(self.run, **params), self.configured, picked)
        return [video_id for batch in batches for video_id in batch["items"]]

    def names(self, clip: Clip) -> set[str]:
        return {entry.key.split("/")[2] for entry in self.lake.entries(f"videos/{clip.video_id}")}

    def asked(self) -> int:
        return len(self.days.sandbox.site_log())


@pytest.fixture
def shop(days, tmp_path):
    with Worker() as worker:
        yield Workshop(days, tmp_path, worker)


def test_the_video_itself_can_be_had_later_and_stays(shop):
    """A known video is fetched again only for a run that keeps videos; a later run, with other engines, takes it from the store
    and leaves it there."""
    clip = clip_of_kind("no_audio")
    shop.found(clip)
    assert shop.work(clip) is None
    assert "video.mp4" not in shop.names(clip)
    asked = shop.asked()
    assert shop.work(clip) is None
    assert shop.asked() == asked

    assert shop.work(clip, include_video=True) is None
    assert "video.mp4" in shop.names(clip)
    assert shop.asked() > asked

    asked = shop.asked()
    shop.days.rows('update videos set engines = engines || \'{"ocr": "older"}\' returning 1')
    assert shop.work(clip) is None
    assert shop.asked() == asked
    assert "video.mp4" in shop.names(clip)
    assert shop.days.rows("select has_video, engines ->> 'ocr' from videos") == [(True, "none")]


def test_other_engines_and_the_video_at_once(shop):
    """What is kept without its video is downloaded anew by a run that wants both."""
    clip = clip_of_kind("no_audio")
    shop.found(clip)
    shop.work(clip)
    shop.days.rows('update videos set engines = engines || \'{"ocr": "older"}\' returning 1')
    assert shop.work(clip, include_video=True) is None
    assert "video.mp4" in shop.names(clip)


def test_what_a_bound_left_out_comes_with_another(shop):
    """A video that was too long is no work for the next run, and for one that leaves nothing out; a photo post never is."""
    long, photo = clip_of_kind("too_long"), clip_of_kind("photo")
    shop.found(long, photo)
    failure = shop.work(long)
    assert (failure.kind, failure.is_permanent) == ("filtered", True)
    assert list((shop.configured.work_folder / "output").iterdir()) == []
    assert [shop.planned(resume=resume) for resume in ("on", "strict", "off")] == [[], [], [long.video_id]]
    shop.days.rows("update research_queries set wants_retry = true returning 1")
    assert shop.planned() == [long.video_id]


def test_a_dry_run_counts_what_the_run_would_do(shop):
    """The estimate is of the videos that this run would work on, by its way of resuming; what does not fit it is said."""
    clip, long = clip_of_kind("no_audio"), clip_of_kind("too_long")
    shop.found(clip, long)
    shop.work(long)
    with shop.days.connect() as connection:
        save_queries(connection, [made("another"), made("a third")], "page")
    picked: Any = [{"name": "mine", "query_id": shop.query_id}]
    for resume, told in (("on", "1 video, about a minute"), ("off", "2 videos, about"), ("strict", "1 video, about")):
        run = replace(shop.run, dry_run=True, resume=resume)
        with shop.days.connect() as connection:
            runs.open_run(connection, run, {})
        text, problems = tasks.write_report(shop.days.connect, shop.lake, run, shop.configured, picked)
        assert f"The rest would take: {told}" in text
        assert "no more credits today" in text
        assert "2 more queries wait for another run" in text
        assert problems == []


def test_a_finished_question_is_not_searched_for_the_sake_of_one_video(shop):
    """Taken up again because a video has to be made anew, it asks nobody; somebody who wants it again has it searched."""
    clip = clip_of_kind("no_audio")
    shop.found(clip)
    shop.days.rows("update research_queries set status = 'success', addresses = '{}' returning 1")
    picked: Any = {"name": "mine", "query_id": shop.query_id}
    assert tasks.search(shop.days.connect, shop.run, shop.configured, picked, 0) == 1
    shop.days.rows("update research_queries set wants_retry = true returning 1")
    with pytest.raises(Exception, match="TIKHUB_API_KEY"):
        tasks.search(shop.days.connect, shop.run, shop.configured, picked, 0)
