"""The whole step on real clips with the real engines: captions found, words heard, none invented, and nothing done twice."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from include.video_research.processing.process import Options, engines_wanted, process
from include.video_research.records import Downloaded, Processed
from tests.include.video_research.processing import clips

pytestmark = pytest.mark.server  # it starts processes, and loads models
pytest.importorskip("faster_whisper", reason="the extra media is not installed")

CAPTIONS = ("Day 1 in Osaka", "Ticket 600 yen", "Lunch at Kuromon", "Last train 23:50")
SAID = "it was the best of times it was the worst of times it was the age of wisdom it was the age of foolishness"

PAUSE = 1.6  # seconds, after "times"
# Where they begin in the recording, and later by the pause.
PHRASES = {
    "it was the best o": 0.82,
    "it was the worst ": 3.18 + PAUSE,
    "it was the age of": 6.88 + PAUSE,  # of foolishness: the last of both
}


@dataclass(frozen=True)
class Made:
    """A clip that was processed once, for all tests."""

    folder: Path
    downloaded: Downloaded
    processed: Processed


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A reader speaks, with a pause in the first sentence, while four captions change, each for 2.5 seconds."""
    folder = tmp_path_factory.mktemp("made")
    begins, ends = np.split(clips.reader(10 - PAUSE), [int(3.05 * clips.RATE)])
    sound = np.concatenate([begins, clips.silence(PAUSE), ends])
    downloaded = clips.make_clip(folder / "video.mp4", CAPTIONS, sound, seconds_each=2.5)
    return Made(folder, downloaded, process(folder, downloaded, Options(max_frames=3)))


@pytest.fixture
def again(made: Made, tmp_path: Path) -> Made:
    """The same, in a folder of this test's own."""
    folder = tmp_path / "again"
    shutil.copytree(made.folder, folder)
    downloaded = replace(made.downloaded, path=folder / "video.mp4")
    return replace(made, folder=folder, downloaded=downloaded)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def test_captions_are_found(made: Made):
    """Every caption is one text with its span, read right; the picker needs little more than a frame for each."""
    lines = [line for line in made.processed.screen.lines if line.is_readable]
    assert [(line.text, round(line.t * 2) / 2) for line in lines] == [
        (text, 2.5 * number) for number, text in enumerate(CAPTIONS)
    ]
    assert [abs(line.until - line.t - 2.5) < 0.6 for line in lines] == [True] * 4
    assert made.processed.screen.frames_read <= 6


def test_words_are_heard(made: Made):
    """What a human reader says is written down nearly word for word, with its times, in the language that was found."""
    speech = made.processed.speech
    heard = words(speech.text)
    right = sum(one == other for one, other in zip(heard, SAID.split(), strict=False))
    assert right >= 0.9 * len(SAID.split())
    assert (speech.state, speech.language, speech.is_language_assumed) == ("speech", "en", False)
    assert all(0 <= one.start < one.end <= 10.1 for one in speech.segments)


def test_the_second_of_words(made: Made):
    """Each phrase of the reader is told at its second, also behind a pause within the passage, where the middle of a passage
    would be more than a second off.
    """
    segments = made.processed.speech.segments
    heard = {segment.text[letter:].lower()[:17]: second for segment in segments for letter, second in segment.words}
    for phrase, second in PHRASES.items():
        assert abs(heard[phrase] - second) < 0.5, (phrase, heard[phrase], second)
    assert all(0.6 < (segment.probability or 0) < 1 for segment in segments)


def test_artefacts(made: Made):
    """Each file is there by its name; frames that are uploaded are bounded and named after their seconds."""
    names = sorted(path.name for path in (made.folder / "frames").iterdir())
    assert len(names) == 3
    assert all(re.fullmatch(r"00[1-3]_t[0-9]+\.[0-9]s\.jpg", name) for name in names)
    assert (made.folder / "transcript.txt").read_text().strip().startswith("It was the best of times")
    assert json.loads((made.folder / "ocr.json").read_text())["items"] == list(CAPTIONS)
    assert abs((made.processed.audio_s or 0) - 10) < 0.3
    wanted = engines_wanted(Options())
    assert [part for part, names in wanted.items() if made.processed.engines[part] not in names] == []


