"""Which report a header is of, and what becomes of columns that are new, renamed, translated or doubled."""

from __future__ import annotations

import pytest

from include.account_analytics.facts import Refused
from include.account_analytics.reading.formats import PATH, BadCatalogue, Catalogue, LoneReach, Match, Unknown
from include.account_analytics.reading.headers import Asks, recognised, renames_of
from tests.include.account_analytics.reading.files import CATALOGUE, CONTENT, OVERVIEW

BUSINESS = (
    "Date",
    "Video views",
    "Reached audience",
    "Profile views",
    "Likes",
    "Shares",
    "Comments",
    "Phone number clicks ",
    "Leads submission",
    "Net growth",
    "New followers",
    "Lost followers",
)
BUSINESS_COLUMNS = (
    "date",
    "video_views",
    "reached_audience",
    "profile_views",
    "likes",
    "shares",
    "comments",
    "x_phone_number_clicks",
    "x_leads_submission",
    "net_followers",
    "new_followers",
    "lost_followers",
)


def match(header: tuple[str, ...]) -> Match:
    found = CATALOGUE.identify(header)
    assert isinstance(found, Match), found
    return found


@pytest.mark.parametrize(
    ("header", "name", "version", "columns"),
    [
        (OVERVIEW, "studio_overview", 1, ("date", "video_views", "profile_views", "likes", "comments", "shares")),
        (
            (*OVERVIEW, "New followers"),
            "studio_overview",
            1,
            ("date", "video_views", "profile_views", "likes", "comments", "shares", "net_followers"),
        ),
        (
            ("Date", "Total Viewers", "New Viewers", "Returning Viewers"),
            "studio_viewers",
            1,
            ("date", "total_viewers", "new_viewers", "returning_viewers"),
        ),
        (
            ("Date", "Followers", "Difference in followers from previous day"),
            "studio_follower_history",
            1,
            ("date", "followers", "follower_difference"),
        ),
        (("Date", "Hour", "Active followers"), "studio_follower_activity", 1, ("date", "hour", "active_followers")),
        (("Gender", "Distribution"), "studio_follower_gender", 1, ("bucket", "share")),
        (("Top territories", "Distribution"), "studio_follower_territories", 1, ("bucket", "share")),
        (
            (*CONTENT, "Total play time", "Average watch time", "Watched full video", "Add to favorites"),
            "studio_content",
            1,
            (
                *("snapshot_label", "title", "link", "posted", "total_likes", "total_comments", "total_shares"),
                *("total_views", "total_play_time", "average_watch_time", "completion_rate", "favorites"),
            ),
        ),
        (
            (*CONTENT[1:4], "Views in the last 7 days", "Total views", *CONTENT[4:7]),
            "studio_content",
            2,
            (
                *("title", "link", "posted", "views_last_7_days", "total_views"),
                *("total_likes", "total_comments", "total_shares"),
            ),
        ),
        (BUSINESS, "business_overview", 1, BUSINESS_COLUMNS),
        (
            ("Date", "New followers", "Total followers", "Reached audience", "Engaged audience"),
            "business_audience",
            1,
            ("date", "new_followers", "followers", "reached_audience", "engaged_audience"),
        ),
        (
            (
                "Video title",
                "Video link",
                "Post time",
                "Video views",
                "Likes",
                "Comments",
                "Shares",
                "Add to Favorites",
            ),
            "business_videos",
            1,
            (
                *("title", "link", "posted", "total_views", "total_likes", "total_comments", "total_shares"),
                "favorites",
            ),
        ),
    ],
)
def test_each_report(header: tuple[str, ...], name: str, version: int, columns: tuple[str, ...]):
    """Each known header leads to its report and to the names used here, in any order of its columns, with nothing new."""
    found = match(header)
    assert (found.format.name, found.format.version, found.columns, found.new_columns) == (name, version, columns, ())
    assert match(header[::-1]).columns == columns[::-1]


