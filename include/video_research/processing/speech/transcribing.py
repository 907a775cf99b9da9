"""What is said in a video: whether anybody speaks, then the first engine of the list that can write it down."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from include.video_research.processing import voice
from include.video_research.processing.engines import Sound, SpeechEngine
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.processing.options import Options
from include.video_research.processing.speech.captions import NAME as CAPTIONS
from include.video_research.processing.speech.captions import Captions
from include.video_research.processing.speech.sphinx import NAME as SPHINX
from include.video_research.processing.speech.sphinx import sphinx
from include.video_research.processing.speech.weights import find_weights
from include.video_research.processing.speech.whisper import name_of, whisper
from include.video_research.records import Speech

if TYPE_CHECKING:
    import numpy as np

NO_AUDIO = Speech("no_audio", (), None, False, 0.0, "no audio")
log = logging.getLogger(__name__)


def transcribe(
    samples: np.ndarray, captions: Mapping[str, Path], options: Options, check: Callable[[], None]
) -> Speech:
    """What is said, by which engine, and why by none that stands before it in the list."""
    try:
        spans = voice.spans_of_speech(samples)
    except EngineUnavailable as error:
        return Speech("failed", (), None, False, 0.0, "none", str(error))
    seconds = round(voice.seconds_of(spans), 2)
    if not spans:
        return Speech("no_speech", (), None, False, 0.0, voice.VERSION)
    return _by_first_engine(Sound(samples, spans), seconds, captions, options, check)


def _by_first_engine(
    sound: Sound, seconds: float, captions: Mapping[str, Path], options: Options, check: Callable[[], None]
) -> Speech:
    reasons = []
    factories = _factories(captions, options)
    for name in options.speech_engines:
        if name == "none":
            break
        check()
        try:
            engine = factories[name]()
            heard = engine.transcribe(sound, check)
        except (EngineUnavailable, EngineFailed) as error:
            if name != CAPTIONS or captions:
                reasons.append(f"{name}: {error}")
                log.warning("%s could not be used: %s", name, error)
            continue
        if heard.dropped:
            reasons.append(f"{heard.dropped} segments that {name} seems to have made up were dropped")
        reason = "; ".join(reasons) or None
        if not heard.segments:  # a voice that says nothing: humming, a cheer, a song without words
            return Speech("no_speech", (), None, False, seconds, engine.name, reason)
        return Speech("speech", heard.segments, heard.language, heard.is_language_assumed, seconds, engine.name, reason)
    if "none" in options.speech_engines:
        reasons.append("somebody speaks, and TRANSCRIBE_ENGINE ends with none: nothing was written down")
        return Speech("skipped", (), None, False, seconds, "none", "; ".join(reasons))
    return Speech("failed", (), None, False, seconds, "none", "; ".join(reasons) or "no engine is set")


def wanted(options: Options) -> tuple[str, ...]:
    """Names of engines whose transcripts are as good as one made now: down to the first that any video can have."""
    names = [voice.VERSION, NO_AUDIO.engine]
    for name in options.speech_engines:
        if name == CAPTIONS:
            names.append(CAPTIONS)
            continue
        try:
            names.append(_name_if_there(name, options))
        except EngineUnavailable:
            continue
        break
    return tuple(names)


def _name_if_there(name: str, options: Options) -> str:
    if name == "faster-whisper":
        return name_of(find_weights(options.whisper_model))
    return SPHINX if name == "pocketsphinx" else "none"


def _factories(captions: Mapping[str, Path], options: Options) -> dict[str, Callable[[], SpeechEngine]]:
    """Nothing is imported or loaded before its turn."""
    return {
        CAPTIONS: lambda: Captions(captions),
        "faster-whisper": lambda: whisper(options.whisper_model),
        "pocketsphinx": sphinx,
    }
