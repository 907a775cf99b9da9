"""The breaker: what opens it, what does not, and for whom."""

from __future__ import annotations

from functools import partial

import psycopg
import pytest

from include.sandbox.research.catalogue import named
from include.video_research.downloads.breaker import MOST_IN_A_ROW, Breaker
from include.video_research.downloads.download import download
from include.video_research.downloads.failures import DownloadFailed
from tests.include.video_research.downloads.site import configured_for, hit_of


@pytest.fixture
def connector(database_url):
    return partial(psycopg.connect, database_url)


@pytest.fixture
def breaker(connector):
    return Breaker(connector, "run-1")


def noted(breaker: Breaker, *kinds) -> None:
    for kind in kinds:
        breaker.note(kind)


def test_several_refusals_in_a_row_open_it(connector, breaker):
    """The last one of them stops all further downloads of the run, in whatever task, and no other run's."""
    noted(breaker, *["blocked"] * (MOST_IN_A_ROW - 1))
    breaker.check()
    noted(breaker, "site_changed")
    with pytest.raises(DownloadFailed) as caught:
        Breaker(connector, "run-1").check()
    assert caught.value.failure.kind == "blocked"
    assert caught.value.failure.error == f"no more downloads in this run: the site refused {MOST_IN_A_ROW} in a row"
    Breaker(connector, "run-2").check()


@pytest.mark.parametrize("kind", [None, "gone", "private", "photo_post"])
def test_an_answer_begins_the_count_anew(breaker, kind):
    """Whoever gets a video, or a page that says that there is none, is not refused."""
    noted(breaker, *["blocked"] * (MOST_IN_A_ROW - 1), kind, *["blocked"] * (MOST_IN_A_ROW - 1))
    breaker.check()


def test_what_says_nothing_is_not_counted(breaker):
    """A broken connection in between neither counts nor begins the count anew."""
    for _ in range(MOST_IN_A_ROW):
        noted(breaker, "transient", "blocked", "timed_out", "disk")
    with pytest.raises(DownloadFailed):
        breaker.check()


def test_it_stays_open(breaker):
    """A download that had begun before and still comes closes nothing."""
    noted(breaker, *["blocked"] * MOST_IN_A_ROW, None)
    with pytest.raises(DownloadFailed):
        breaker.check()


def test_a_run_against_a_wall(sandbox, tmp_path, breaker):
    """After so many refused videos the next one asks nobody."""
    pytest.importorskip("yt_dlp", reason="needs the extra media: make extra NAME=media")
    noted(breaker, *["blocked"] * (MOST_IN_A_ROW - 1))
    configured = configured_for(sandbox, tmp_path)
    for name in ("harbour-1", "harbour-2"):
        with pytest.raises(DownloadFailed):
            download(hit_of(named(name)), tmp_path / name, configured, breaker=breaker)
    assert [entry["path"] for entry in sandbox.site_log()] == [f"/tiktok{named('harbour-1').path}"]
