"""What is refused before an upload, and what is not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from include.video_research.validation import check
from tests.include.video_research.clips import make


@pytest.fixture
def made(tmp_path):
    return make(tmp_path)


def faults(made, **changes):
    return check(made.folder, made.downloaded, replace(made.processed, **changes))


def test_a_whole_folder_passes(made):
    """A folder as processing leaves it has no fault."""
    assert faults(made) == []


@pytest.mark.parametrize("text", ["", "  \n", "ab"])
def test_speech_without_words_is_a_fault(made, text):
    """Where somebody speaks, fewer than three letters are no transcript."""
    (made.folder / "transcript.txt").write_text(text)
    assert faults(made) == ["transcript.txt has fewer than 3 letters although somebody speaks"]


@pytest.mark.parametrize("state", ["no_speech", "skipped"])
def test_silence_is_no_fault(made, state):
    """Nobody talks, or no engine was wanted: an empty transcript is right."""
    (made.folder / "transcript.txt").write_text("")
    assert faults(made, speech=replace(made.processed.speech, state=state)) == []


def test_a_video_without_sound_needs_no_audio(made):
    """Without a track of sound there is no audio.mp3, and nothing is missing."""
    (made.folder / "audio.mp3").unlink()
    (made.folder / "transcript.txt").write_text("")
    assert faults(made, speech=replace(made.processed.speech, state="no_audio"), audio_s=None) == []


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (6.59, []),
        (5.41, []),
        (5.3, ["audio.mp3 is 5.3 s long, and the video lasts 6.0 s"]),
        (None, ["audio.mp3 is of unknown length, and the video lasts 6.0 s"]),
    ],
)
def test_the_sound_is_as_long_as_the_video(made, seconds, expected):
    """A tenth of the length is let pass, more is a fault."""
    assert faults(made, audio_s=seconds) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("ocr.json", "{", "ocr.json is missing or has no list of items"),
        ("ocr.json", '{"items": {}, "state": "done"}', "ocr.json is missing or has no list of items"),
        (
            "ocr.json",
            '{"items": [], "state": "failed", "reason": "no model"}',
            "the text on the screen could not be read (no model)",
        ),
        ("metadata.json", "[]", "metadata.json is missing or is no JSON object"),
        ("metadata.json", json.dumps({"video_id": "1"}), "metadata.json is about another video"),
    ],
)
def test_a_document_that_is_none_is_a_fault(made, name, content, expected):
    """Broken, foreign and failed documents are named."""
    (made.folder / name).write_text(content)
    assert faults(made) == [expected]


def test_an_engine_that_is_absent_is_no_empty_result(made):
    """Text that nobody wanted read passes; so does a screen without any."""
    (made.folder / "ocr.json").write_text('{"items": [], "state": "skipped"}')
    assert faults(made) == []


def test_frames_that_are_named_exist(made):
    """A frame that is gone is a fault, and so is none at all."""
    made.processed.frames[1].path.unlink()
    assert faults(made) == ["1 of 4 frames are missing"]
    assert faults(made, frames=()) == ["there is no frame"]
