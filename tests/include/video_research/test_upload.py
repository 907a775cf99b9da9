"""Uploads on a folder, on S3 and on Google's store: cut, resumed, damaged, forgotten, and mended."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from include.database import Database
from include.lake import Lake
from include.lake_errors import LakeError
from include.video_research import videos
from include.video_research.reconcile import reconcile
from include.video_research.upload import upload
from tests.include.video_research.clips import ENGINES, make

ID = "7319467787859053825"
HERE = f"videos/{ID}"
NAMES = {
    "audio.mp3", "frames/001_t0.0s.jpg", "frames/002_t1.0s.jpg", "frames/003_t2.0s.jpg", "frames/004_t3.0s.jpg",
    "manifest.json", "metadata.json", "ocr.json", "processing.json", "transcript.txt", "transcript_timestamps.json",
}  # fmt: skip


@pytest.fixture
def made(tmp_path):
    return make(tmp_path / "work")


@pytest.fixture
def library(days):
    """The database; that of files is called `lake` here."""
    with Database(days.connect) as opened:
        yield opened


@pytest.fixture
def disk(tmp_path) -> Lake:
    return Lake(f"file://{tmp_path}/lake")


class Cut(LakeError):
    pass


class CutLake(Lake):
    """A connection that ends after so many files."""

    left = 3

    def _bring(self, path, key, there):
        if self.left <= 0:
            raise Cut("the connection ended")
        copied = super()._bring(path, key, there)
        self.left -= copied
        return copied


def send(lake, library, made, **changes):
    options = {"max_frames": 20, "include_video": False, "is_made_up": False, **changes}
    return upload(lake, library, made.folder, made.downloaded, made.processed, **options)


def names(lake):
    return {entry.key.removeprefix(f"{HERE}/") for entry in lake.entries(HERE)}


def row(days):
    [found] = days.rows(
        "select url, author, title, transcript, ocr_text, frame_count, frames_found, author_uid, language, speech_state,"
        " ocr_state, has_video, hashtags, counts, engines, processed_at is not null from videos"
    )
    return found


ROW = (
    f"https://www.tiktok.com/@ramen.days/video/{ID}",
    "ramen.days", "Best ramen #tokyo", "welcome to tokyo", "東京ラーメン", 4, 9, "6800000000000000001", "en", "speech",
    "done", False, ["tokyo"], {"plays": 1200}, ENGINES, True,
)  # fmt: skip


def test_an_upload_leaves_files_row_and_passages(days, library, disk, made):
    """Artefacts and manifest lie in the store, the row says what they say, and each thing said or shown is a passage."""
    assert send(disk, library, made) == 10
    assert names(disk) == NAMES
    assert row(days) == ROW
    assert days.rows("select source, number, starts_s, ends_s, text from video_passages order by 1") == [
        ("caption", 0, None, None, "Best ramen #tokyo"),
        ("screen", 0, 1.0, 4.0, "東京ラーメン"),
        ("speech", 0, 0.5, 2.5, "welcome to tokyo"),
    ]
    manifest = json.loads(disk.read(f"{HERE}/manifest.json"))
    assert manifest["files"].keys() == NAMES - {"manifest.json"}
    assert days.rows("select gcs_prefix, sha256 from videos") == [
        (f"{disk.uri}/{HERE}/", {name: file["sha256"] for name, file in manifest["files"].items()})
    ]


def test_every_store_resumes_and_mends(days, library, lake, made):
    """On each store: a cut is gone on with, a second time copies nothing, damage of the same size is replaced."""
    cut = CutLake(lake.uri, lake._options)
    with pytest.raises(Cut):
        send(cut, library, made)
    assert "manifest.json" not in names(lake)
    assert days.rows("select count(*) from videos") == [(0,)]

    assert send(lake, library, made) == 7
    assert send(lake, library, made) == 0
    assert names(lake) == NAMES

    whole = lake.read(f"{HERE}/audio.mp3")
    lake.write(f"{HERE}/audio.mp3", b"x" * len(whole))
    assert send(lake, library, made) == 1
    assert lake.read(f"{HERE}/audio.mp3") == whole


def test_every_store_is_reconciled(days, library, lake, made):
    """On each store: whole files without a row get it, a row without its files is worked on again, and then all is whole."""
    days.rows("insert into research_videos (video_id, url, state) values (%s, 'u', 'processed') returning 1", ID)
    send(lake, library, made)
    assert reconcile(library, lake) == {"whole": 1}
    before = row(days)

    days.rows("delete from videos returning 1")
    assert reconcile(library, lake) == {"row_made": 1}
    assert row(days) == before
    assert days.rows("select state, upload_state from research_videos") == [("uploaded", "done")]

    lake.delete(f"{HERE}/audio.mp3")
    assert reconcile(library, lake) == {"reopened": 1}
    assert days.rows("select state, upload_state from research_videos") == [("found", "open")]
    assert days.rows("select gcs_prefix, transcript from videos") == [(None, "welcome to tokyo")]

    assert send(lake, library, made) == 1
    assert reconcile(library, lake) == {"whole": 1}


def test_what_nobody_goes_on_with_goes(days, library, disk, made):
    """Files of an unfinished upload stay while their video is open, and go when nothing asks for it any more."""
    days.rows("insert into research_videos (video_id, url, state) values (%s, 'u', 'processed') returning 1", ID)
    with pytest.raises(Cut):
        send(CutLake(disk.uri), library, made)
    assert reconcile(library, disk) == {"unfinished": 1}
    assert len(names(disk)) == 3
    days.rows("delete from research_videos returning 1")
    assert reconcile(library, disk) == {"removed": 1}
    assert names(disk) == set()


def test_every_store_shows_damage_of_the_same_size(days, library, lake, made):
    """On each store: where files are read, one whose bytes changed has its video brought again; sizes alone do not show it."""
    days.rows("insert into research_videos (video_id, url, state) values (%s, 'u', 'uploaded') returning 1", ID)
    send(lake, library, made)
    whole = lake.read(f"{HERE}/audio.mp3")
    lake.write(f"{HERE}/audio.mp3", b"x" * len(whole))
    assert reconcile(library, lake) == {"whole": 1}
    assert reconcile(library, lake, reads_files=True) == {"reopened": 1}
    assert send(lake, library, made) == 1
    assert reconcile(library, lake, reads_files=True) == {"whole": 1}


def test_files_of_others_are_left_alone(days, library, disk):
    """What lies below the same address and came from no run of ours is told, and not removed."""
    disk.write("videos/holiday/beach.mp4", b"theirs")
    disk.write(f"{HERE}/transcript.txt", b"of another tool")
    assert reconcile(library, disk) == {"strange": 2}
    assert {entry.key for entry in disk.entries("videos")} == {"videos/holiday/beach.mp4", f"{HERE}/transcript.txt"}


def test_what_a_task_has_in_hand_is_left_alone(days, library, disk, made):
    """A video that is held is not touched, whatever is missing of it."""
    send(disk, library, made)
    days.rows(
        "insert into research_videos (video_id, url, state, held_until) values (%s, 'u', 'uploaded', now() + '1 h')"
        " returning 1",
        ID,
    )
    disk.delete(f"{HERE}/audio.mp3")
    assert reconcile(library, disk) == {"in_hand": 1}


def test_fewer_frames_leave_no_old_ones(days, library, disk, made):
    """An upload with fewer frames takes those of before away, the first and the last stay; the video comes when asked for."""
    send(disk, library, made, include_video=True)
    assert "video.mp4" in names(disk)
    send(disk, library, made, max_frames=2)
    assert {name for name in names(disk) if name.startswith("frames/")} == {
        "frames/001_t0.0s.jpg",
        "frames/004_t3.0s.jpg",
    }
    assert "video.mp4" not in names(disk)
    assert days.rows("select frame_count, frames_found, has_video from videos") == [(2, 9, False)]


def test_hostile_texts_are_stored(days, library, disk, tmp_path):
    """Zero bytes, quotes, marks of right to left and broken letters neither stop an upload nor change what is beside them."""
    made = make(
        tmp_path / "work", said="a\x00b 'x'; drop table videos; --", shown="\u202eمرحبا \\ %s", caption="<b>\x00</b>"
    )
    send(disk, library, made)
    assert days.rows("select transcript, ocr_text, caption from videos") == [
        ("ab 'x'; drop table videos; --", "\u202eمرحبا \\ %s", "<b></b>")
    ]


def test_kept_files_are_read_again_by_another_engine(days, library, disk, made, tmp_path):
    """Without a video, frames and sound come back with what made them; with another frame engine they are no use."""
    send(disk, library, made, max_frames=2)
    again = tmp_path / "again"
    wanted = {"frames": ("change-1",), "audio": ("mp3-1",), "ocr": ("new",)}
    brought = videos.fetch_kept(disk, library, ID, again, wanted)
    assert brought == replace(made.downloaded, path=again / "video.mp4", size_bytes=0)
    assert sorted(path.name for path in (again / "frames_read").iterdir()) == ["001_t0.0s.jpg", "004_t3.0s.jpg"]
    frames = json.loads((again / "processing.json").read_bytes())["parts"]["frames"]
    assert (list(frames["files"]), frames["facts"]["times"]) == (
        ["frames_read/001_t0.0s.jpg", "frames_read/004_t3.0s.jpg"],
        [0.0, 3.0],
    )
    assert videos.fetch_kept(disk, library, ID, tmp_path / "other", {**wanted, "frames": ("change-2",)}) is None


def test_a_damaged_file_is_not_read_again(days, library, disk, made, tmp_path):
    """What is not what the manifest says is not taken from the store."""
    send(disk, library, made)
    disk.write(f"{HERE}/audio.mp3", b"other")
    assert videos.fetch_kept(disk, library, ID, tmp_path / "again") is None


class SilentLake(Lake):
    """A store that cannot be reached."""

    def read(self, key):
        raise Cut("the connection ended")


def test_a_store_that_does_not_answer_is_not_an_empty_one(days, library, disk, made, tmp_path):
    """Whether a video is kept is not known then: it says so, and what may be kept is not downloaded once more."""
    send(disk, library, made)
    with pytest.raises(Cut):
        videos.fetch_kept(SilentLake(disk.uri), library, ID, tmp_path / "again")
