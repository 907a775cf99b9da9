"""What an operator can configure for the browser, read once from `.env` and the environment, checked, and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from include import settings
from include.account_analytics.browser.turns import Pace
from include.settings import ROOT, SettingsError, is_loopback

STUDIO = "https://www.tiktok.com/tiktokstudio/analytics"
MOST_DAYS = 180  # that one export asks for


@dataclass(frozen=True, slots=True)
class BrowserSettings:
    """The configuration of one process. `seconds`: for which one visit may last in all; `labels`: a file of one's own."""

    days: int
    seconds: int
    pace: Pace
    labels: Path | None
    url: str

    @property
    def is_real(self) -> bool:
        return self.url == STUDIO


def load(env: Mapping[str, str] | None = None, dotenv_file: Path | None = ROOT / ".env") -> BrowserSettings:
    """Read them as `include.settings` reads its own. Raises SettingsError, naming the setting.

    The distances are TikTok's rest: they can be made longer, never shorter.
    """
    reader = settings.read(env, dotenv_file)
    minutes = reader.whole("ACCOUNTS_BROWSER_MINUTES", 5, 5, 240)
    seconds = reader.whole("ACCOUNTS_BROWSER_SECONDS", 240, 30, 1800)
    if seconds > minutes * 60:
        raise SettingsError(
            f"ACCOUNTS_BROWSER_SECONDS is {seconds}, longer than the {minutes} minutes from one account to the next: make it "
            f"{minutes * 60} at most, or ACCOUNTS_BROWSER_MINUTES longer."
        )
    return BrowserSettings(
        days=reader.whole("ACCOUNTS_BROWSER_DAYS", 28, 1, MOST_DAYS),
        seconds=seconds,
        pace=Pace(
            account_seconds=reader.whole("ACCOUNTS_BROWSER_ACCOUNT_MINUTES", 60, 60, 10_080) * 60.0,
            any_seconds=minutes * 60.0,
            longest_seconds=max(1800.0, minutes * 120.0),
        ),
        labels=_labels(reader),
        url=_url(reader),
    )


def _labels(reader: settings.Reader) -> Path | None:
    text = reader.text("ACCOUNTS_BROWSER_LABELS")
    if text is None:
        return None
    path = ROOT / Path(text).expanduser()
    if not path.is_file():
        raise SettingsError(f"ACCOUNTS_BROWSER_LABELS must name a file of labels, and {path.name!r} is none.")
    return path


def _url(reader: settings.Reader) -> str:
    """A session is sent to TikTok, or to a stand-in on this machine, and nowhere else."""
    given = reader.url("ACCOUNTS_BROWSER_URL", STUDIO, "a login")
    if given is not None and not is_loopback(given) and urlsplit(given).hostname != urlsplit(STUDIO).hostname:
        raise SettingsError(f"ACCOUNTS_BROWSER_URL must be {STUDIO}, or an address on this machine.")
    return given or STUDIO
