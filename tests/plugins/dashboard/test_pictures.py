"""Faces and covers on the pages: served as what they are to those who may look, in their places where there are none."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from PIL import Image

from include.comets import pictures
from include.comets.pictures import Copy, Picture
from plugins.dashboard.comets.pictures import fitting, with_box
from plugins.dashboard.rendering import initial
from plugins.filters.face_detectors import Box
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.creators import DAY, NOON, end_run, insert, stand

Browsers = Callable[[str | None], Browser]
Connection = psycopg.Connection[Any]


def webp(width: int, height: int) -> Copy:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "WEBP")
    return Copy(out.getvalue(), width, height)


AVATAR, COVER = webp(160, 160), webp(90, 160)


def keep(connection: Connection, *kept: Picture) -> None:
    pictures.save(connection, kept, 30)


def address_of(connection: Connection, user_id: str = "1", video_id: str = "") -> str:
    query = "select picture_id from pictures where user_id = %s and video_id = %s"
    ((picture_id,),) = connection.execute(query, [user_id, video_id]).fetchall()
    return f"/pictures/{picture_id}"


def judge(connection: Connection, video_id: str, **values: Any) -> str:
    """A verdict of layer 3; the address of its page."""
    verdict = {
        "day": DAY, "keyword": "ramen", "user_id": "1", "handle": "handle.1", "layer": "face", "field": "cover",
        "measured": "1.5", "threshold": "2", "detector": "d", "score": "0.93", "rules_version": "3", "run_id": "one",
        "is_uncertain": False, "screened_at": NOON, **values,
    }  # fmt: skip
    insert(connection, "verdicts", video_id=video_id, **verdict)
    return f"/why-not/{DAY}/ramen/{video_id}"


# --- How it is served -----------------------------------------------------------------------------------------------------


def test_a_picture_is_served_as_webp_and_as_nothing_else(browser: Browsers, connection: Connection):
    """A fixed type, no sniffing, nothing run in it, kept by the browser alone and for an hour."""
    keep(connection, Picture("1", "", AVATAR))
    answer = browser("viewer").get(address_of(connection))
    assert (answer.status_code, answer.content) == (200, AVATAR.image)
    assert {name: answer.headers[name] for name in ("content-type", "x-content-type-options", "cache-control")} == {
        "content-type": "image/webp", "x-content-type-options": "nosniff", "cache-control": "private, max-age=3600",
    }  # fmt: skip
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["content-length"] == str(len(AVATAR.image))


def test_what_a_browser_has_is_not_sent_again(browser: Browsers, connection: Connection):
    """Its ETag, alone, among others or weak, gets 304 without a body; another one gets the picture."""
    keep(connection, Picture("1", "", AVATAR))
    address = address_of(connection)
    reader = browser("viewer")
    etag = reader.get(address).headers["etag"]
    assert re.fullmatch('"[0-9a-f]{64}"', etag)
    for known in (etag, f'"x", {etag}', f"W/{etag}"):
        answer = reader.get(address, headers={"if-none-match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert answer.headers["cache-control"] == "private, max-age=3600"
    assert reader.get(address, headers={"if-none-match": '"x"'}).status_code == 200


def test_a_head_has_no_body(browser: Browsers, connection: Connection):
    keep(connection, Picture("1", "", AVATAR))
    answer = browser("viewer").request("HEAD", address_of(connection))
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"", "image/webp")


def test_what_is_not_there_is_told_in_the_same_words(browser: Browsers, connection: Connection):
    """An unknown id, no id, one past its time, one that was refused: the same answer, which nobody keeps."""
    keep(connection, Picture("1", "", AVATAR), Picture("2", "", None, "unreadable"))
    over, refused = address_of(connection), address_of(connection, "2")
    connection.execute("update pictures set expires_at = now() where user_id = '1'")
    reader = browser("viewer")
    unknown = [f"/pictures/{uuid4()}", "/pictures/1", "/pictures/x%00y"]
    answers = [reader.get(each, headers={"accept": "application/json"}) for each in (*unknown, over, refused)]
    assert {(answer.status_code, answer.headers["cache-control"]) for answer in answers} == {(404, "private, no-store")}
    assert len({answer.text for answer in answers}) == 1
    assert "image" not in answers[0].headers["content-type"]
    assert reader.get("/pictures/https:%2F%2Fexample.com").status_code == 404


def test_only_those_who_may_see_the_dag_see_faces(browser: Browsers, connection: Connection):
    """Strangers are to sign in, whether there is such a picture or not; an account without a role may not look."""
    keep(connection, Picture("1", "", AVATAR))
    address = address_of(connection)
    for who, status in ((None, 401), ("nobody", 403)):
        assert {browser(who).get(each).status_code for each in (address, f"/pictures/{uuid4()}")} == {status}


# --- Where it is shown ------------------------------------------------------------------------------------------------------


def images(page: str) -> list[str]:
    return re.findall(r"<img [^>]*>", page)


def test_the_ranking_shows_faces(browser: Browsers, connection: Connection):
    """Beside a name a face needs no words, and loads when it is near; who has none has a letter in a place of the same size."""
    end_run(connection, "one")
    stand(connection, "1", percent_1=9, growth_1=90)
    stand(connection, "2", percent_1=8, growth_1=80, handle="_zoë")
    keep(connection, Picture("1", "", AVATAR))
    page = browser("viewer").page("/comets")
    (image,) = images(page)
    assert image == (
        f'<img class="face small" src="{address_of(connection)}" alt="" width="32" height="32" loading="lazy" '
        'decoding="async">'
    )
    assert '<span class="face small" aria-hidden="true" data-letter="Z"></span>' in page


def test_a_creator_has_a_face_and_covers(browser: Browsers, connection: Connection):
    """The face is told as whose it is, a cover as of which video; a video without a copy has its place."""
    stand(connection, "1")
    for number, posted in (("7", NOON), ("8", NOON - timedelta(days=1))):
        row = {"plays": 1, "seen_at": NOON, "first_seen_on": DAY, "last_seen_on": DAY, "posted_at": posted}
        insert(connection, "creator_videos", user_id="1", video_id=number, **row)
    keep(connection, Picture("1", "", AVATAR), Picture("1", "7", COVER))
    page = browser("viewer").page("/creators/1")
    face, cover = images(page)
    assert f'src="{address_of(connection)}" alt="Avatar of @handle.1" width="72" height="72"' in face
    assert (
        f'src="{address_of(connection, video_id="7")}" alt="Cover of the video of {DAY}" width="54" height="96"'
        in cover
    )
    assert page.count('<span class="cover small" aria-hidden="true"></span>') == 1


def test_a_verdict_shows_the_box_that_decided(browser: Browsers, connection: Connection):
    """On the list and on its page: where the face was measured, in percent of the cover, and in words."""
    keep(
        connection,
        Picture("1", "7", COVER, None, "d", Decimal("1.5"), Decimal("0.93"), Box(0.25, 0.125, 0.1, 0.15)),
    )  # fmt: skip
    address = judge(connection, "7")
    box = 'x="25.00" y="12.50" width="10.00" height="15.00"'
    said = "Cover of the video; the box is around the face that was measured, 1.50 % of the frame"
    for where, size in (("/why-not", 'width="54" height="96"'), (address, 'width="180" height="320"')):
        page = browser("viewer").page(where)
        (image,) = images(page)
        assert (page.count(box), f'alt="{said}"' in image, size in image) == (2, True, True)
    assert "The box is around the face that was measured." in page


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ({"detector": "d", "percent": "1.5", "score": "0.93"}, "No face was found on it."),
        ({"detector": "d", "percent": "4.5", "score": "0.93", "box": Box(0, 0, 1, 1)}, "this verdict did not rest on it"),
        ({"detector": "other", "percent": "1.5", "score": "0.93", "box": Box(0, 0, 1, 1)}, "this verdict did not rest on it"),
        ({}, "this verdict did not rest on it"),
    ],
)  # fmt: skip
def test_a_verdict_shows_no_box_of_another_look(
    browser: Browsers, connection: Connection, kept: dict[str, Any], words: str
):
    """What was measured by another detector, or came out otherwise later, is no evidence for it."""
    exact = {name: Decimal(kept[name]) for name in ("percent", "score") if name in kept}
    keep(connection, Picture("1", "7", COVER, **{**kept, **exact}))
    page = browser("viewer").page(judge(connection, "7"))
    assert words in page
    assert "<rect" not in page


def test_what_could_not_be_judged_did_not_rest_on_a_cover(browser: Browsers, connection: Connection):
    """A cover that was to be had later is no evidence for a verdict that says there was none."""
    keep(connection, Picture("1", "7", COVER))
    undetermined = {"layer": "undetermined", "measured": None, "detector": None, "score": None}
    page = browser("viewer").page(judge(connection, "7", **undetermined, matched_text="status 403"))
    assert "this verdict did not rest on it" in page


def test_a_verdict_without_a_copy_says_so(browser: Browsers, connection: Connection):
    """Of layer 3 alone: a text needs no picture."""
    assert "No copy of the cover is kept" in browser("viewer").page(judge(connection, "7"))
    text = judge(connection, "8", layer="platform", field="bio", matched_text="twitch", measured=None, detector=None)
    assert "cover" not in browser("viewer").page(text).partition("<h2>This verdict")[0].lower()
    page = browser("viewer").page("/why-not?layer=platform")
    assert "<th>Cover</th>" not in page


@pytest.mark.parametrize(
    ("name", "letter"), [("luna", "L"), ("_._9x", "9"), ("ß", "SS"), ("", "?"), (None, "?"), ("😀", "?"), ("<b>", "B")]
)
def test_the_letter_of_a_missing_face(name: str | None, letter: str):
    assert initial(name) == letter


@pytest.mark.parametrize(
    ("size", "place", "shown"), [((90, 160), (54, 96), (54, 96)), ((160, 90), (54, 96), (54, 30)), ((160, 2), (54, 96), (54, 1))]
)  # fmt: skip
def test_a_cover_keeps_its_proportions(size: tuple[int, int], place: tuple[int, int], shown: tuple[int, int]):
    """So that the box lies where it was measured."""
    assert fitting(*size, place) == shown


def test_no_cover_has_no_box():
    assert with_box(None, {}) is None


def test_uncertain_faces_have_their_covers(browser: Browsers, connection: Connection, monkeypatch: pytest.MonkeyPatch):
    """Beside the doubt stands the cover with the box that was measured; without any copy there is no column for them."""
    monkeypatch.setenv("COMETS_NOW", NOON.isoformat())
    monkeypatch.setenv("TIKHUB_BASE_URL", "http://127.0.0.1:9")  # a set clock is for sandboxes alone
    judge(connection, "7", measured="1.93", is_uncertain=True)
    page = browser("viewer").page("/filters?window=30")
    assert ("1.93" in page, "<th>Cover</th>" in page) == (True, False)
    keep(connection, Picture("1", "7", COVER, None, "d", Decimal("1.93"), Decimal("0.93"), Box(0.25, 0.125, 0.1, 0.15)))
    page = browser("viewer").page("/filters?window=30")
    assert "<th>Cover</th>" in page
    assert f'src="{address_of(connection, "1", "7")}"' in page
    assert 'x="25.00" y="12.50" width="10.00" height="15.00"' in page
    assert "the box is around the face that was measured, 1.93 % of the frame" in page
