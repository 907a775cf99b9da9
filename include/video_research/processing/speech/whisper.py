"""Whisper, by faster-whisper: writes down what is said in the spans in which somebody speaks."""

from __future__ import annotations

import logging
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
            )
            for segment in told:
                check()
                text = clean(segment.text)
                if is_made_up(segment.compression_ratio, segment.avg_logprob):
                    dropped += 1
                elif text:
                    kept.append(Segment(clock.start(segment.start), clock.end(segment.end), text))
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

    def _at(self, second: float, number: int) -> float:
        number = min(max(number, 0), len(self._spans) - 1)
        span = self._spans[number]
        sample = span.start + second * RATE - self._begins[number]
        return round(min(max(sample, span.start), span.end) / RATE, 2)


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