@pytest.mark.parametrize(
    ("header", "name", "columns"),
    [
        (  # Swedish
            (
                *("Datum", "Videovisningar", "Målgrupp som nåtts", "Profilvisningar", "Gilla-markeringar"),
                *("Delningar", "Kommentarer", "Klick på produktlänkar", "Produktlänk genomför betalning"),
                *("GMV för produktlänkar", "Webbplatsklickar", "Telefonnummerklickar", "Insamlade leads"),
                *("Klick på nedladdningslänk för app", "Nettotillväxt", "Nya följare", "Tappade följare"),
            ),
            "business_overview",
            (
                *BUSINESS_COLUMNS[:7],
                *("x_product_link_clicks", "x_product_link_complete_payment", "x_product_link_gmv"),
                *("x_website_clicks", "x_phone_number_clicks", "x_leads_submission", "x_app_download_link_clicks"),
                *BUSINESS_COLUMNS[9:],
            ),
        ),
        (
            (
                *("Videotitel", "Videolänk", "Publiceringstid", "Videovisningar", "Gilla-markeringar"),
                *("Kommentarer", "Delningar", "Lägg till i Favoriter"),
            ),
            "business_videos",
            (
                *("title", "link", "posted", "total_views", "total_likes", "total_comments", "total_shares"),
                "favorites",
            ),
        ),
        (  # German
            (
                *("Datum", "Videoaufrufe", "Erreichtes Publikum", "Profilaufrufe", "Likes", "Freigaben"),
                *("Kommentare", "Nettowachstum", "Neue Follower", "Verlorene Follower"),
            ),
            "business_overview",
            (*BUSINESS_COLUMNS[:7], *BUSINESS_COLUMNS[9:]),
        ),
        (
            ("Datum", "Neue Follower", "Follower insgesamt", "Erreichtes Publikum", "Publikum mit Interaktion"),
            "business_audience",
            ("date", "new_followers", "followers", "reached_audience", "engaged_audience"),
        ),
        (
            (
                *("Videotitel", "Videolink", "Veröffentlichungszeit", "Videoaufrufe", "Likes", "Kommentare"),
                *("Freigaben", "Zu Favoriten hinzufügen"),
            ),
            "business_videos",
            (
                *("title", "link", "posted", "total_views", "total_likes", "total_comments", "total_shares"),
                "favorites",
            ),
        ),
        (  # Portuguese
            (
                "Data",
                "Visualizações de vídeo",
                "Visualizações do perfil",
                "Curtidas",
                "Comentários",
                "Compartilhamentos",
            ),
            "studio_overview",
            ("date", "video_views", "profile_views", "likes", "comments", "shares"),
        ),
    ],
)
def test_translated_headers(header: tuple[str, ...], name: str, columns: tuple[str, ...]):
    """A translated header leads to the same names as the English one, and none of its columns is new."""
    found = match(header)
    assert (found.format.name, found.columns, found.new_columns) == (name, columns, ())


@pytest.mark.parametrize(
    "header",
    [
        tuple(text.upper() for text in OVERVIEW),
        ("\ufeffDate ", " Video  Views", "Profile\u00a0Views\t", "\u200bLikes", "ＣＯＭＭＥＮＴＳ", "Shares\n"),
    ],
)
def test_headers_are_compared_loosely(header: tuple[str, ...]):
    """Case, spaces around and between, wide letters and marks that cannot be seen make no difference."""
    assert match(header).format.name == "studio_overview"


def test_new_columns():
    """A column nobody knows is kept as x_…, and told as new; two that would get one name stay two."""
    found = match((*OVERVIEW, "Saves & Plays", "Saves-Plays", ""))
    assert found.columns[6:] == ("x_saves_plays", "x_saves_plays_8", "x_column_9")
    assert found.new_columns == ("Saves & Plays", "Saves-Plays", "")


@pytest.mark.parametrize(
    "header", [(*OVERVIEW, "Likes"), (*OVERVIEW, "LIKES "), (*OVERVIEW, "Datum"), (*OVERVIEW, "New", "new")]
)
def test_doubled_header(header: tuple[str, ...]):
    """A column that is there twice, also in another language, is refused: nobody knows which one counts."""
    with pytest.raises(Refused, match="is there 2 times") as refusal:
        CATALOGUE.identify(header)
    assert refusal.value.code == "doubled_header"


def test_a_business_report_is_no_studio_report():
    """Business's Overview has all columns of Studio's; with one of its own renamed it is unknown, not Studio's."""
    found = CATALOGUE.identify([text if text != "Reached audience" else "Reached people" for text in BUSINESS])
    assert isinstance(found, Unknown)
    assert found.proposals[0].format.name == "business_overview"
    assert found.proposals[0].renames == (("reached people", "reached audience"),)


def test_a_rename_is_proposed_never_applied():
    """A likely rename becomes the answer to choose; only with that answer is the report read."""
    header = ("Date", "Video Views", "Profile Views", "Hearts", "Comments", "Shares")
    with pytest.raises(Asks) as asked:
        recognised(header, CATALOGUE)
    question = asked.value.question
    assert (question.kind, asked.value.code) == ("unknown_header", "unknown_header")
    assert question.subject == "date|video views|profile views|hearts|comments|shares"
    assert question.candidates == ("hearts = likes",)
    assert "Date, Video Views, Profile Views, Hearts, Comments, Shares" in question.text
    renames = renames_of(question, "hearts = likes")
    assert recognised(header, CATALOGUE, renames).columns[3] == "likes"
    with pytest.raises(Asks):
        recognised(header, CATALOGUE, renames_of(question, "no"))


@pytest.mark.parametrize(
    "header",
    [
        ("Date", "Reach", "Profile Views", "Hearts", "Comments", "Shares"),
        ("Date", "Followers", "Profile Views", "Likes", "Comments", "Shares"),
        ("Date", "", "Profile Views", "Likes", "Comments", "Shares"),
    ],
)
def test_what_is_known_is_no_rename(header: tuple[str, ...]):
    """Neither `reach` nor a column of another report is proposed as a new name of the views."""
    found = CATALOGUE.identify(header)
    assert isinstance(found, Unknown)
    assert found.proposals == ()


