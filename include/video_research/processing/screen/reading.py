"""What is written on the screen: by the engine that was chosen, and as texts with the time they are there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from include.video_research.processing.engines import ScreenEngine
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.processing.options import Options
from include.video_research.processing.screen import claude, rapid
from include.video_research.processing.screen.merging import lines_of
from include.video_research.records import Frame, ScreenText

log = logging.getLogger(__name__)


def read_screen(
    video_id: str, frames: Sequence[Frame], length: float, options: Options, check: Callable[[], None]
) -> ScreenText:
    """What these frames of a video of `length` seconds show.

    Where Claude cannot be used it is read offline, and the reason is said. No engine is never an empty result.
    """
    if options.ocr_engine == "none":
        return ScreenText("skipped", (), 0, "none", reason="OCR_ENGINE is none: nothing was read")
    reasons = []
    for name in ("claude", "rapidocr") if options.ocr_engine == "claude" else (options.ocr_engine,):
        try:
            engine = _factory(name, video_id, options)()
            reading = engine.read(frames, check)
        except (EngineUnavailable, EngineFailed) as error:
            reasons.append(f"{name}: {error}")
            log.warning("%s could not be used: %s", name, error)
            continue
        lines = lines_of(reading, length)
        read = len(reading.times)
        return ScreenText("done", lines, read, engine.name, engine.scripts, reading.tokens, "; ".join(reasons) or None)
    return ScreenText("failed", (), 0, options.ocr_engine, reason="; ".join(reasons))


def wanted(options: Options) -> tuple[str, ...]:
    """The engine whose texts are as good as those read now."""
    if options.ocr_engine == "claude" and options.ask_claude is not None:
        return (claude.name_of(options.claude_model),)
    return ("none",) if options.ocr_engine == "none" else (rapid.name_of(options.ocr_side),)


def _factory(name: str, video_id: str, options: Options) -> Callable[[], ScreenEngine]:
    """Nothing is imported or loaded before its turn."""
    factories: dict[str, Callable[[], ScreenEngine]] = {
        "rapidocr": lambda: rapid.rapid(options.ocr_side),
        "claude": lambda: _claude(video_id, options),
    }
    return factories[name]


def _claude(video_id: str, options: Options) -> ScreenEngine:
    if options.ask_claude is None:
        raise EngineUnavailable("no key: set ANTHROPIC_API_KEY")
    return claude.ClaudeEngine(video_id, options.claude_model, options.ask_claude)
