"""The catalogue: the same clips for the same question, and the truth about each that can be true."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import get_args

import pytest

from include.sandbox.research import catalogue, creators
from include.sandbox.research.catalogue import Kind, Said, clip, clips_for, drawn, named, own_clips, web_vtt
from include.sandbox.world import World

ANY_TEXT = (
    "sourdough",
    "ラーメン",
    "how to fold a shirt",
    "🍜",
    "x",
    "a" * 400,
    "<script>alert(1)</script>",
    "50%'; --",
)


@pytest.mark.parametrize("text", [*catalogue.QUESTIONS, *ANY_TEXT])
def test_every_clip_can_be_true(text):
    """Words and captions lie within the clip, in order; an id says when it was posted; nobody speaks where it says so."""
    for made in clips_for(text):
        assert made.posted_at == datetime.fromtimestamp(int(made.video_id) >> 32, UTC)
        times = [time for said in made.said for time in (said.start, said.end)]
        assert times == sorted(times)
        assert all(0 <= time <= made.duration_s for time in times)
        spans = [time for shown in made.shown for time in (shown.start, shown.until)]
        assert spans == sorted(spans)
        assert all(0 <= time <= made.duration_s for time in spans)
        assert bool(made.said) == (made.sound in ("speech", "synthetic"))
        assert (made.sound == "none") == (made.kind in ("no_audio", "photo"))


def test_answers_do_not_change():
    """Two processes give the same clips for a text, whatever the seed of hashes."""
    program = (
        "from include.sandbox.research.catalogue import clips_for\n"
        "print([each for text in ('sourdough', 'ラーメン') for each in clips_for(text)])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert told.pop().decode().count("Clip(") == len(clips_for("sourdough")) + len(clips_for("ラーメン"))


def test_the_catalogue_brings_nothing_heavy():
    """Reading it imports no library of pictures or numbers."""
    program = "import sys, include.sandbox.research.catalogue; print([m for m in ('numpy', 'cv2', 'PIL') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_spellings_are_one_question():
    """Case, spaces, and the word that a search puts in front do not matter."""
    assert clips_for(" TikTok  Tokyo   RAMEN spots ") == clips_for("tokyo ramen spots") != []
    assert clips_for("tiktok sourdough") == clips_for("Sourdough") != []


def test_nothing_is_found_for_nothing():
    """A text without letters, and the question that nobody has answered, find nothing."""
    assert [clips_for(text) for text in ("", "?!", "a question nobody has answered")] == [[], [], []]


def test_clips_are_found_by_their_ids():
    """What a search found is what its id gives; an id that no video can have gives nothing."""
    for text in ("tokyo ramen spots", "sourdough"):
        assert [clip(made.video_id) for made in clips_for(text)] == clips_for(text)
    wrong = ("", "1", "7" * 18, "7" * 20, "1" * 19, "٧" * 19, "7617036672435067364\n", "video")
    assert [clip(video_id) for video_id in wrong] == [None] * len(wrong)


def test_two_questions_share_a_clip():
    """The made-up questions find one clip twice."""
    found = [made.video_id for text in catalogue.MADE_UP_QUESTIONS for made in clips_for(text)]
    assert len(found) - len(set(found)) == 1


def test_every_oddity_is_there():
    """The catalogue has a clip of each kind; those of the made-up questions that end no run, half of them whole."""
    kinds = {made.kind for made in own_clips()}
    assert kinds == set(get_args(Kind))
    asked = [made.kind for text in catalogue.MADE_UP_QUESTIONS for made in clips_for(text)]
    assert kinds - set(asked) == {"blocked", "site_changed"}
    assert sum(kind in ("normal", "no_audio") for kind in asked) >= len(asked) / 2


def test_other_questions_find_what_can_be_had():
    """Any other question finds a few clips, and nothing that stops the downloads of a run."""
    for text in ANY_TEXT[:4]:
        assert 1 <= len(clips_for(text)) <= 10 or text == "🍜"
    kinds = {made.kind for number in range(60) for made in clips_for(f"question {number}")}
    assert kinds == {"normal", "no_audio", "removed", "private"}


def test_addresses_are_those_of_the_site():
    """A video's and a photo post's address, as a search gives it."""
    assert named("ramen-three").url == "https://www.tiktok.com/@slurp.and.go/video/7617036672435067364"
    assert named("ramen-photo").url.startswith("https://www.tiktok.com/@slurp.and.go/photo/")


def test_captions_in_webvtt():
    """What is said is told with its times."""
    assert web_vtt(named("lines-season")) == (
        "WEBVTT\n\n00:00:00.350 --> 00:00:01.610\nit was the season of light,\n\n"
        "00:00:01.930 --> 00:00:03.390\nit was the season of darkness,\n\n"
        "00:00:04.230 --> 00:00:05.670\nit was the spring of hope,\n\n"
        "00:00:05.890 --> 00:00:07.330\nit was the winter of despair,\n"
    )
    assert web_vtt(named("ramen-night")) == "WEBVTT\n"


def test_the_recordings_words_stay_in_order():
    """A drawn reader's clip quotes the recording from where it begins."""
    ids = [str(7_600_000_000_000_000_000 + number) for number in range(200)]
    readers = [made for made in map(drawn, ids) if made.sound == "speech"]
    assert readers
    whole = named("quality-reading").said
    for made in readers:
        moved = tuple(
            Said(round(said.start + made.reads_from, 2), round(said.end + made.reads_from, 2), said.text)
            for said in made.said
        )
        first = whole.index(moved[0])
        assert moved == whole[first : first + len(moved)]


