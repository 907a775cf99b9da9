"""The platform's captions, as a file out of strangers' hands."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from include.video_research.processing.engines import RATE, Sound, Span
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.processing.speech.captions import LARGEST, Captions, cues, two_letters

SOUND = Sound(np.zeros(10 * RATE, np.float32), (Span(0, 10 * RATE),))
USUAL = """WEBVTT

00:00:00.120 --> 00:00:02.000
Hello there

00:02.000 --> 00:04.500 align:start
who <b>goes</b> &amp; stays
"""


def read(text: str, length: float = 10.0) -> list[tuple[float, float, str]]:
    return [(cue.start, cue.end, cue.text) for cue in cues(text, length)]


def nothing() -> None:
    """Nobody is in a hurry."""


def test_usual():
    """Cues with and without hours, numbers, settings, tags and entities."""
    assert read(USUAL) == [(0.12, 2.0, "Hello there"), (2.0, 4.5, "who goes & stays")]
    assert read("WEBVTT\r\n\r\n1\r\n00:01.000 --> 00:02,500\r\na\r\nb\r\n") == [(1.0, 2.5, "a b")]


def test_notes_and_styles_say_nothing():
    """Only cues are words: not the header, notes, styles and regions."""
    text = "WEBVTT Kind: captions\nLanguage: en\n\nNOTE 00:00 said\n\nSTYLE\n::cue { color: red }\n\n00:01.000 --> 00:02.000\nyes"
    assert read(text) == [(1.0, 2.0, "yes")]


def test_rolling_captions_say_it_once():
    """A cue that repeats the last one, or begins with it, adds only what is new."""
    blocks = [
        "WEBVTT",
        *(f"00:0{n}.000 --> 00:0{n + 1}.000\n{said}" for n, said in enumerate(["so", "so", "so it is"])),
    ]
    assert [said for _, _, said in read("\n\n".join(blocks))] == ["so", "it is"]


def test_times_beyond_the_sound():
    """A cue after the end of the sound is left out, one over the end is cut, one that ends before it begins is none."""
    text = "WEBVTT\n\n00:08.000 --> 00:59.000\nlast\n\n00:11.000 --> 00:12.000\nlater\n\n00:05.000 --> 00:04.000\nback"
    assert read(text) == [(8.0, 10.0, "last")]


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT\n\n" + "<" * 300_000,
        "WEBVTT\n\n00:00.000 --> 00:01.000\n" + "<a" * 200_000,
        "WEBVTT\n\n" + "00:00.000 --> " * 50_000,
        "WEBVTT\n\n" + "9" * 500_000 + ":00:00.000 --> 00:01.000\nx",
        "WEBVTT" + "\n" * 500_000,
    ],
    ids=["brackets", "tags", "arrows", "digits", "lines"],
)
def test_hostile_files_end_soon(text: str):
    """A file made to keep a parser busy is read in no time."""
    begun = time.process_time()
    cues(text, 10.0)
    assert time.process_time() - begun < 2


def test_hostile_words():
    """Markup is taken off, and what stays is one clean line."""
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Bob><script>x</script>\x00a\u202eb &lt;i&gt;"
    assert read(text) == [(1.0, 2.0, "xab <i>")]


def test_first_readable_language(tmp_path: Path):
    """The first file that holds a cue is taken, whatever the others are."""
    (tmp_path / "html").write_text("<html>no</html>")
    (tmp_path / "spanish").write_bytes("\ufeffWEBVTT\n\n00:01.000 --> 00:02.000\nseñor".encode("utf-16"))
    files = {"eng-US": tmp_path / "html", "spa-ES": tmp_path / "spanish", "fra": tmp_path / "not there"}
    heard = Captions(files).transcribe(SOUND, nothing)
    assert (heard.language, heard.is_language_assumed, heard.segments[0].text) == ("es", False, "señor")


def test_no_captions(tmp_path: Path):
    """None, too large ones, and those without a cue are not used."""
    with pytest.raises(EngineUnavailable):
        Captions({})
    (tmp_path / "large").write_bytes(b"WEBVTT\n\n" + b"x" * LARGEST)
    with pytest.raises(EngineFailed, match="more than 2 MB"):
        Captions({"en": tmp_path / "large"}).transcribe(SOUND, nothing)
    (tmp_path / "empty").write_text("WEBVTT\n")
    with pytest.raises(EngineFailed, match="no readable cue"):
        Captions({"en": tmp_path / "empty"}).transcribe(SOUND, nothing)


@pytest.mark.parametrize(
    ("given", "code"),
    [("eng-US", "en"), ("en_GB", "en"), ("jpn-JP", "ja"), ("zh-Hans", "zh"), ("", None), ("../x", None)],
)
def test_language_codes(given: str, code: str | None):
    """Codes of two letters, whatever the platform writes."""
    assert two_letters(given) == code
