"""One video from its address to a proved file, as the pipeline calls it: with yt-dlp in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from include.sandbox.research.catalogue import clip_of_kind, named
from include.sandbox.research.signing import LIFETIME_SECONDS, Signing
from include.settings import ROOT
from include.video_research import settings
from include.video_research.downloads.download import download, kept, sha256
from include.video_research.downloads.failures import BOUND, DownloadFailed
from include.video_research.records import Bounds
from tests.fixtures.raw_server import answer
from tests.include.video_research.downloads.site import configured_for, hit_of, order_for

pytest.importorskip("yt_dlp", reason="needs the extra media: make extra NAME=media")

SECRET = "hunter2-and-more"


@pytest.fixture
def configured(sandbox, tmp_path):
    return configured_for(sandbox, tmp_path)


def failure_of(hit, folder, configured, **options):
    with pytest.raises(DownloadFailed) as caught:
        download(hit, folder, configured, breaker=None, **options)
    return caught.value.failure


def test_a_video_comes_with_all_that_is_known(sandbox, configured, tmp_path):
    """File, metadata and the platform's captions; and a second call asks nobody."""
    clip = named("lines-period")
    found = download(hit_of(clip), tmp_path / "v", configured, breaker=None)
    assert sorted(path.name for path in (tmp_path / "v").iterdir()) == [
        "captions.eng-US.vtt",
        "download.json",
        "metadata.json",
        "video.mp4",
    ]
    assert (found.size_bytes, found.sha256) == (found.path.stat().st_size, sha256(found.path))
    assert found.duration_s == pytest.approx(clip.duration_s, abs=0.2)
    assert found.has_audio
    assert found.captions["eng-US"].read_text(encoding="utf-8").startswith("WEBVTT")
    known = dict(found.metadata)
    fetched_at = datetime.fromisoformat(known.pop("fetched_at"))
    assert abs(datetime.now(UTC) - fetched_at) < timedelta(minutes=5)
    assert known == {
        "video_id": clip.video_id,
        "video_url": clip.url,
        "creator": clip.handle,
        "creator_nickname": clip.nickname,
        "creator_id": clip.author_uid,
        "creator_sec_uid": clip.sec_uid,
        "caption": clip.caption,
        "hashtags": list(clip.hashtags),
        "mentions": [],
        "posted_at": clip.posted_at.isoformat(),
        "duration": pytest.approx(clip.duration_s, abs=0.2),
        "counts": {
            "plays": clip.plays,
            "hearts": clip.likes,
            "comments": clip.comments,
            "shares": clip.shares,
            "saves": clip.saves,
        },
        "track": "original sound",
        "source": "page",
    }
    assert json.loads((tmp_path / "v" / "metadata.json").read_text(encoding="utf-8")) == dict(found.metadata)
    sandbox.clear_log()
    assert download(hit_of(clip), tmp_path / "v", configured, breaker=None) == found
    assert sandbox.site_log() == []


def test_what_was_changed_afterwards_is_not_taken_for_a_download(configured, tmp_path):
    """One byte of the video is another: it is not kept."""
    clip = clip_of_kind("no_audio")
    found = download(hit_of(clip), tmp_path, configured, breaker=None)
    assert not found.has_audio
    content = bytearray(found.path.read_bytes())
    content[len(content) // 2] ^= 1
    found.path.write_bytes(content)
    assert kept(clip.video_id, tmp_path) is None


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("cut_short", "bytes came of"),
        ("html", "there is no video stream in it"),
    ],
)
def test_what_is_no_whole_video(configured, tmp_path, kind, error):
    """Bytes that are missing and HTML that is called mp4 are damaged, and nothing of them stays."""
    failure = failure_of(hit_of(clip_of_kind(kind)), tmp_path, configured)
    assert failure.kind == "damaged"
    assert error in failure.error
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def play_address(sandbox):
    """`play_address(clip, ends_in)`: signed as the search of the sandbox signs it."""

    def make(clip, ends_in: timedelta = timedelta(hours=1)) -> str:
        made_at = (datetime.now(UTC) + ends_in).timestamp() - LIFETIME_SECONDS
        return sandbox.url + Signing(7).make(f"{clip.video_id}.mp4", made_at, for_page=False)

    return make


def test_a_signed_address_is_used_first(sandbox, configured, tmp_path, play_address):
    """With one that lasts no page is asked, and what is known of the video is what the search said."""
    clip = clip_of_kind("no_audio")
    hit = hit_of(
        clip, play_url=play_address(clip), title="Steam #ramen", plays=5, author_uid="77", posted_at=clip.posted_at
    )
    found = download(hit, tmp_path, configured, breaker=None)
    assert [(entry["endpoint"], entry["agent"]) for entry in sandbox.site_log()] == [("site_media", "cometwatch")]
    known = {
        name: found.metadata[name] for name in ("source", "caption", "hashtags", "counts", "creator_id", "posted_at")
    }
    assert known == {
        "source": "search",
        "caption": "Steam #ramen",
        "hashtags": ["ramen"],
        "counts": {"plays": 5},
        "creator_id": "77",
        "posted_at": clip.posted_at.isoformat(),
    }


