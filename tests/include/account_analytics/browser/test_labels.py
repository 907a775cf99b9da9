"""How the page calls its parts, as data that a user corrects; and the browser's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.account_analytics.browser import labels, settings
from include.account_analytics.browser.turns import Pace
from include.sandbox.studio.pages import RANGES, WORDS
from include.settings import SettingsError


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_every_word_of_the_page_that_looks_like_it(language: str):
    """What is pressed on the sandbox's page has a label in each of its languages."""
    known = labels.load()
    steps = [name for name in WORDS[language] if name not in ("title", "heading", "xlsx")]
    assert {*labels.STEPS, *RANGES} - {"range"} == set(steps)
    assert [step for step in steps if WORDS[language][step] not in known.words(step, language)] == []
    assert {WORDS[language][days] for days in RANGES} <= set(known.ranges(language))


def test_a_language_by_its_code():
    """With or without a country, in whatever letters; an unknown one is none, and then all words are tried."""
    known = labels.load()
    assert [known.language_of(code) for code in ("de", "DE-at", "pt-BR", "fi", None)] == ["de", "de", "pt", None, None]
    assert {"Overview", "Übersicht", "Resumen", "Visão geral"} <= set(known.words("overview", None))


def own(folder: Path, text: str) -> labels.Labels:
    path = folder / "labels.toml"
    path.write_text(text, encoding="utf-8")
    return labels.load(path)


def test_a_file_of_ones_own(tmp_path: Path):
    """Its words stand instead of those that come along, step by step; a range may be added."""
    known = own(tmp_path, '[en]\nconfirm = ["Save"]\n[en.ranges]\n90 = ["Last 90 days"]\n')
    assert (known.words("confirm", "en"), known.words("csv", "en")) == (("Save",), ("CSV",))
    assert (known.offers(90, "en"), known.offers(28, "en"), known.offers(90, "de")) == (True, True, False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[en\n", "labels.toml cannot be read"),
        ('[en]\nconfrim = ["Save"]\n', r"\[en\], confrim: write lists of words for overview, "),
        ('[en]\nconfirm = "Save"\n', r"\[en\], confirm: write lists"),
        ("[en]\nconfirm = []\n", "words are missing for confirm of en"),
        ('[en]\nranges = ["Week"]\n', r"\[en\], ranges: write lists"),
        ('[en.ranges]\nweek = ["Week"]\n', r"\[en\], week: write lists"),
        ('en = "Save"\n', r"\[en\], a line: write lists"),
        ('[it]\nconfirm = ["Scarica"]\n', "words are missing for overview of it, content of it"),
    ],
)
def test_what_is_wrong_in_it(tmp_path: Path, text: str, reason: str):
    """It is named, with how to write it."""
    with pytest.raises(SettingsError, match=f"ACCOUNTS_BROWSER_LABELS: .*{reason}"):
        own(tmp_path, text)


def test_settings_without_any():
    """28 days, an hour and five minutes apart, four minutes for a visit, at TikTok."""
    loaded = settings.load({}, None)
    assert (loaded.days, loaded.seconds, loaded.labels, loaded.is_real) == (28, 240, None, True)
    assert loaded.pace == Pace(3600, 300, 1800)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"ACCOUNTS_BROWSER_DAYS": "181"}, "ACCOUNTS_BROWSER_DAYS must be a whole number from 1 to 180"),
        ({"ACCOUNTS_BROWSER_MINUTES": "4"}, "ACCOUNTS_BROWSER_MINUTES must be a whole number from 5"),
        ({"ACCOUNTS_BROWSER_ACCOUNT_MINUTES": "59"}, "ACCOUNTS_BROWSER_ACCOUNT_MINUTES must be a whole number from 60"),
        ({"ACCOUNTS_BROWSER_SECONDS": "301"}, "longer than the 5 minutes from one account to the next: make it 300"),
        ({"ACCOUNTS_BROWSER_LABELS": "nowhere.toml"}, "must name a file of labels, and 'nowhere.toml' is none"),
        ({"ACCOUNTS_BROWSER_URL": "https://tiktok.example/studio"}, "or an address on this machine"),
        ({"ACCOUNTS_BROWSER_URL": "http://www.tiktok.com/tiktokstudio"}, "must begin with https://"),
    ],
)
def test_settings_that_cannot_be(env: dict[str, Any], said: str):
    """Distances are made longer, never shorter; a login goes to TikTok or to this machine."""
    with pytest.raises(SettingsError, match=said):
        settings.load(env, None)


def test_longer_distances():
    """A visit may last longer where the next one begins later."""
    env = {
        "ACCOUNTS_BROWSER_MINUTES": "20",
        "ACCOUNTS_BROWSER_SECONDS": "900",
        "ACCOUNTS_BROWSER_ACCOUNT_MINUTES": "1440",
    }
    loaded = settings.load(env, None)
    assert (loaded.seconds, loaded.pace) == (900, Pace(86_400, 1200, 2400))
