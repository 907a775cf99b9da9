"""The weekly look: what makes it red, and what says nothing."""

from __future__ import annotations

from functools import partial

import psycopg
import pytest

from include.database import Database
from include.sandbox.research.catalogue import clip_of_kind, named
from include.video_research.downloads.canary import CanaryFailed, canary
from tests.include.video_research.downloads.site import configured_for

pytest.importorskip("yt_dlp", reason="needs the extra media: make extra NAME=media")


@pytest.fixture
def look(connection, database_url, sandbox, tmp_path):
    """`look(clip, …)`: the canary with these clips in the library, the newest first."""

    def run(*clips) -> str:
        for age, clip in enumerate(clips):
            connection.execute(
                "insert into videos (video_id, url, author, processed_at, is_made_up)"
                " values (%s, %s, %s, now() - make_interval(days => %s), true)",
                (clip.video_id, clip.url, clip.handle, age),
            )
        connection.commit()
        with Database(partial(psycopg.connect, database_url)) as store:
            said = canary(store, configured_for(sandbox, tmp_path))
        assert list(tmp_path.iterdir()) == []
        return said

    return run


def test_one_that_came(look):
    """A video that is gone says nothing; the next one comes, and nothing of it stays."""
    assert look(clip_of_kind("removed"), clip_of_kind("no_audio")).startswith(
        f"{clip_of_kind('no_audio').video_id} came, by yt-dlp "
    )


def test_a_changed_site_is_red(look):
    """None that should come comes: a person is told what to do."""
    with pytest.raises(CanaryFailed, match=r"the page is not what yt-dlp knows.*make lock"):
        look(named("advert-1"), clip_of_kind("removed"))


def test_nothing_to_ask(look, sandbox):
    """Without a known video nobody is asked."""
    assert look() == "Nothing to tell: no video is known yet."
    assert sandbox.site_log() == []
