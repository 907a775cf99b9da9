"""Does anybody speak, and when? Asked before any engine hears a sound: engines write words for music and noise as well."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from include.video_research.processing.engines import RATE, Span
from include.video_research.processing.errors import EngineUnavailable

if TYPE_CHECKING:
    import numpy as np

VERSION = "silero-v6"
LEAST_SPEECH_S = 0.3  # in all: less is a cough, or a tone that was taken for one
_PAD_MS = 200
_PIECE_S = 300  # looked at in pieces: the model unfolds what it gets to many times its size


def spans_of_speech(samples: np.ndarray) -> tuple[Span, ...]:
    """Where somebody speaks, with a little of what stands around it; () where nobody does. Raises EngineUnavailable."""
    try:
        from faster_whisper.vad import VadOptions, get_speech_timestamps
    except ImportError as error:
        raise EngineUnavailable(
            "Whether anybody speaks cannot be told, faster-whisper is missing. Run: make extra NAME=media"
        ) from error
    options = VadOptions(min_speech_duration_ms=200, min_silence_duration_ms=500, speech_pad_ms=_PAD_MS)
    found: list[Span] = []
    for begin in range(0, len(samples), _PIECE_S * RATE):
        piece = samples[begin : begin + _PIECE_S * RATE]
        for told in get_speech_timestamps(piece, options):
            span = Span(begin + int(told["start"]), min(begin + int(told["end"]), len(samples)))
            if found and span.start <= found[-1].end:
                found[-1] = Span(found[-1].start, max(span.end, found[-1].end))
            elif span.end > span.start:
                found.append(span)
    return tuple(found) if seconds_of(found) - 2 * _PAD_MS / 1000 * min(1, len(found)) >= LEAST_SPEECH_S else ()


def seconds_of(spans: tuple[Span, ...] | list[Span]) -> float:
    return math.fsum(span.end - span.start for span in spans) / RATE
