"""Erasure of people who are known by their videos alone, and what else ends the keeping of files."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import UTC, date, datetime, timedelta

import pytest

from dags.housekeeping import retentions
from include import settings
from include.database import Database
from include.housekeeping.upkeep import drop_expired, report_sizes
from include.lake import Lake
from include.lake_errors import LakeError
from include.video_research import keeping, removals, stored_texts
from include.video_research.reconcile import reconcile
from include.video_research.upload import upload
from include.video_research.videos import Forgotten
from tests.include.forget_creator.looking import KEY, forget, holding
from tests.include.video_research.clips import make

THEIRS, OTHERS = "7319467787859053825", "7319467787859053899"
UID, OTHER = "7067630864460584946", "6660086755653487953"


@pytest.fixture
def lake(tmp_path, monkeypatch) -> Lake:
    """Where MEDIA_URI leads, with a folder to work in."""
    monkeypatch.setenv("ERASURE_KEY", KEY)
    monkeypatch.setenv("MEDIA_URI", f"file://{tmp_path}/lake")
    monkeypatch.setenv("RESEARCH_WORK", str(tmp_path / "work"))
    return Lake(f"file://{tmp_path}/lake")


@pytest.fixture
def library(days):
    with Database(days.connect) as opened:
        yield opened


def send(lake, library, tmp_path, video_id, author_uid, **texts):
    made = make(tmp_path / "work" / "output" / "query_00000_x", video_id, author_uid=author_uid, **texts)
    upload(
        lake, library, made.folder, made.downloaded, made.processed, max_frames=4, include_video=False, is_made_up=False
    )
    return made


def found(days, video_id, author_uid, folder):
    days.rows(
        "insert into research_queries (query_id, position, text, source) values ('q', 0, 'ramen', 'list')"
        " on conflict do nothing returning 1"
    )
    days.rows(
        "insert into research_hits (query_id, video_id, url, rank, source, handle, author_uid, run_id)"
        " values ('q', %s, 'https://www.tiktok.com/@x/video/1', 1, 'serper', 'ramen.days', %s, 'r') returning 1",
        video_id,
        author_uid,
    )
    days.rows(
        "insert into research_videos (video_id, url, state, folder) values (%s, 'u', 'uploaded', %s) returning 1",
        video_id,
        str(folder),
    )


def test_somebody_known_by_a_video_alone_goes_with_the_files(days, library, lake, tmp_path):
    """By the handle of a video's author: rows, passages, files in the store and in the working folder go, others' stay."""
    theirs = send(lake, library, tmp_path, THEIRS, UID)
    others = send(lake, library, tmp_path, OTHERS, OTHER)
    days.rows(
        "update videos set author = 'annabel', url = 'https://x/@annabel/video/1' where video_id = %s returning 1",
        OTHERS,
    )
    found(days, THEIRS, UID, theirs.folder)

    promised = forget(days, "@Ramen.Days", dry_run=True)
    assert (promised["library_videos"], promised["research_hits"], promised["media_files"]) == (1, 1, 11)
    assert promised == forget(days, "@Ramen.Days")

    assert holding(days, UID, THEIRS, "welcome to tokyo") == {"videos": 1, "video_passages": 1}
    assert days.rows("select video_id from videos") == [(OTHERS,)]
    assert lake.entries(f"videos/{THEIRS}") == []
    assert len(lake.entries(f"videos/{OTHERS}")) == 11
    assert (theirs.folder.exists(), others.folder.exists()) == (False, True)
    assert sum(forget(days, UID, "manual__again").values()) == 0


def test_claudes_answers_about_their_videos_go(days, library, lake, tmp_path):
    """What Claude read in their videos goes from the ledger with the video's id; the bill stays, and so do others'."""
    theirs = send(lake, library, tmp_path, THEIRS, UID)
    found(days, THEIRS, UID, theirs.folder)
    for video_id, outcome in ((THEIRS, "answered"), (THEIRS, "calling"), (OTHERS, "answered")):
        days.rows(
            "insert into api_calls (day, endpoint, subject, outcome, owner, pipeline, run_id, task_id, is_billed, price_usd,"
            " answer) values (current_date, 'claude/messages', %s || '/' || %s, %s, 'o', 'video_research', 'r', 'process', true,"
            " 0.01, %s) returning 1",
            video_id,
            outcome,
            outcome,
            zlib.compress(json.dumps({"text": f"read in {video_id}"}).encode()),
        )
    promised = forget(days, UID, dry_run=True)
    assert promised["claude_calls"] == 2
    assert promised == forget(days, UID)
    assert holding(days, THEIRS) == {}
    assert days.rows("select subject, answer is null, is_billed, price_usd * 100 from api_calls order by subject") == [
        ("(erased)", True, True, 1),
        (f"{OTHERS}/answered", False, True, 1),
    ]


def naming(lake, library, days, tmp_path):
    """A video of somebody else that names @mika in its caption, speech and screen text; and one of mika's own."""
    send(lake, library, tmp_path, THEIRS, UID)
    made = make(
        tmp_path / "work" / "output" / "query_00000_x",
        OTHERS,
        author_uid=OTHER,
        said="thanks @mika for the bowl, says @mikasa",
        shown="@Mika was here",
        caption="With @mika and @mikasa #ramen",
    )
    metadata = made.folder / "metadata.json"
    told = {**json.loads(metadata.read_text()), "mentions": ["mika", "mikasa"], "track": "a song of @mika"}
    metadata.write_text(json.dumps(told))
    times = made.folder / "transcript_timestamps.json"
    said = json.loads(times.read_text())
    said["segments"][0]["words"] = [[0, 0.5], [7, 0.9], [13, 1.2]]
    times.write_text(json.dumps(said))
    upload(
        lake, library, made.folder, made.downloaded, made.processed, max_frames=4, include_video=False, is_made_up=False
    )
    days.rows(
        "update videos set author = 'mika', url = 'https://x/@mika/video/1' where video_id = %s returning 1", THEIRS
    )