def test_an_unknown_header_is_shown():
    """A header of nothing known is shown as the file has it, and nothing is proposed."""
    with pytest.raises(Asks, match="No report has this header: Name, Phone") as asked:
        recognised(("Name", "Phone"), CATALOGUE)
    assert asked.value.question.candidates == ()


@pytest.mark.parametrize(
    ("header", "candidates"),
    [
        (("Date", "Reach", "Profile Views", "Likes", "Comments", "Shares"), ("video views",)),
        (tuple("Reach" if text == "Reached audience" else text for text in BUSINESS), ("reached audience",)),
        (
            ("Date", "New followers", "Total followers", "Reach", "Engaged audience"),
            ("reached audience",),
        ),
    ],
)
def test_a_lone_reach_is_a_question(header: tuple[str, ...], candidates: tuple[str, ...]):
    """A column `reach` alone may be views or people: asked, with what would make a report of it; read as answered."""
    assert CATALOGUE.identify(header) == LoneReach(header, candidates)
    with pytest.raises(Asks) as asked:
        recognised(header, CATALOGUE)
    assert (asked.value.code, asked.value.question.kind) == ("reach", "reach")
    answered = recognised(header, CATALOGUE, renames_of(asked.value.question, candidates[0]))
    assert candidates[0].replace(" ", "_") in answered.columns
    assert renames_of(asked.value.question, "whatever") == {}


def test_reach_beside_views_is_no_views():
    """Where views are there as well, a column `reach` is a new one, and never mixed up with a known one."""
    found = match((*OVERVIEW, "Reach"))
    assert (found.columns[-1], found.new_columns) == ("x_reach", ("Reach",))
    assert match(BUSINESS).columns[1:3] == ("video_views", "reached_audience")


NEW_FORMAT = """
[[format]]
name = "studio_live"
family = "studio"
report = "live"
version = 1
dates = "label"
[format.columns]
date = "date"
live_views = "live views"
diamonds = "diamonds"
"""


def test_a_format_is_one_entry(tmp_path):
    """A report that was not known is known once its entry stands in the data file."""
    header = ("Date", "LIVE views", "Diamonds", "Gifters")
    assert isinstance(CATALOGUE.identify(header), Unknown)
    path = tmp_path / "formats.toml"
    path.write_text(PATH.read_text(encoding="utf-8") + NEW_FORMAT, encoding="utf-8")
    found = Catalogue.load(path).identify(header)
    assert isinstance(found, Match)
    assert (found.format.name, found.columns) == ("studio_live", ("date", "live_views", "diamonds", "x_gifters"))
    assert found.new_columns == ("Gifters",)


def test_a_new_version_with_one_more_column_wins(tmp_path):
    """Of a format and a newer one that asks for more, the one that asks for more takes the files that have it."""
    path = tmp_path / "formats.toml"
    columns = "".join(f'{text.lower().replace(" ", "_")} = "{text.lower()}"\n' for text in (*OVERVIEW, "Saves"))
    entry = (
        f'name = "studio_overview"\nfamily = "studio"\nreport = "overview"\nversion = 2\n[format.columns]\n{columns}'
    )
    path.write_text(f"{PATH.read_text(encoding='utf-8')}\n[[format]]\n{entry}", encoding="utf-8")
    catalogue = Catalogue.load(path)
    for header, version in (((*OVERVIEW, "Saves"), 2), (OVERVIEW, 1)):
        found = catalogue.identify(header)
        assert isinstance(found, Match)
        assert found.format.version == version


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('live_views = "live views"', 'live_views = "LIVE views"', "not written as headers are compared"),
        (
            'live_views = "live views"\ndiamonds = "diamonds"',
            'h = "hour"\na = "active followers"',
            "cannot be told from",
        ),
        ("version = 1", "version = 1\ncolour = 1", "studio_live"),
    ],
)
def test_a_contradiction_is_found_when_loading(tmp_path, old: str, new: str, message: str):
    """An entry that could never match, or takes another's files, is refused with its name."""
    path = tmp_path / "formats.toml"
    path.write_text(PATH.read_text(encoding="utf-8") + NEW_FORMAT.replace(old, new), encoding="utf-8")
    with pytest.raises(BadCatalogue, match=message):
        Catalogue.load(path)


@pytest.mark.parametrize("line", ['"reach" = "video views"', '"räckvidd" = "reach"', '"likes" = "shares"', '"x" = "y"'])
def test_aliases_are_checked(tmp_path, line: str):
    """`reach` is never an alias, a known header neither, and an alias leads to a known header."""
    path = tmp_path / "formats.toml"
    path.write_text(PATH.read_text(encoding="utf-8").replace("\n[aliases]", f"\n[aliases]\n{line}"), encoding="utf-8")
    with pytest.raises(BadCatalogue, match="the alias"):
        Catalogue.load(path)
