"""pocketsphinx, the floor: English alone, and rough, with a model that its own package carries."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from include.video_research.processing.engines import RATE, Heard, Sound
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.processing.texts import clean
from include.video_research.records import Segment

NAME = "pocketsphinx en-us"
_LONGEST_PIECE = 60 * RATE  # samples: its lattice grows with what is said without a pause


class Sphinx:
    """It knows no other language: what it hears is assumed to be English."""

    name = NAME

    def __init__(self) -> None:
        try:
            from pocketsphinx import Decoder, get_model_path
        except ImportError as error:
            raise EngineUnavailable("pocketsphinx is not installed. Run: make extra NAME=media") from error
        try:
            words = get_model_path("en-us/en-us.lm.bin")
            self._decoder = Decoder(lm=words, samprate=float(RATE), loglevel="FATAL", maxhmmpf=3000, maxwpf=10)
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineUnavailable(f"{NAME} cannot be loaded: {error}") from error

    def transcribe(self, sound: Sound, check: Callable[[], None]) -> Heard:
        """One segment for each span in which words were found."""
        found = []
        for span in sound.spans:
            for start in range(span.start, span.end, _LONGEST_PIECE):
                check()
                end = min(start + _LONGEST_PIECE, span.end)
                text = self._words((sound.samples[start:end].clip(-1, 1) * 32767).astype("<i2").tobytes())
                if text:
                    found.append(Segment(round(start / RATE, 2), round(end / RATE, 2), text))
        return Heard(tuple(found), "en", is_language_assumed=True)

    def _words(self, raw: bytes) -> str:
        try:
            self._decoder.start_utt()
            try:
                self._decoder.process_raw(raw, full_utt=True)
            finally:
                self._decoder.end_utt()
            heard = self._decoder.hyp()
        except RuntimeError as error:
            raise EngineFailed(f"{NAME}: {error}") from error
        return clean(heard.hypstr) if heard else ""


@cache
def sphinx() -> Sphinx:
    """Loaded once per process. Raises EngineUnavailable."""
    return Sphinx()