class TestCreators:
    """Videos of the world's creators."""

    DAY = 600

    def test_a_video_of_a_search(self):
        """A creator's newest video has the creator's name, caption and counts, and lasts as long as the search says."""
        world = World(7, 50)
        index = next(each for each in range(50) if world.creator(each, self.DAY).status == "active")
        creator = world.creator(index, self.DAY)
        video = world.clip(index, creator.videos - 1, self.DAY)
        found = creators.find(world, creator.handle.upper(), video.video_id, self.DAY)
        assert found is not None
        assert (found.handle, found.author_uid, found.caption) == (
            creator.handle, creator.persona.user_id, video.caption,
        )  # fmt: skip
        assert (found.plays, found.posted_at, found.duration_s * 1000) == (
            video.plays, video.posted_at, video.duration_ms,
        )  # fmt: skip

    def test_a_creator_who_went(self):
        """On a day on which a creator is gone the videos are removed, private ones are private."""
        world, kinds = World(7, 600), {}
        for index in range(600):
            creator = world.creator(index, self.DAY)
            video = world.clip(index, creator.videos - 1, self.DAY)
            found = creators.find(world, creator.handle, video.video_id, self.DAY)
            kinds.setdefault(creator.status, set()).add(found.kind if found else None)
        assert kinds["private"] == kinds["hidden"] == {"private"}
        assert kinds["gone"] == kinds["missing"] == {"removed"}
        assert "normal" in kinds["active"]

    def test_nobody_elses(self):
        """A video under another's name, and one that there is not, are not found."""
        world = World(7, 50)
        first, second = (world.creator(index, self.DAY) for index in (0, 1))
        video = world.clip(0, first.videos - 1, self.DAY)
        assert creators.find(world, second.handle, video.video_id, self.DAY) is None
        assert creators.find(world, first.handle, "1", self.DAY) is None
        assert creators.find(world, "nobody.at.all", video.video_id, self.DAY) is None


def test_the_file_is_tidy():
    """Every question names clips that there are, every clip an author, and every clip has its use."""
    from include.sandbox.research import catalogue as module

    told = json.loads((module.Path(module.__file__).with_name("clips.json")).read_text(encoding="utf-8"))
    named_in_questions = {name for names in told["questions"].values() for name in names}
    assert named_in_questions | {name for name in told["clips"] if name.startswith("quality-")} == set(told["clips"])
    assert {entry["by"] for entry in told["clips"].values()} == set(told["authors"])
    assert set(told["made_up_questions"]) <= set(told["questions"])
