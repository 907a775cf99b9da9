"""What an address is told to be, by its parts; and where a short link leads, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from include.video_research.addresses import Address, Resolver, Unresolved, canonical, parse, posted_at

ID = "7319467787859053825"
VIDEOS = {
    f"https://www.tiktok.com/@a.b_c-d/video/{ID}?is_from_webapp=1&sender_device=pc": "a.b_c-d",
    f"https://tiktok.com/@a/video/{ID}/": "a",
    f"tiktok.com/@Some.One/video/{ID}": "some.one",
    f"HTTPS://WWW.TIKTOK.COM/@a/video/{ID}#x": "a",
    f"https://m.tiktok.com/v/{ID}.html?u_code=x": None,
    f"https://www.tiktok.com/embed/v2/{ID}": None,
    f"https://www.tiktok.com/embed/{ID}": None,
    f"https://www.tiktok.com/player/v1/{ID}": None,
    f"https://www.tiktok.com/@/video/{ID}": None,
    f"https://www.tiktok.com/@_/video/{ID}": None,
    f"https://www.tiktokv.com/share/video/{ID}/": None,
    f"https://www.tiktok.com/en/@a/video/{ID}": "a",
    f"https://www.tiktok.com/pt-BR/@a/video/{ID}": "a",
    f"https://t.tiktok.com/i18n/share/video/{ID}/?_d=x": None,
    f"https://www.tiktok.com/foryou?is_from_webapp=v1&item_id={ID}#/@a/video/{ID}": None,
    f"https://www.tiktok.com/en/?item_id={ID}": None,
    f"https://www.tiktok.com/@ラーメン/video/{ID}": None,
    f"https://www.tiktok.com/@%E3%83%A9%E3%83%BC/video/{ID}?lang=ja-JP": None,
    f"https://www.google.com/url?q=https://www.tiktok.com/%40a/video/{ID}&sa=U": "a",
    f"https://google.co.jp/url?url=https%3A%2F%2Fwww.tiktok.com%2F%40a%2Fvideo%2F{ID}": "a",
}
NO_VIDEOS = [
    "",
    "tokyo ramen",
    "https://www.tiktok.com/discover/tokyo-ramen",
    "https://www.tiktok.com/@a",
    "https://www.tiktok.com/tag/ramen",
    f"https://www.tiktok.com.evil.example/@a/video/{ID}",
    f"https://evil.example/https://www.tiktok.com/@a/video/{ID}",
    f"https://www.tiktok.com@evil.example/@a/video/{ID}",
    f"https://evil.example\\@www.tiktok.com/@a/video/{ID}",
    f"https://www.tiktok.com/@a/video/{ID}/comments",
    f"https://www.tiktok.com/@a/video/{ID}x",
    "https://www.tiktok.com/@a/video/12",
    "https://www.tiktok.com/@a/video/٧٣١٩٤٦٧٧٨٧٨٥٩٠٥٣٨٢٥",
    f"https://www.tiktok.com/@a/../video/{ID}",
    f"https://www.tiktok.com/@a%2F..%2Fvideo/video/{ID}",
    f"https://www.tiktok.com/foryou?item_id={ID}x",
    f"https://www.tiktok.com/discover/x?item_id={ID}",
    f"file:///@a/video/{ID}",
    "javascript:alert(1)",
    "https://[::1",
    "https://www.youtube.com/watch?v=x",
    "https://www.google.com/url?q=" * 9,
    "https://vm.tiktok.com/",
    "https://www.tiktok.com/t/",
]


@pytest.mark.parametrize(("url", "handle"), VIDEOS.items())
def test_every_spelling_of_a_video_is_one(url, handle):
    """Whatever way an address of a video is written, its id, its author and its one form are the same."""
    assert parse(url) == Address("video", ID, handle, canonical(ID, handle))


@pytest.mark.parametrize("url", NO_VIDEOS)
def test_what_is_no_post_is_other(url):
    """Other pages, other sites and disguises of TikTok's host are no video, and stay as they were given."""
    assert parse(url) == Address("other", None, None, url)


def test_photo_posts_and_short_links_are_known():
    """A slideshow says so, and a short link keeps its code in one form."""
    assert parse(f"https://www.tiktok.com/@a/photo/{ID}").kind == "photo"
    assert parse("https://vm.tiktok.com/ZMabc12") == Address("short", None, None, "https://vm.tiktok.com/ZMabc12/")
    assert parse("https://lite.tiktok.com/t/ZS2NCLfRA/").url == "https://lite.tiktok.com/t/ZS2NCLfRA/"
    assert parse("http://www.tiktok.com/t/ZTRC5xgJp/?k=1").url == "https://www.tiktok.com/t/ZTRC5xgJp/"


def test_the_id_says_when():
    """The upper 32 bits of an id are a second; ids of another kind say no time."""
    assert posted_at(str(1_700_000_000 << 32)) == datetime.fromtimestamp(1_700_000_000, UTC)
    assert posted_at("123456789012345") is None
    assert posted_at("99999999999999999999") is None


class Links(BaseHTTPRequestHandler):
    """Answers a HEAD for each code with where it leads."""

    leads: ClassVar = {
        "/t/ZTvideo1/": f"https://www.tiktok.com/@a/video/{ID}?_r=1",
        "/t/ZTphoto1/": f"/tiktok/@a/photo/{ID}",
        "/t/ZMtwice1/": "https://www.tiktok.com/t/ZTvideo1/",
        "/t/ZMaway12/": "https://evil.example/@a/video/1",
        "/t/ZMinner1/": "http://169.254.169.254/latest",
        "/t/ZMfront1/": "https://www.tiktok.com/",
        "/t/ZMround1/": "https://vm.tiktok.com/ZMround2/",
        "/t/ZMround2/": "https://vm.tiktok.com/ZMround1/",
    }

    def do_HEAD(self) -> None:
        path = self.path.removeprefix("/tiktok")
        target = self.leads.get(path)
        self.send_response(200 if path == "/" else 302 if target else 404)
        if target:
            self.send_header("Location", target)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Links)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/tiktok"
    server.shutdown()
    server.server_close()


def test_a_short_link_is_followed_to_its_post(site):
    """One step or two, to a video or a slideshow, an absolute address or a path."""
    resolver = Resolver(site)
    assert resolver.resolve(parse("https://vm.tiktok.com/ZMtwice1")).url == canonical(ID, "a")
    assert resolver.resolve(parse("https://www.tiktok.com/t/ZTphoto1/")).kind == "photo"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("ZMaway12", "leads away from TikTok"),
        ("ZMinner1", "leads away from TikTok"),
        ("ZMfront1", r"leads to no video \(200\)"),
        ("ZMgone12", r"leads to no video \(404\)"),
        ("ZMround1", "leads in a circle"),
    ],
)
def test_a_link_to_nothing_says_so(site, code, reason):
    """Whatever a short link leads to besides a post ends with the reason, and asks no other host."""
    with pytest.raises(Unresolved, match=reason):
        Resolver(site).resolve(parse(f"https://vm.tiktok.com/{code}/"))


def test_a_site_that_does_not_answer_is_passing():
    """Without an answer the link may still lead somewhere at another time."""
    with pytest.raises(Unresolved) as caught:
        Resolver("http://127.0.0.1:9").resolve(parse("https://vm.tiktok.com/ZMabc12"))
    assert caught.value.is_passing
