"""How right processing is, by clips whose truth is known: words that were said, captions that were shown, and nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from include.video_research.records import Line, Processed, Segment

Speaker = Literal["human", "synthetic", "nobody"]
_FOUND = 0.2  # of a caption's letters may be wrong, and it still counts as found
_REACH = 0.6  # seconds: frames are looked at twice a second, so a text is seen up to that much late, and kept as long


@dataclass(frozen=True, slots=True)
class Truth:
    """What is in a clip: who speaks, all that is said, and captions as (from second, until second, text).

    `phrases`: (second, words) for what is said from a known second on.
    """

    name: str
    speaker: Speaker
    said: str
    shown: tuple[tuple[float, float, str], ...]
    phrases: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares are 0 to 1, None where there was nothing to judge by.

    `wer_…`: words wrong, left out or put in, of the words that were said. `cer`: letters likewise, of the captions that were
    shown. `frames_per_caption`: frames that were kept. `invented_words` were written down where nobody speaks. `seconds_off`,
    in the middle and at most: how far beside the truth the first word of a phrase is told, of those that were heard.
    """

    wer_human: float | None
    wer_synthetic: float | None
    cer: float | None
    captions_found: float | None
    frames_per_caption: float | None
    invented_words: int
    cpu_s: float
    seconds_off: float | None = None
    seconds_off_most: float | None = None


def measure(judged: Sequence[tuple[Truth, Processed]]) -> Quality:
    """Over all clips, each word and letter counted alike."""
    captions = [caption_errors(truth, processed.screen.lines) for truth, processed in judged]
    letters = sum(len(letters_of(text)) for truth, _ in judged for _, _, text in truth.shown)
    number = sum(len(truth.shown) for truth, _ in judged)
    frames = sum(processed.frames_found for truth, processed in judged if truth.shown)
    off = [seconds for truth, processed in judged for seconds in seconds_off(truth, processed.speech.segments)]
    return Quality(
        wer_human=_word_error_rate(judged, "human"),
        wer_synthetic=_word_error_rate(judged, "synthetic"),
        cer=_share(sum(errors for each in captions for errors, _ in each), letters),
        captions_found=_share(sum(found for each in captions for _, found in each), number),
        frames_per_caption=_share(frames, number),
        invented_words=sum(
            len(words_of(processed.speech.text)) for truth, processed in judged if truth.speaker == "nobody"
        ),
        cpu_s=round(sum(processed.cpu_s for _, processed in judged), 2),
        seconds_off=round(median(off), 2) if off else None,
        seconds_off_most=round(max(off), 2) if off else None,
    )


def caption_errors(truth: Truth, lines: Iterable[Line]) -> list[tuple[int, bool]]:
    """For each caption, in order: (wrong letters of what was read in its time and is most like it, whether it was found)."""
    readable = [line for line in lines if line.is_readable]
    errors = []
    for start, until, text in truth.shown:
        wanted = letters_of(text)
        seen = [letters_of(line.text) for line in readable if line.t < until + _REACH and line.until > start - _REACH]
        fewest = min((edits(wanted, read) for read in seen), default=len(wanted))
        fewest = min(fewest, len(wanted))
        errors.append((fewest, fewest <= _FOUND * len(wanted)))
    return errors


def seconds_off(truth: Truth, segments: Iterable[Segment]) -> list[float]:
    """How far from its second each phrase begins whose first two words were heard, in their order."""
    heard = []
    for segment in segments:
        for place, (letter, second) in enumerate(segment.words):
            ends = segment.words[place + 1][0] if place + 1 < len(segment.words) else None
            heard += [(word, second) for word in words_of(segment.text[letter:ends])]
    found = []
    after = 0
    for second, text in truth.phrases:
        begins = words_of(text)[:2]
        at = next((at for at in range(after, len(heard)) if [word for word, _ in heard[at : at + 2]] == begins), None)
        if at is not None:
            found.append(abs(heard[at][1] - second))
            after = at + 1
    return found


def _word_error_rate(judged: Sequence[tuple[Truth, Processed]], speaker: Speaker) -> float | None:
    pairs = [
        (words_of(truth.said), words_of(processed.speech.text))
        for truth, processed in judged
        if truth.speaker == speaker
    ]
    return _share(sum(edits(said, heard) for said, heard in pairs), sum(len(said) for said, _ in pairs))


def words_of(text: str) -> list[str]:
    """Words without case, accents of writing and punctuation: how it sounds is what counts."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return re.findall(r"\w+(?:'\w+)?", folded)


def letters_of(text: str) -> str:
    """A caption without case and spaces: what stands between the words is often no letter, but a gap."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())


def edits(wanted: Sequence[str], got: Sequence[str]) -> int:
    """The fewest items to change, leave out or put in, to make the one of the other."""
    row = list(range(len(got) + 1))
    for number, item in enumerate(wanted, start=1):
        before, row[0] = row[0], number
        for place, other in enumerate(got, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (item != other))
    return row[-1]


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