def test_nothing_is_done_twice(again: Made):
    """A second try takes everything as it is, and costs next to nothing, also when the video itself is gone."""
    again.downloaded.path.unlink()
    processed = process(again.folder, again.downloaded, Options(max_frames=3))
    assert (processed.screen, processed.speech) == (again.processed.screen, again.processed.speech)
    assert processed.cpu_s < 1


def test_only_what_is_lost_is_made_anew(again: Made):
    """A damaged file takes its own part with it, and no other; more frames are shown without reading any."""
    (again.folder / "transcript.txt").write_text("tampered")
    before = (again.folder / "ocr.json").stat().st_mtime_ns
    processed = process(again.folder, again.downloaded, Options(max_frames=5, speech_engines=("none",)))
    assert processed.speech.state == "skipped"
    assert (again.folder / "transcript.txt").read_text() == ""
    assert (again.folder / "ocr.json").stat().st_mtime_ns == before
    assert len(list((again.folder / "frames").iterdir())) == len(processed.frames) > 3


def test_other_engines(again: Made):
    """Other engines read the kept sound and frames anew: captions of the platform's own come first, no reader is `skipped`."""
    captions = again.folder / "eng.vtt"
    captions.write_text("WEBVTT\n\n00:01.000 --> 00:04.000\nIt was the best of times\n")
    given = replace(again.downloaded, captions={"eng-US": captions})
    processed = process(again.folder, given, Options(ocr_engine="none"))
    assert (processed.speech.engine, processed.speech.text) == ("captions", "It was the best of times")
    assert (processed.screen.state, processed.screen.lines, processed.engines["ocr"]) == ("skipped", (), "none")
    assert processed.engines["ocr"] not in engines_wanted(Options())["ocr"]


def test_an_engine_that_is_missing(again: Made):
    """What cannot be used is said, and the next engine of the list takes its place."""
    options = Options(ocr_engine="none", whisper_model="giant")
    speech = process(again.folder, again.downloaded, options).speech
    assert (speech.state, speech.engine, speech.is_language_assumed) == ("speech", "pocketsphinx en-us", True)
    assert "faster-whisper: WHISPER_MODEL=giant" in str(speech.reason)
    assert sum(word in speech.text for word in ("times", "age", "wisdom", "worst")) >= 2


def test_no_engine_at_all(again: Made):
    """A list whose engines all fail is a failure that is tried again, never an empty transcript that counts."""
    options = Options(ocr_engine="none", speech_engines=("faster-whisper",), whisper_model="giant")
    assert process(again.folder, again.downloaded, options).speech.state == "failed"
    assert process(again.folder, again.downloaded, replace(options, whisper_model=None)).speech.state == "speech"


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("silence", clips.silence(6)),
        ("tones", clips.tones(6)),
        ("noise", clips.noise(6)),
        pytest.param("music", clips.plucked(6), marks=pytest.mark.thorough),
    ],
)
def test_no_word_is_invented(tmp_path: Path, name: str, sound: np.ndarray):
    """Nobody speaks in music, tones, noise and silence: the transcript is empty."""
    downloaded = clips.make_clip(tmp_path / "video.mp4", ["."], sound, seconds_each=6, size=(72, 128))
    processed = process(tmp_path, downloaded, Options(ocr_engine="none"))
    assert (processed.speech.state, processed.speech.segments, name) == ("no_speech", (), name)
    assert (tmp_path / "transcript.txt").read_text() == ""


def test_no_audio(tmp_path: Path):
    """A video without sound says so, whatever its announcement said, and has no audio.mp3."""
    downloaded = clips.make_clip(tmp_path / "video.mp4", ["."], None, seconds_each=2, size=(72, 128))
    processed = process(tmp_path, replace(downloaded, has_audio=True), Options(ocr_engine="none"))
    assert (processed.speech.state, processed.audio_s) == ("no_audio", None)
    assert not (tmp_path / "audio.mp3").exists()
