"""The way through the Studio-like page with the real Chromium: three languages, and each thing that can go wrong on it.

TikTok's own page cannot be tried here.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from include.account_analytics.browser import chromium, labels, studio
from include.account_analytics.browser.chromium import Running
from include.account_analytics.browser.failures import NoDownload
from include.account_analytics.browser.labels import Labels
from include.account_analytics.browser.studio import AskedToLogIn, Patience, Seen, StepMissing, Wanted
from include.account_analytics.reading.names import parse_name
from include.local.driven_sandbox import RunningSandbox
from tests.include.account_analytics.browser.studio_page import (
    TODAY,
    address,
    downloads_left,
    needs_browser,
    plain,
    state,
)

pytestmark = [pytest.mark.server, needs_browser]
PATIENT = Patience(step=20.0, download=20.0)  # for what comes, on a machine that does other things as well
SHORT = Patience(step=2.5, download=2.5)  # for what does not
EXPORT = {"endpoint": "studio_export"}


class Visits:
    """Visits with one browser, in one loop."""

    def __init__(self, runner: asyncio.Runner, running: Running, sandbox: RunningSandbox) -> None:
        self.runner, self.running, self.sandbox = runner, running, sandbox
        self.files: dict[str, tuple[str, bytes]] = {}

    def __call__(
        self,
        *tabs: str,
        days: int = 28,
        words: Labels | None = None,
        session: dict[str, Any] | None = None,
        patience: Patience = PATIENT,
        downloads: bool = True,
    ) -> Seen:
        async def hand_over(tab: str, name: str, content: bytes) -> None:
            self.files[tab] = (name, content)

        wanted = Wanted(address(self.sandbox), tabs or ("overview",), days, TODAY, downloads)
        return self.runner.run(
            studio.visit(self.running, session or state(), wanted, words or labels.load(), patience, hand_over)
        )

    def asked(self) -> list[dict[str, str]]:
        """What the page asked the server to export."""
        return [entry["params"] for entry in self.sandbox.log("studio_export")]


@pytest.fixture(scope="module")
def browser() -> Iterator[tuple[asyncio.Runner, Running]]:
    """One browser for the module."""
    with asyncio.Runner() as runner:
        opened = chromium.running()
        running = runner.run(opened.__aenter__())
        yield runner, running
        runner.run(opened.__aexit__(None, None, None))


@pytest.fixture
def visit(browser: tuple[asyncio.Runner, Running], sandbox: RunningSandbox) -> Iterator[Visits]:
    plain(sandbox)
    yield Visits(*browser, sandbox)
    assert downloads_left(browser[1].downloads) == []


def stopped(seen: Seen) -> tuple[str, str, type[Exception]]:
    """Where the only tab that stopped did, and why; a screenshot of it was taken."""
    (only,) = seen.stopped
    assert only.picture is not None
    assert only.picture.startswith(b"\x89PNG")
    return only.tab, only.step, type(only.error)


def test_all_tabs(visit: Visits):
    """Each tab's archive of CSV comes, of 28 days, under the name that TikTok gives it; the account's clock is UTC."""
    seen = visit(*studio.TABS)
    assert (seen.brought, seen.stopped, seen.language) == ([*studio.TABS], [], "en")
    handle = visit.sandbox.studio()["handle"]
    # 28 days up to two days before 2 November; the epoch is that day at half past noon.
    assert visit.files["overview"][0] == f"browser_Overview_2026-10-04_1793449800_{handle}.zip"
    assert visit.files["viewers"][0] == f"browser_Viewers_{handle}.zip"
    assert parse_name(visit.files["overview"][0].removeprefix("browser_")).handle == handle
    members = {tab: zipfile.ZipFile(io.BytesIO(content)).namelist() for tab, (_, content) in visit.files.items()}
    assert members["overview"] == ["Overview.csv"]
    assert "FollowerActivity.csv" in members["followers"]
    assert visit.asked() == [{"tab": tab, "format": "CSV", "zone": "UTC", "days": "28"} for tab in studio.TABS]


@pytest.mark.parametrize("language", ["de", "es"])
def test_other_languages(visit: Visits, language: str):
    """The page says in which it is, and the words of that one lead through it."""
    visit.sandbox.studio(language=language)
    seen = visit("viewers")
    assert (seen.brought, seen.stopped, seen.language) == (["viewers"], [], language)


def test_the_session_is_brought_back(visit: Visits):
    """What the page made of the cookie is in the state after the visit."""
    seen = visit()
    assert seen.state is not None
    assert "recognisable-s3ssion." in seen.state  # with the number of its use


def test_a_range_that_is_there_already(visit: Visits):
    """Seven days are what the page begins with: nothing is chosen."""
    visit.sandbox.studio(renamed={"28": "Four weeks"})
    assert visit(days=7).brought == ["overview"]
    assert [each["days"] for each in visit.asked()] == ["7"]


def test_a_range_of_ones_own(visit: Visits):
    """180 days up to yesterday, which the menu has not: 6 May to 1 November."""
    visit.sandbox.studio(language="de")
    assert visit(days=180).brought == ["overview"]
    assert [(each["from"], each["to"]) for each in visit.asked()] == [("2026-05-06", "2026-11-01")]


def test_somebody_has_to_log_in(visit: Visits):
    """A session that is over leads to the login: no tab is tried after that, and there is no state to keep."""
    visit.sandbox.studio(expired=True)
    seen = visit(*studio.TABS)
    assert stopped(seen) == ("overview", "open", AskedToLogIn)
    assert seen.state is None


def test_logged_out_in_the_middle(visit: Visits):
    """The page goes to the login while a step is looked for: it is not said to be changed."""
    visit.sandbox.studio(logs_out=300, renamed={"download_data": "Export"})
    assert stopped(visit("content"))[2] is AskedToLogIn


@pytest.mark.parametrize(
    ("renamed", "step"),
    [
        ({"overview": "Home"}, "overview"),
        ({"28": "Four weeks"}, "range 28"),
        ({"download_data": "Export"}, "download_data"),
        ({"confirm": "Save"}, "confirm"),
    ],
)
def test_a_step_that_is_called_otherwise(visit: Visits, renamed: dict[str, str], step: str):
    """Each is named, with the words that were tried and the page's language; a picture shows it, nothing is downloaded."""
    visit.sandbox.studio(renamed=renamed)
    seen = visit(patience=SHORT)
    assert stopped(seen) == ("overview", step, StepMissing)
    error = seen.stopped[0].error
    assert isinstance(error, StepMissing)
    assert (bool(error.words), error.language) == (True, "en")
    assert (seen.brought, visit.asked()) == ([], [])
    assert seen.state is not None


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_a_question_about_cookies(visit: Visits, language: str):
    """It lies over the page, and is answered with no: then everything goes on."""
    visit.sandbox.studio(asks_for_cookies=True, language=language)
    assert visit(patience=Patience(6.0, 20.0)).brought == ["overview"]


