"""The sandbox's pages and media of TikTok, as any client meets them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import requests

from include.sandbox.research import pages
from include.sandbox.research.catalogue import clip_of_kind, named, own_clips
from include.sandbox.research.signing import LIFETIME_SECONDS, Signing
from include.sandbox.research.site import short_code
from include.settings import ROOT

DATA = re.compile(r'<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__"[^>]*>(.*?)</script>', re.DOTALL)
CLIP = clip_of_kind("no_audio")


@pytest.fixture
def visitor():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def ask(sandbox, visitor):
    """`ask("/tiktok/…", …)`: what the site answers."""

    def get(path: str, method: str = "GET", **headers: str) -> requests.Response:
        url = path if path.startswith("http") else f"{sandbox.url}{path}"
        return visitor.request(method, url, headers=headers, timeout=60, allow_redirects=False)

    return get


def detail_of(answer: requests.Response) -> dict:
    return json.loads(DATA.search(answer.text)[1])["__DEFAULT_SCOPE__"]["webapp.video-detail"]


@pytest.fixture
def media(ask):
    """The address of a clip's media as its page gives it, for the visitor that has seen the page."""
    pytest.importorskip("moonshine_voice", reason="needs the extra media: make extra NAME=media")
    item = detail_of(ask(f"/tiktok{CLIP.path}"))["itemInfo"]["itemStruct"]
    return item["video"]["playAddr"], int(item["video"]["bitrateInfo"][0]["PlayAddr"]["DataSize"])


def test_a_page_tells_what_the_catalogue_says(ask, media):
    """Author, caption, counts and times, in TikTok's words."""
    item = detail_of(ask(f"/tiktok{CLIP.path}"))["itemInfo"]["itemStruct"]
    assert item["author"]["uniqueId"] == CLIP.handle
    assert (item["id"], item["desc"]) == (CLIP.video_id, CLIP.caption)
    assert item["stats"] == {
        "playCount": CLIP.plays,
        "diggCount": CLIP.likes,
        "commentCount": CLIP.comments,
        "shareCount": CLIP.shares,
        "collectCount": str(CLIP.saves),
    }


def test_media_by_ranges(ask, media):
    """The whole, a part, the rest, what is beyond, and a part of a file that has changed."""
    url, size = media
    whole = ask(url)
    assert (whole.status_code, len(whole.content)) == (200, size)
    part = ask(url, Range="bytes=10-19")
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes 10-19/{size}")
    assert part.content == whole.content[10:20]
    assert ask(url, Range=f"bytes={size - 5}-").content == whole.content[-5:]
    assert ask(url, Range=f"bytes={size}-").status_code == 416
    assert ask(url, **{"Range": "bytes=10-19", "If-Range": '"another"'}).content == whole.content


def test_head_tells_the_length_and_sends_nothing(ask, media):
    """The connection goes on with the next request as if nothing had been left out."""
    url, size = media
    head = ask(url, method="HEAD")
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(size), b"")
    assert ask(url).status_code == 200


def test_an_address_that_ended(sandbox, ask, media):
    """After its time it is refused, and a new page has a new one."""
    url, _ = media
    sandbox.advance(timedelta(seconds=LIFETIME_SECONDS + 1))
    assert ask(url).status_code == 403
    assert ask(detail_of(ask(f"/tiktok{CLIP.path}"))["itemInfo"]["itemStruct"]["video"]["playAddr"]).status_code == 200


def test_addresses_that_are_not_ours(sandbox, ask, media):
    """Another video, another end, without the page's cookie, without a signature: refused."""
    url, _ = media
    other = url.replace(CLIP.video_id, named("lines-best").video_id)
    later = re.sub(r"expire=\d+", "expire=4000000000", url)
    unbound = url.partition("&tk=")[0]
    assert [ask(address).status_code for address in (other, later, unbound, url.partition("?")[0])] == [403] * 4
    assert requests.get(url, timeout=30).status_code == 403


def test_an_address_of_the_search_needs_no_cookie(sandbox, media):
    """It is bound to nobody."""
    address = Signing(7).make(f"{CLIP.video_id}.mp4", datetime.now(UTC).timestamp(), for_page=False)
    assert requests.get(sandbox.url + address, timeout=30).status_code == 200


def test_short_links(ask):
    """They lead to the page, also when only asked with HEAD; an unknown one is not found."""
    answer = ask(f"/tiktok/t/{short_code(CLIP.video_id)}/", method="HEAD")
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith(f"/tiktok{CLIP.path}?_r=1")
    assert ask("/tiktok/t/Z1/").status_code == 404


def test_a_page_that_asks_for_a_login(ask):
    """It sends to /login, which is there."""
    answer = ask(f"/tiktok{clip_of_kind('login').path}")
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/login")
    assert ask("/login").status_code == 200


@pytest.mark.parametrize(
    "path", ["/tiktok/", "/tiktok/@x/video/12", "/tiktok/@x/video/99999999999999999999999", "/tiktok/%00"]
)
def test_what_is_not_there(ask, path):
    """404, whatever was asked for."""
    assert ask(path).status_code == 404


def test_a_caption_cannot_end_the_script():
    """What a caption holds stays inside the data."""
    from dataclasses import replace

    clip = replace(CLIP, caption="</script><b>\u2028\ud83d #x", nickname='"><script>')
    detail = pages.shown(clip, "http://x/y", 1, None)
    text = pages.page(clip, detail).decode("utf-8", "surrogatepass")
    found = json.loads(DATA.search(text)[1])["__DEFAULT_SCOPE__"]["webapp.video-detail"]
    assert found["itemInfo"]["itemStruct"]["desc"] == clip.caption
    assert text.count("<script") == 1


def test_every_written_clip_has_a_page(ask, media):
    """No kind of the catalogue is unknown to the site; those without media are not made for it."""
    quick = [clip for clip in own_clips() if clip.kind not in {"normal", "no_audio", "cut_short", "stalled"}]
    answered = {clip.kind: ask(f"/tiktok{clip.path}").status_code for clip in quick}
    assert {kind: status for kind, status in answered.items() if status != 200 and kind != "blocked"} == {"login": 302}


def test_without_what_makes_clips(tmp_path):
    """The site says in one line what is missing, and everything that needs no clip goes on working."""
    hidden = ("moonshine_voice", "espeakng_loader", "imageio_ffmpeg")
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({hidden}))\n")
    # For the process that makes clips as well; and no ffmpeg of the system either.
    environment = {**os.environ, "PATH": str(tmp_path), "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "include.sandbox", "--port", "0", "--state-folder", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().split()[3]
        answer = requests.get(f"{url}/tiktok{CLIP.path}", timeout=60)
        assert answer.status_code == 503
        assert answer.text.startswith("sandbox: making clips needs ")
        assert requests.get(f"{url}/tiktok{clip_of_kind('private').path}", timeout=30).status_code == 200
    finally:
        process.terminate()
        process.wait(20)
