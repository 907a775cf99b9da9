"""The platform's own captions (WebVTT), where a video has any: read as a file out of strangers' hands."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from include.video_research.processing.engines import RATE, Heard, Sound
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.processing.texts import clean
from include.video_research.records import Segment

NAME = "captions"
LARGEST = 2_000_000  # bytes
MOST_CUES = 10_000
_TIME = r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_CUE = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?", re.ASCII)
_TAG = re.compile(r"<[^<>]{0,200}>")
# Three-letter codes that platforms write, where two letters exist.
_TWO_LETTERS = {
    "eng": "en",
    "spa": "es",
    "por": "pt",
    "fra": "fr",
    "fre": "fr",
    "deu": "de",
    "ger": "de",
    "ita": "it",
    "rus": "ru",
    "ukr": "uk",
    "pol": "pl",
    "tur": "tr",
    "nld": "nl",
    "dut": "nl",
    "swe": "sv",
    "ell": "el",
    "jpn": "ja",
    "kor": "ko",
    "zho": "zh",
    "chi": "zh",
    "cmn": "zh",
    "vie": "vi",
    "tha": "th",
    "ind": "id",
    "msa": "ms",
    "may": "ms",
    "fil": "tl",
    "tgl": "tl",
    "hin": "hi",
    "ben": "bn",
    "urd": "ur",
    "ara": "ar",
    "fas": "fa",
    "per": "fa",
    "heb": "he",
    "ron": "ro",
    "rum": "ro",
    "hun": "hu",
    "ces": "cs",
    "cze": "cs",
}


class Captions:
    """The first captions that can be read: the download leaves translations out."""

    name = NAME

    def __init__(self, files: Mapping[str, Path]) -> None:
        if not files:
            raise EngineUnavailable("the video has no captions of its own")
        self._files = files

    def transcribe(self, sound: Sound, check: Callable[[], None]) -> Heard:
        """Raises EngineFailed when no file holds a readable cue."""
        length = len(sound.samples) / RATE
        reasons = []
        for language, path in self._files.items():
            check()
            try:
                segments = cues(_text_of(path), length)
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else error
                reasons.append(f"{clean(language)[:20]}: {why}")
                continue
            if segments:
                code = two_letters(language)
                return Heard(segments, code, is_language_assumed=code is None)
            reasons.append(f"{clean(language)[:20]}: no readable cue")
        raise EngineFailed(f"captions: {'; '.join(reasons)}")


def two_letters(language: str) -> str | None:
    """`eng-US` and `en_GB` are en; None for what is no language."""
    first = re.split(r"[-_]", language.strip().lower(), maxsplit=1)[0]
    code = _TWO_LETTERS.get(first, first)
    return code if re.fullmatch(r"[a-z]{2,3}", code) else None


def cues(text: str, length: float) -> tuple[Segment, ...]:
    """What a WebVTT file says, in order, within the `length` seconds of the sound; each line once where cues roll on."""
    found: list[Segment] = []
    for block in re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.split("\n")
        at = next((number for number, line in enumerate(lines[:2]) if _CUE.fullmatch(line.strip())), None)
        if at is None:
            continue  # the header, a note, a style
        match = _CUE.fullmatch(lines[at].strip())
        assert match is not None  # noqa: S101 - found just above
        start, end = _seconds(match.groups()[:4]), min(_seconds(match.groups()[4:]), length)
        said = clean(html.unescape(_TAG.sub("", " ".join(lines[at + 1 :]))))
        if said and start < end:
            found.append(Segment(round(start, 2), round(end, 2), said))
        if len(found) >= MOST_CUES:
            break
    return _without_repeats(sorted(found, key=lambda cue: (cue.start, cue.end)))


def _without_repeats(found: list[Segment]) -> tuple[Segment, ...]:
    """Rolling captions say their last line again in the next cue."""
    kept: list[Segment] = []
    for cue in found:
        if kept and cue.start <= kept[-1].end + 0.1 and cue.text == kept[-1].text:
            kept[-1] = Segment(kept[-1].start, max(cue.end, kept[-1].end), cue.text)
        elif kept and cue.start <= kept[-1].end + 0.1 and cue.text.startswith(f"{kept[-1].text} "):
            kept.append(Segment(cue.start, cue.end, cue.text[len(kept[-1].text) + 1 :]))
        else:
            kept.append(cue)
    return tuple(kept)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{thousandths}")


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise ValueError(f"more than {LARGEST // 1_000_000} MB of captions")
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    if not text.lstrip("\ufeff \t\r\n").startswith("WEBVTT"):
        raise ValueError("no WebVTT")
    return text