def test_a_signed_address_that_ended(sandbox, configured, tmp_path, play_address):
    """It is refused, and the page gives the video; one that is known to have ended is not even tried."""
    clip = clip_of_kind("no_audio")
    gone = play_address(clip, timedelta(seconds=-5))
    download(hit_of(clip, play_url=gone), tmp_path / "a", configured, breaker=None)
    known = datetime.now(UTC) - timedelta(seconds=5)
    download(hit_of(clip, play_url=gone, play_until=known), tmp_path / "b", configured, breaker=None)
    assert [(entry["endpoint"], entry["status"]) for entry in sandbox.site_log()] == [
        ("site_media", 403),
        ("site_page", 200),
        ("site_media", 200),
        ("site_page", 200),
        ("site_media", 200),
    ]


def test_a_signed_address_of_a_stranger_is_not_asked(sandbox, configured, tmp_path, serve):
    """While the site is a sandbox, nobody outside it is asked; the page gives the video."""
    stranger = serve()
    clip = clip_of_kind("no_audio")
    download(hit_of(clip, play_url=f"{stranger.url}/x.mp4"), tmp_path, configured, breaker=None)
    assert stranger.requests == []


def test_the_time_of_one_video_ends_it(sandbox, tmp_path):
    """The process aside is killed with all that it started, and the reason names the setting."""
    configured = replace(configured_for(sandbox, tmp_path), video_timeout_s=4)
    started = time.monotonic()
    failure = failure_of(hit_of(clip_of_kind("stalled")), tmp_path / "v", configured, patience_s=300)
    assert (failure.kind, failure.error) == ("timed_out", "it was not there within 4 s")
    assert 3 < time.monotonic() - started < 30
    assert children_of(os.getpid(), "downloads.child") == []


def test_the_process_aside_ends_with_its_parent(sandbox, tmp_path):
    """A killed task leaves no download behind."""
    order = order_for(sandbox, clip_of_kind("stalled"), tmp_path, patience=300.0)
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-m', 'include.video_research.downloads.child', str(os.getpid())],"
            " stdin=subprocess.PIPE, start_new_session=True)\n"
            "child.stdin.write(sys.stdin.buffer.read()); child.stdin.close()\n"
            "print(child.pid, flush=True); time.sleep(300)",
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    parent.stdin.write(json.dumps(asdict(order)).encode())
    parent.stdin.close()
    child = int(parent.stdout.readline())
    wait_until(lambda: [entry for entry in sandbox.site_log() if entry["endpoint"] == "site_media"])
    parent.kill()
    parent.wait()
    wait_until(lambda: not is_running(child))


def children_of(parent: int, word: str) -> list[int]:
    """Running processes that this one started, with the word in their command line."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, above = stat.read_text().rpartition(")")[2].split()[:2]
            if int(above) == parent and state != "Z" and word in (stat.parent / "cmdline").read_text():
                found.append(int(stat.parent.name))
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(true, seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("bounds", "error"),
    [
        (Bounds(least=9_201), "9,200 plays, fewer than 9,201"),
        (Bounds(since=date(2026, 4, 21)), "posted on 2026-04-20, before 2026-04-21"),
    ],
)
def test_what_the_page_says_counts_before_its_media(sandbox, configured, tmp_path, bounds, error):
    """A hit that told neither plays nor date passes the search; its page tells, and no media are asked for."""
    failure = failure_of(hit_of(named("ramen-quiet")), tmp_path / "v", configured, bounds=bounds)
    assert (failure.kind, failure.error, failure.what_to_do) == ("filtered", error, BOUND)
    assert [entry["endpoint"] for entry in sandbox.site_log()] == ["site_page"]
    assert list((tmp_path / "v").iterdir()) == []


def test_what_is_wanted_comes_and_what_lies_there_is_judged_too(sandbox, configured, tmp_path):
    """On the bounds a video comes; out of those of another run it is left out without a request, and its file stays."""
    clip = named("ramen-quiet")
    on_them = Bounds(since=date(2026, 4, 20), least=9_200)
    found = download(hit_of(clip), tmp_path, configured, breaker=None, bounds=on_them)
    sandbox.clear_log()
    assert failure_of(hit_of(clip), tmp_path, configured, bounds=Bounds(least=10_000)).kind == "filtered"
    failure = failure_of(hit_of(clip, plays=5), tmp_path / "v", configured, bounds=Bounds(least=6))
    assert failure.error == "5 plays, fewer than 6"
    assert found.path.is_file()
    assert sandbox.site_log() == []


def test_a_full_disk_stops_before_anything_is_asked(sandbox, tmp_path):
    """With less room than the floor the message says how much there is, and no request is made."""
    configured = configured_for(sandbox, tmp_path, RESEARCH_DISK_FLOOR_GB=10_000)
    failure = failure_of(hit_of(clip_of_kind("no_audio")), tmp_path / "v", configured)
    assert failure.kind == "disk"
    assert failure.error.endswith("and RESEARCH_DISK_FLOOR_GB is 10000")
    assert sandbox.site_log() == []


def test_a_handle_that_is_none(sandbox, configured, tmp_path):
    """What a search calls a handle gets into no address unless it is one; the video is found by its id."""
    clip = clip_of_kind("private")
    failure = failure_of(replace(hit_of(clip), handle="../x?y#z"), tmp_path / "v", configured)
    assert failure.kind == "private"
    assert [entry["path"] for entry in sandbox.site_log()] == [f"/tiktok/@_/video/{clip.video_id}"]


def test_a_longer_video_than_its_page_says(sandbox, tmp_path):
    """What counts is the file: a signed address tells no length, and the video is left out once it is known."""
    clip = clip_of_kind("no_audio")
    configured = configured_for(sandbox, tmp_path, RESEARCH_MAX_SECONDS=3)
    assert failure_of(hit_of(clip), tmp_path / "v", configured).kind == "filtered"


def test_cookies_are_read_and_never_written(sandbox, tmp_path):
    """The operator's file stays byte for byte, though the site sets a cookie."""
    cookies = tmp_path / "cookies.txt"
    text = f"# Netscape HTTP Cookie File\n.tiktok.com\tTRUE\t/\tTRUE\t2147483647\tsid_tt\t{SECRET}\n"
    cookies.write_text(text, encoding="utf-8")
    configured = configured_for(sandbox, tmp_path, RESEARCH_COOKIES=cookies)
    download(hit_of(clip_of_kind("no_audio")), tmp_path / "v", configured, breaker=None)
    assert cookies.read_text(encoding="utf-8") == text
    assert all(SECRET.encode() not in path.read_bytes() for path in (tmp_path / "v").iterdir())


