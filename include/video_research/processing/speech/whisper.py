"""Whisper, by faster-whisper: writes down what is said in the spans in which somebody speaks."""

from __future__ import annotations

import logging
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from include.video_research.processing.engines import RATE, Heard, Sound, Span
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.processing.speech.weights import Weights, find_weights
from include.video_research.processing.texts import clean
from include.video_research.records import Segment

# Beyond these a segment is made up: words that repeat themselves, and words that the model itself does not believe.
MOST_COMPRESSION, LEAST_PROBABILITY = 2.4, -1.0
SURE_OF_LANGUAGE = 0.5
# The model counts a pause to the word after it. No word is said more slowly than this: seconds, and seconds for each letter.
SLOWEST_WORD, SLOWEST_LETTER = 0.2, 0.05
# Where spans are put together it is up to 0.4 s early: what comes after a pause so near the end begins the next span.
HEARD_PAUSE, REACH = 0.15, 0.4
_ENDS = tuple(",.;:!?…،؟。、！？")
log = logging.getLogger(__name__)


class Whisper:
    """One model, loaded once for all videos of a process."""

    def __init__(self, weights: Weights) -> None:
        self.name = name_of(weights)
        try:
            self._model = _loaded(weights)
        except ImportError as error:
            raise EngineUnavailable("faster-whisper is not installed. Run: make extra NAME=media") from error
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineUnavailable(f"The weights of {self.name} cannot be loaded: {error}") from error

    def transcribe(self, sound: Sound, check: Callable[[], None]) -> Heard:
        """The spans are put one after another: each window of half a minute costs the same, however little it holds."""
        import numpy as np

        spoken = np.concatenate([sound.samples[span.start : span.end] for span in sound.spans])
        clock = Clock(sound.spans)
        kept, dropped = [], 0
        try:
            told, info = self._model.transcribe(
                spoken,
                language=None if self._model.model.is_multilingual else "en",
                temperature=0.0,
                beam_size=1,
                condition_on_previous_text=False,
                vad_filter=False,
                word_timestamps=True,
            )
            for segment in told:
                check()
                text = clean(segment.text)
                if is_made_up(segment.compression_ratio, segment.avg_logprob):
                    dropped += 1
                elif text:
                    words = placed(text, [(word.word, word.start, word.end) for word in segment.words or ()], clock)
                    # Of the words of this passage: the mean log probability is that of half a minute.
                    sure = [word.probability for word in segment.words or ()]
                    probability = round(float(math.fsum(sure)) / len(sure), 3) if sure else None
                    start = words[0][1] if words else clock.start(segment.start)
                    kept.append(Segment(start, max(clock.end(segment.end), start), text, words, probability))
        except (RuntimeError, ValueError) as error:
            raise EngineFailed(f"{self.name}: {error}") from error
        sure = self._model.model.is_multilingual and info.language_probability >= SURE_OF_LANGUAGE
        return Heard(tuple(kept), info.language, not sure, dropped)


class Clock:
    """From seconds in the spans put together to seconds of the whole sound."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._begins = [0]
        for span in spans:
            self._begins.append(self._begins[-1] + span.end - span.start)

    def start(self, second: float) -> float:
        return self._at(second, bisect_right(self._begins, second * RATE) - 1)

    def end(self, second: float) -> float:
        """A word that ends with a span ends there, and not where the next one begins."""
        return self._at(second, bisect_left(self._begins, second * RATE) - 1)

    def span_at(self, second: float) -> int:
        """The number of the span in which something ends at this second of the spans put together."""
        return bisect_left(self._begins, second * RATE) - 1

    def within(self, second: float, number: int) -> float:
        """The same second of the whole sound, or where this span begins or ends."""
        return self._at(second, number)

    def _at(self, second: float, number: int) -> float:
        number = min(max(number, 0), len(self._spans) - 1)
        span = self._spans[number]
        sample = span.start + second * RATE - self._begins[number]
        return round(float(min(max(sample, span.start), span.end)) / RATE, 2)


def placed(text: str, words: Sequence[tuple[str, float, float]], clock: Clock) -> tuple[tuple[int, float], ...]:
    """For each word (with start and end in the spans put together) its first letter in `text`, and its second.

    None of them where one is not found in the text: then nothing is known of the others either.
    """
    found: list[tuple[int, float]] = []
    after = number = 0
    ended = -HEARD_PAUSE
    has_paused = True
    for said, told, end in words:
        word = clean(said)
        begins = text.find(word, after)
        if begins < 0:
            return ()
        if word:
            start = max(told, end - SLOWEST_WORD - SLOWEST_LETTER * len(word))
            has_paused = has_paused or start - ended >= HEARD_PAUSE
            # No word goes on over a pause.
            number = max(number, clock.span_at(max(end, start + REACH) if has_paused else end))
            found.append((begins, clock.within(start, number)))
            after, ended, has_paused = begins + len(word), end, word.endswith(_ENDS)
    return tuple(found)


def name_of(weights: Weights) -> str:
    return f"faster-whisper {weights.name}"


def is_made_up(compression_ratio: float, mean_log_probability: float) -> bool:
    return compression_ratio > MOST_COMPRESSION or mean_log_probability < LEAST_PROBABILITY


@cache
def whisper(model: str | None) -> Whisper:
    """Loaded once per process. Raises EngineUnavailable."""
    return Whisper(find_weights(model))


def _loaded(weights: Weights) -> Any:
    from faster_whisper import WhisperModel

    # One thread: several videos are worked on at once, and threads that wait for each other spend the time of all.
    how: dict[str, Any] = {"device": "auto", "compute_type": "int8", "cpu_threads": 1, "local_files_only": True}
    if weights.folder is not None:
        return WhisperModel(str(weights.folder), **how)
    return WhisperModel(weights.size, files=weights.files(), **how)