def test_what_lies_over_the_page_and_is_unknown(visit: Visits):
    """It is told as a step that could not be pressed, with a picture of it."""
    visit.sandbox.studio(asks_for_cookies=True, renamed={"decline": "Let us go on"})
    seen = visit(patience=SHORT)
    assert stopped(seen) == ("overview", "overview", StepMissing)
    assert seen.stopped[0].error.words == ()


def test_one_tab_keeps_no_other_from_coming(visit: Visits):
    """Viewers is gone: the one after it comes."""
    visit.sandbox.studio(renamed={"viewers": "Audience"})
    seen = visit("viewers", "followers", patience=SHORT)
    assert seen.brought == ["followers"]
    assert stopped(seen) == ("viewers", "viewers", StepMissing)


def test_own_labels(visit: Visits, tmp_path):
    """A file with the one word that is another mends it."""
    own = tmp_path / "labels.toml"
    own.write_text('[en]\ndownload_data = ["Export"]\n', encoding="utf-8")
    visit.sandbox.studio(renamed={"download_data": "Export"})
    assert visit(words=labels.load(own)).brought == ["overview"]


def test_a_language_without_labels(visit: Visits):
    """It is named; with labels for it in a file of one's own it is gone through."""
    visit.sandbox.studio(language="fi")
    seen = visit(patience=SHORT)
    assert stopped(seen) == ("overview", "overview", StepMissing)
    assert seen.language == "fi"


def test_an_export_that_never_comes(visit: Visits):
    """The last button does nothing: it is pressed for twice, then told."""
    visit.sandbox.studio(never_comes=True)
    seen = visit(patience=Patience(20.0, 0.5))
    assert stopped(seen) == ("overview", "download", NoDownload)
    assert str(seen.stopped[0].error) == "no download began within 0 s"
    assert len([entry for entry in visit.sandbox.log("studio_page") if entry["path"].endswith("analytics")]) == 2


def test_a_slow_export(visit: Visits):
    """What begins late is waited for; what is too late the first time comes the second."""
    visit.sandbox.inject({"match": EXPORT, "times": 1, "action": {"kind": "slow", "seconds": 0.4}})
    assert visit().brought == ["overview"]
    visit.sandbox.inject({"match": EXPORT, "times": 1, "action": {"kind": "hang"}})
    assert visit(patience=Patience(20.0, 4.0)).brought == ["overview"]


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ({"kind": "wrong_length", "delta": 64}, "the download broke off"),
        ({"kind": "hang", "where": "body"}, "the download was not whole after"),
        ({"kind": "truncate", "fraction": 0.6}, "the download is half an archive"),
    ],
)
def test_half_a_download(visit: Visits, action: dict[str, Any], reason: str):
    """Cut off, stuck, or short: nothing of it is handed over, and nothing is left."""
    visit.sandbox.inject({"match": EXPORT, "times": None, "action": action})
    seen = visit(patience=Patience(20.0, 3.0))
    assert stopped(seen) == ("overview", "download", NoDownload)
    assert str(seen.stopped[0].error).startswith(reason)
    assert (seen.brought, visit.files) == ([], {})


def test_a_download_without_end(visit: Visits, monkeypatch: pytest.MonkeyPatch):
    """More than any export has is broken off while it comes."""
    monkeypatch.setattr(studio.downloads.whole, "__defaults__", (200_000,))
    visit.sandbox.inject({"match": EXPORT, "times": None, "action": {"kind": "oversize", "bytes": 400_000_000}})
    seen = visit(patience=PATIENT)
    assert stopped(seen) == ("overview", "download", NoDownload)
    assert "more than 200,000 bytes" in str(seen.stopped[0].error)


def test_a_look_without_a_download(visit: Visits):
    """Every step is found up to the last button, which is not pressed."""
    seen = visit("overview", "followers", downloads=False)
    assert (seen.stopped, visit.asked(), visit.files) == ([], [], {})