def test_mentions_in_files_of_others_are_blanked(days, library, lake, tmp_path):
    """Their name goes from the texts in the store as from the library; manifest and row say what lies there now."""
    naming(lake, library, days, tmp_path)
    promised = forget(days, "@mika", dry_run=True)
    assert promised["media_texts"] == 4
    assert promised == forget(days, "@mika")
    files = {entry.key.partition(f"{OTHERS}/")[2]: lake.read(entry.key) for entry in lake.entries(f"videos/{OTHERS}")}
    assert len(files) == 11
    told = b"".join(files[name] for name in stored_texts.TEXTS).lower()
    assert b"@mika " not in told
    assert b'"@mika"' not in told
    assert json.loads(files["metadata.json"])["mentions"] == ["mikasa"]
    assert json.loads(files["metadata.json"])["caption"] == "With (erased) and @mikasa #ramen"
    assert files["transcript.txt"] == b"thanks (erased) for the bowl, says @mikasa\n"
    assert json.loads(files["ocr.json"])["items"] == ["(erased) was here"]
    # Where their name stood, others' seconds would be told by the letters of before.
    assert json.loads(files["transcript_timestamps.json"])["segments"][0]["words"] == []
    assert days.rows("select word_letters, word_seconds from video_passages where source = 'speech'") == [(None, None)]
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "manifest.json"}
    manifest = json.loads(files["manifest.json"])["files"]
    assert {name: (file["size"], file["sha256"]) for name, file in manifest.items()} == {
        name: (len(files[name]), digest) for name, digest in digests.items()
    }
    assert days.rows("select sha256, transcript from videos") == [
        (digests, "thanks (erased) for the bowl, says @mikasa")
    ]
    assert reconcile(library, lake) == {"whole": 1}
    assert sum(forget(days, UID, "manual__again").values()) == 0


def test_blanking_that_was_cut_off_is_gone_on_with(days, library, lake, tmp_path):
    """A file that is clean already, with a manifest of before, is entered there by the same erasure once more."""
    naming(lake, library, days, tmp_path)
    lake.write(f"videos/{OTHERS}/transcript.txt", b"thanks (erased) for the bowl, says @mikasa\n")
    assert forget(days, "@mika")["media_texts"] == 4
    assert reconcile(library, lake) == {"whole": 1}


