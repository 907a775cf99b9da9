"""What an operator can configure for research, read once from `.env` and the environment, checked, and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from include import settings
from include.settings import ROOT, Secret, SettingsError, is_loopback

SITE = "https://www.tiktok.com"
SERPER_URL = "https://google.serper.dev"
CLAUDE_URL = "https://api.anthropic.com"
OCR_ENGINES = ("rapidocr", "claude", "none")
SPEECH_ENGINES = ("captions", "faster-whisper", "pocketsphinx", "none")


@dataclass(frozen=True, slots=True)
class ResearchSettings:
    """The configuration of one process. Sizes are bytes, durations seconds, shares 0 to 1."""

    schedule: str | None
    research_list: Path
    work_folder: Path
    workers: int
    floor: float
    disk_floor_bytes: int
    longest_video_s: int
    largest_video_bytes: int
    video_timeout_s: int
    site_url: str
    proxy: Secret | None
    cookie_file: Path | None
    impersonates: bool
    serper_api_key: Secret | None
    serper_base_url: str
    serper_credits: int | None
    tikhub_calls: int
    ocr_engine: str
    ocr_side: int
    speech_engines: tuple[str, ...]
    whisper_model: str | None
    anthropic_api_key: Secret | None
    anthropic_base_url: str
    claude_model: str
    claude_tokens: int
    media_retention_days: int

    @property
    def most_calls(self) -> int | None:
        """Paid searches of one run: credits of Serper where that is asked, else calls of TikHub."""
        return self.serper_credits if self.serper_api_key else self.tikhub_calls

    @property
    def is_site_real(self) -> bool:
        return self.site_url == SITE


def load(env: Mapping[str, str] | None = None, dotenv_file: Path | None = ROOT / ".env") -> ResearchSettings:
    """Read them as `include.settings` reads its own. Raises SettingsError, naming the setting."""
    reader = settings.read(env, dotenv_file)
    site = reader.url("RESEARCH_SITE_URL", SITE, "a cookie file") or SITE
    if site != SITE and not is_loopback(site):
        raise SettingsError(
            "RESEARCH_SITE_URL is for a sandbox on this machine only: remove it, and videos come from TikTok."
        )
    claude_key = reader.api_key("ANTHROPIC_API_KEY")
    return ResearchSettings(
        schedule=reader.text("RESEARCH_SCHEDULE"),
        research_list=_file(reader, "RESEARCH_LIST", "research_list.csv"),
        work_folder=reader.folder("RESEARCH_WORK") or ROOT / ".local" / "research",
        workers=reader.whole("RESEARCH_WORKERS", 3, 1, 64),
        floor=reader.number("RESEARCH_FLOOR", 0.5, 0.0, 1.0),
        disk_floor_bytes=int(reader.number("RESEARCH_DISK_FLOOR_GB", 2.0, 0.0, 10_000) * 1e9),
        longest_video_s=reader.whole("RESEARCH_MAX_SECONDS", 600, 1, 36_000),
        largest_video_bytes=reader.whole("RESEARCH_MAX_MB", 200, 1, 10_000) * 1_000_000,
        video_timeout_s=reader.whole("RESEARCH_VIDEO_TIMEOUT", 900, 10, 36_000),
        site_url=site,
        proxy=reader.proxy("RESEARCH_PROXY"),
        cookie_file=_optional_file(reader, "RESEARCH_COOKIES"),
        impersonates=reader.choice("RESEARCH_IMPERSONATE", ("on", "off")) == "on",
        serper_api_key=reader.api_key("SERPER_API_KEY"),
        serper_base_url=_api(reader, "SERPER_BASE_URL", SERPER_URL, "SERPER_API_KEY"),
        serper_credits=reader.whole("SERPER_CREDITS", 0, 0, 10**8) or None,
        tikhub_calls=reader.whole("RESEARCH_TIKHUB_CALLS", 200, 0, 10**6),
        ocr_engine=reader.choice("OCR_ENGINE", ("claude", "rapidocr", "none") if claude_key else OCR_ENGINES),
        ocr_side=reader.whole("OCR_SIDE", 800, 320, 2_000),
        speech_engines=_engines(reader),
        whisper_model=reader.text("WHISPER_MODEL"),
        anthropic_api_key=claude_key,
        anthropic_base_url=_api(reader, "ANTHROPIC_BASE_URL", CLAUDE_URL, "ANTHROPIC_API_KEY"),
        claude_model=reader.text("CLAUDE_MODEL") or "claude-haiku-4-5",
        claude_tokens=reader.whole("CLAUDE_TOKENS", 1_000_000, 0, 10**9),
        media_retention_days=reader.whole("MEDIA_RETENTION_DAYS", 365, 1, 36_500),
    )


def _api(reader: settings.Reader, name: str, url: str, key: str) -> str:
    """Another address than the vendor's own is a sandbox on this machine: a key is sent nowhere else."""
    given = reader.url(name, url, key)
    if given is not None and not is_loopback(given) and urlsplit(given).hostname != urlsplit(url).hostname:
        raise SettingsError(f"{name} must be {url}, or an address on this machine.")
    return given or url


def _engines(reader: settings.Reader) -> tuple[str, ...]:
    """In the order in which they are tried."""
    given = tuple(word.strip() for word in (reader.text("TRANSCRIBE_ENGINE") or "").split(",") if word.strip())
    wrong = [word for word in given if word not in SPEECH_ENGINES]
    if wrong:
        raise SettingsError(
            f"TRANSCRIBE_ENGINE names {wrong[0]!r}: write one or more of {', '.join(SPEECH_ENGINES)}, separated by commas."
        )
    return given or SPEECH_ENGINES[:-1]


def _file(reader: settings.Reader, name: str, default: str) -> Path:
    path = ROOT / Path(reader.text(name) or default).expanduser()
    if path.is_dir():
        raise SettingsError(f"{name} must be a file, and {path.name!r} is a folder.")
    return path


def _optional_file(reader: settings.Reader, name: str) -> Path | None:
    text = reader.text(name)
    if text is None:
        return None
    path = ROOT / Path(text).expanduser()
    if not path.is_file():
        raise SettingsError(f"{name} must name a file of cookies in Netscape's format, and {path.name!r} is none.")
    return path
