"""How videos are processed, as one run or one person wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from include.video_research.processing.screen.asking import Ask, ask_starter
from include.video_research.settings import SPEECH_ENGINES, ResearchSettings

MOST_READ = 120  # frames of one video that are read at most


@dataclass(frozen=True, slots=True)
class Options:
    """`max_frames` are uploaded, evenly; up to MOST_READ are read. `whisper_model` is a size or a folder; None is `base`.

    `speech_engines` are tried in this order. `ocr_side`: the longer side, in pixels, to which a frame is shrunk before
    text is looked for offline. `ask_claude` sends one request (see screen/asking.py); None where Claude is not used.
    """

    max_frames: int = 20
    whisper_model: str | None = None
    ocr_engine: str = "rapidocr"
    speech_engines: Sequence[str] = SPEECH_ENGINES[:-1]
    ocr_side: int = 800
    timeout_s: float = 900.0
    claude_model: str = "claude-haiku-4-5"
    ask_claude: Ask | None = None

    @classmethod
    def from_settings(
        cls,
        configured: ResearchSettings,
        *,
        max_frames: int = 20,
        whisper_model: str | None = None,
    ) -> Options:
        """As configured; a model named for this run wins over the configured one. Claude is asked by way of the process that
        started the one that processes: that has the key.
        """
        return cls(
            max_frames=max_frames,
            whisper_model=whisper_model or configured.whisper_model,
            ocr_engine=configured.ocr_engine,
            ocr_side=configured.ocr_side,
            speech_engines=configured.speech_engines,
            timeout_s=configured.video_timeout_s,
            claude_model=configured.claude_model,
            ask_claude=ask_starter if configured.anthropic_api_key is not None else None,
        )