def test_a_forgotten_author_cannot_come_back(days, library, lake, tmp_path):
    """An upload under way when its author is forgotten leaves neither row nor file, and no reconciling makes one."""
    send(lake, library, tmp_path, THEIRS, UID)
    forget(days, UID)
    with pytest.raises(Forgotten):
        send(lake, library, tmp_path, THEIRS, UID)
    assert lake.entries("videos") == []
    assert days.rows("select count(*) from videos") == [(0,)]


def test_files_of_a_forgotten_author_get_no_row(days, library, lake, tmp_path):
    """Whole files that turn up in the store after an erasure are removed when store and library are brought together."""
    send(lake, library, tmp_path, THEIRS, UID)
    kept = {entry.key: lake.read(entry.key) for entry in lake.entries("videos")}
    forget(days, UID)
    for key, data in kept.items():
        lake.write(key, data)
    assert reconcile(library, lake) == {"removed": 1}
    assert lake.entries("videos") == []


def test_an_interrupted_erasure_is_gone_on_with(days, library, lake, tmp_path, monkeypatch):
    """Where the store failed after the rows were gone, the same erasure once more removes the files."""
    send(lake, library, tmp_path, THEIRS, UID)
    with monkeypatch.context() as patch:
        patch.setattr(Lake, "delete", _refuse)
        with pytest.raises(LakeError):
            forget(days, UID)
    assert days.rows("select count(*) from videos") == [(0,)]
    assert len(lake.entries("videos")) == 11
    assert forget(days, UID)["media_files"] == 11
    assert lake.entries("videos") == []
    assert days.rows("select count(*) from media_removals") == [(0,)]


def _refuse(*_):
    raise LakeError("the store does not answer")


def test_a_handle_in_use_by_another_is_no_proof(days, library, lake, tmp_path):
    """A video whose author's id is known is nobody else's, whatever the handle; without an id the handle counts."""
    send(lake, library, tmp_path, THEIRS, UID)
    send(lake, library, tmp_path, OTHERS, OTHER)
    days.rows(
        "insert into videos (video_id, url) values ('3', 'https://www.tiktok.com/@Ramen.Days/video/3') returning 1"
    )
    assert forget(days, UID)["library_videos"] == 2
    assert days.rows("select video_id from videos") == [(OTHERS,)]


@pytest.mark.parametrize(
    ("processed", "gone", "is_kept"), [(364, None, True), (367, None, False), (1, 28, True), (1, 33, False)]
)
def test_files_go_when_their_time_is_over(days, library, lake, tmp_path, processed, gone, is_kept):
    """Files go a year after they came, or 30 days after the video was found gone; its texts stay in the library."""
    send(lake, library, tmp_path, THEIRS, UID)
    today = datetime.now(UTC)
    days.rows(
        "update videos set processed_at = %s, gone_at = %s returning 1",
        today - timedelta(days=processed),
        None if gone is None else today - timedelta(days=gone),
    )
    lines = retentions(settings.load())
    drop_expired(library, lines, today.date())
    assert removals.remove(library, lake, tmp_path / "work") == (0 if is_kept else 11)
    assert len(lake.entries("videos")) == (11 if is_kept else 0)
    assert days.rows("select transcript, gcs_prefix is not null from videos") == [("welcome to tokyo", is_kept)]
    assert reconcile(library, lake) == {"whole" if is_kept else "unfinished": 1}
    assert "Videos' files: " in report_sizes(library, lines, date(2026, 1, 1))


def test_made_up_videos_go_by_one_command(days, library, lake, tmp_path):
    """Made-up questions and videos go with their files, what is real stays, and a second time there is nothing."""
    theirs = send(lake, library, tmp_path, THEIRS, UID)
    send(lake, library, tmp_path, OTHERS, OTHER)
    found(days, THEIRS, UID, theirs.folder)
    days.rows("update videos set is_made_up = true where video_id = %s returning 1", THEIRS)
    days.rows("update research_queries set is_made_up = true returning 1")
    work = tmp_path / "work"
    assert keeping.clear_made_up(library, lake, work) == keeping.Cleared(1, 1, 11)
    assert keeping.clear_made_up(library, lake, work) == keeping.Cleared(0, 0, 0)
    assert days.rows("select video_id from videos") == [(OTHERS,)]
    assert days.rows("select count(*) from research_hits") == [(0,)]
    assert not theirs.folder.exists()