def test_cookies_in_another_format(sandbox, tmp_path):
    """They are named as the reason, without a word of what stands in the file."""
    cookies = tmp_path / "cookies.txt"
    cookies.write_text(f'[{{"name": "sid_tt", "value": "{SECRET}"}}]', encoding="utf-8")
    configured = configured_for(sandbox, tmp_path, RESEARCH_COOKIES=cookies)
    failure = failure_of(hit_of(clip_of_kind("no_audio")), tmp_path / "v", configured)
    assert (failure.kind, failure.error) == (
        "engine",
        "RESEARCH_COOKIES is no file of cookies in Netscape's format",
    )


def test_nothing_goes_by_the_environment(sandbox, configured, tmp_path, monkeypatch, serve):
    """A proxy of the environment gets no request, and the process aside sees no secret of ours."""
    proxy = serve()
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    download(hit_of(clip_of_kind("no_audio")), tmp_path, configured, breaker=None)
    assert proxy.requests == []


def test_a_proxy_that_refuses(tmp_path, serve):
    """Its failure is told without its address, user and password."""
    proxy = serve(answer(407, b"", "Proxy-Authenticate: Basic realm=x", length=0))
    address = f"http://operator:{SECRET}@{urlsplit(proxy.url).netloc}"
    configured = settings.load({"RESEARCH_PROXY": address, "RESEARCH_WORK": str(tmp_path)}, None)
    failure = failure_of(hit_of(clip_of_kind("no_audio")), tmp_path / "v", configured, patience_s=5)
    assert proxy.requests[0].startswith(b"CONNECT www.tiktok.com:443")
    assert failure.kind == "transient"
    for told in (failure.error, failure.what_to_do, repr(failure), repr(configured)):
        assert SECRET not in told
        assert "operator" not in told


def test_the_process_aside_connects_to_public_hosts_alone(sandbox, tmp_path):
    """A name that leads into this machine or its network is not resolved there, nor an address of that kind."""
    order = order_for(sandbox, clip_of_kind("no_audio"), tmp_path, is_site_real=True, site_url="https://www.tiktok.com")
    asked = "import json, socket, sys\nfrom include.video_research.downloads.extractor import Order, stay_public\n"
    asked += "stay_public(Order(**json.loads(sys.stdin.read())))\n"
    asked += (
        "for host in ('127.0.0.1', 'localhost', '10.0.0.7', '169.254.169.254', b'127.0.0.1', '::1', '2852039166'):\n"
    )
    asked += "    try:\n        print(socket.getaddrinfo(host, 443))\n    except socket.gaierror:\n        pass\n"
    ended = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        input=json.dumps(asdict(order)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == ""


def test_downloads_at_the_same_time(sandbox, configured, tmp_path):
    """Three at once, each in its folder, give the same bytes as each other."""
    clip = clip_of_kind("no_audio")
    found = {}

    def fetch(number: int) -> None:
        found[number] = download(hit_of(clip), tmp_path / str(number), configured, breaker=None).sha256

    threads = [threading.Thread(target=fetch, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found.values())) == 1
    assert len(found) == 3
