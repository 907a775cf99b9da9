"""How the page calls what is pressed, as data: `labels.toml`, and a file of one's own over it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.settings import SettingsError

FILE = Path(__file__).with_name("labels.toml")
STEPS = (
    "overview", "content", "viewers", "followers", "range", "custom", "from", "to", "apply", "download_data", "csv",
    "confirm", "decline",
)  # fmt: skip
MAY_BE_EMPTY = ("range", "decline")
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """Language -> step -> its words; a range of n days is the step `n`."""

    by_language: Mapping[str, Mapping[str, Words]]

    def language_of(self, code: str | None) -> str | None:
        """The language of a page that says it is in `code` (`de-DE`), if there are words for it."""
        for name in ((code or "").lower(), (code or "").lower().partition("-")[0]):
            if name in self.by_language:
                return name
        return None

    def words(self, step: str, language: str | None) -> Words:
        """What the step is called; in all languages where the page's own is not known."""
        tables = [self.by_language[language]] if language else list(self.by_language.values())
        return tuple(dict.fromkeys(word for table in tables for word in table.get(step, ())))

    def ranges(self, language: str | None) -> Words:
        """What any range is called, and the menu of them."""
        tables = [self.by_language[language]] if language else list(self.by_language.values())
        days = dict.fromkeys(step for table in tables for step in table if step.isdigit())
        return tuple(dict.fromkeys(word for step in ("range", *days, "custom") for word in self.words(step, language)))

    def offers(self, days: int, language: str | None) -> bool:
        """Whether the menu has this number of days."""
        return bool(self.words(str(days), language))


def load(own: Path | None = None) -> Labels:
    """The words that come along, with those of a file of one's own instead. Raises SettingsError naming what is wrong in it."""
    tables = _read(FILE)
    for language, steps in (_read(own) if own else {}).items():
        tables[language] = {**tables.get(language, {}), **steps}
    missing = [
        f"{step} of {language}"
        for language, steps in tables.items()
        for step in STEPS
        if step not in steps or (step not in MAY_BE_EMPTY and not steps[step])
    ]
    if missing:
        raise SettingsError(f"ACCOUNTS_BROWSER_LABELS: words are missing for {', '.join(missing)}.")
    return Labels(tables)


def _read(path: Path) -> dict[str, dict[str, Words]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"ACCOUNTS_BROWSER_LABELS: {path.name} cannot be read: {error}.") from None
    return {language.lower(): _steps(path, language, table) for language, table in content.items()}


def _steps(path: Path, language: str, table: Any) -> dict[str, Words]:
    given = dict(table) if isinstance(table, dict) else {"": table}
    ranges = given.pop("ranges", {})
    steps = {**given, **(ranges if isinstance(ranges, dict) else {"ranges": ranges})}
    for step, words in steps.items():
        is_known = step in STEPS or (step.isdigit() and step in ranges)
        if not is_known or not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
            raise SettingsError(
                f"ACCOUNTS_BROWSER_LABELS: {path.name}, [{language}], {step or 'a line'}: write lists of words for "
                f"{', '.join(STEPS)}, and below [{language}.ranges] for numbers of days."
            )
    return {step: tuple(words) for step, words in steps.items()}
