"""Each kind of failure, by the real extractor and downloader, over HTTP."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from include.sandbox.research import catalogue, pages
from include.sandbox.research.catalogue import clip_of_kind, named
from include.sandbox.research.signing import Signing
from tests.include.video_research.downloads.site import fetched

pytest.importorskip("yt_dlp", reason="needs the extra media: make extra NAME=media")

SECRET = "k3eP-me-0ut-of-it"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("photo", ("photo_post", "it is a post of pictures")),
        ("private", ("private", "it is private (10222)")),
        ("removed", ("gone", "it was removed (10204)")),
        ("login", ("login_required", "the site asks for a login")),
        ("region", ("region", "it is not shown in this region (10204)")),
        ("too_long", ("filtered", "it lasts longer than RESEARCH_MAX_SECONDS allows")),
        ("too_big", ("too_big", "it is larger than RESEARCH_MAX_MB allows")),
    ],
)
def test_what_a_page_says(sandbox, tmp_path, kind, expected):
    """A page that shows no video, or one that is not wanted, has its own kind; its media are not asked for."""
    report = fetched(sandbox, clip_of_kind(kind), tmp_path)
    assert (report["kind"], report["error"]) == expected
    assert [entry["endpoint"] for entry in sandbox.site_log() if entry["endpoint"] == "site_media"] == []
    assert list(tmp_path.iterdir()) == []


def test_both_ways_of_a_blocked_address(sandbox, tmp_path):
    """A wall before the page and a status inside it are the same kind."""
    said = {fetched(sandbox, named(f"harbour-{number}"), tmp_path)["error"] for number in range(1, 7)}
    assert said == {"the page answered with status 403", "the site refuses this address (10204)"}
    assert fetched(sandbox, named("harbour-1"), tmp_path)["kind"] == "blocked"


def test_a_changed_site(sandbox, tmp_path):
    """A page without the data that the extractor reads, whether it makes one wait or not."""
    kinds = [fetched(sandbox, named(name), tmp_path)["kind"] for name in ("advert-1", "advert-2")]
    assert kinds == ["site_changed", "site_changed"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "transient"), (503, "transient"), (404, "gone"), (403, "blocked"), (451, "region"), (418, "site_changed")],
)
def test_what_a_status_of_the_page_means(sandbox, tmp_path, status, kind):
    """The status alone decides, and stands in the message."""
    sandbox.inject({"match": {"endpoint": "site_page"}, "action": {"kind": "status", "status": status}})
    report = fetched(sandbox, clip_of_kind("no_audio"), tmp_path)
    assert (report["kind"], report["error"]) == (kind, f"the page answered with status {status}")


def test_the_pause_that_a_site_asks_for(sandbox, tmp_path):
    """`Retry-After` comes with the failure, in seconds."""
    action = {"kind": "status", "status": 429, "headers": {"Retry-After": "17"}}
    sandbox.inject({"match": {"endpoint": "site_page"}, "action": action})
    assert fetched(sandbox, clip_of_kind("no_audio"), tmp_path)["retry_after"] == 17.0


def test_nobody_there(sandbox, tmp_path):
    """A port on which nobody listens is transient."""
    clip = clip_of_kind("no_audio")
    site = "http://127.0.0.1:9/tiktok"
    report = fetched(sandbox, clip, tmp_path, site_url=site, url=f"{site}/@{clip.handle}/video/{clip.video_id}")
    assert report["kind"] == "transient"
    assert report["error"].startswith("the connection for the page broke")


def test_a_stall_ends_by_our_own_patience(sandbox, tmp_path):
    """Media that stop in the middle are asked for again by range, then given up; what came is kept for another try."""
    report = fetched(sandbox, clip_of_kind("stalled"), tmp_path, patience=0.3)
    assert report["kind"] == "transient"
    assert report["error"].startswith("the media broke off again and again after")
    ranges = [entry["range"] for entry in sandbox.site_log() if entry["endpoint"] == "site_media"]
    assert ranges[0] is None
    assert all(given.startswith("bytes=") for given in ranges[1:])
    assert len(ranges) == 4
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]


def test_media_that_break_off_go_on_by_range(sandbox, tmp_path):
    """A connection that is reset in the middle costs the rest alone, and the file is whole."""
    sandbox.inject({"match": {"endpoint": "site_media"}, "action": {"kind": "reset", "where": "body"}})
    report = fetched(sandbox, clip_of_kind("no_audio"), tmp_path)
    assert [entry["status"] for entry in sandbox.site_log()] == [200, 200, 206]
    assert (tmp_path / "download-h264_720p_900000.mp4").stat().st_size == report["announced_bytes"]


def test_an_address_that_ended_is_asked_for_anew(sandbox, tmp_path):
    """Refused media are tried once more with the address of a new page."""
    sandbox.inject({"match": {"endpoint": "site_media"}, "action": {"kind": "status", "status": 403}})
    assert "path" in fetched(sandbox, clip_of_kind("no_audio"), tmp_path)
    assert [entry["endpoint"] for entry in sandbox.site_log()] == ["site_page", "site_media"] * 2


def test_media_that_stay_refused(sandbox, tmp_path):
    """Refused with the address of a new page as well: the site blocks us."""
    sandbox.inject({"match": {"endpoint": "site_media"}, "action": {"kind": "status", "status": 403}, "times": None})
    report = fetched(sandbox, clip_of_kind("no_audio"), tmp_path)
    assert (report["kind"], report["error"]) == ("blocked", "the media answered with status 403")


def test_without_impersonation(sandbox, tmp_path):
    """Switched off, the page is asked for without a browser's fingerprint, and comes."""
    assert "path" in fetched(sandbox, clip_of_kind("no_audio"), tmp_path, impersonates=False)


@pytest.mark.parametrize("address", ["http://169.254.169.254/latest", "file:///etc/passwd", "http://127.0.0.1:1/x"])
def test_addresses_that_a_page_may_not_name(serve_page, tmp_path, address):
    """Media anywhere but on the site are not asked for, and the message does not repeat where that was."""
    sandbox, clip = serve_page(media_url=f"{address}?signature={SECRET}")
    report = fetched(sandbox, clip, tmp_path)
    assert report["kind"] == "site_changed"
    assert SECRET not in json.dumps(report)
    assert address not in json.dumps(report)


@pytest.mark.parametrize(("largest", "chosen"), [(200_000_000, "h264_720p_900000"), (500_000, "h264_540p_400000")])
def test_which_of_several_files_is_taken(sandbox, tmp_path, largest, chosen):
    """The best h264 up to 720p that is not too large; never one that many programs cannot read."""
    clip = clip_of_kind("no_audio")
    address = sandbox.url + Signing(7).make(f"{clip.video_id}.mp4", time.time(), for_page=False)
    detail = pages.shown(clip, address, None, None)
    video = detail["itemInfo"]["itemStruct"]["video"]
    offered = [("bytevc1_1080p_3000000", 300_000), ("h264_1080p_2000000", 900_000), ("h264_720p_900000", 600_000)]
    offered += [("h264_540p_400000", 400_000), ("bytevc2_720p_100000", 100_000)]
    video["bitrateInfo"] = [
        # Each with an address of its own, as there: the same one twice is taken for the same file.
        {"PlayAddr": {"UrlKey": f"v09044_{name}", "DataSize": str(size), "UrlList": [f"{address}&f={name}"]}}
        for name, size in offered
    ]
    del video["playAddr"]
    body = pages.page(clip, detail).decode()
    action = {"kind": "status", "status": 200, "body": body}
    sandbox.inject({"match": {"endpoint": "site_page"}, "action": action})
    report = fetched(sandbox, clip, tmp_path, largest_bytes=largest)
    assert report["path"].endswith(f"/download-{chosen}.mp4")


def test_translated_captions_are_left_out(sandbox, tmp_path):
    """A page lists a translation before what was said: only the latter comes; of a translation alone nothing does."""
    clip = named("lines-period")
    signing = Signing(7)
    for number, sources in enumerate((("MT", "ASR"), ("MT",))):
        now = time.time()
        address = sandbox.url + signing.make(f"{clip.video_id}.mp4", now, for_page=False)
        captions = sandbox.url + signing.make(f"{clip.video_id}.vtt", now, for_page=False)
        detail = pages.shown(clip, address, None, captions)
        detail["itemInfo"]["itemStruct"]["video"]["subtitleInfos"] = [
            {"LanguageCodeName": language, "Format": "webvtt", "Url": f"{captions}&l={language}", "Source": source}
            for language, source in zip(("eng-US", "vie-VN"), sources, strict=False)
        ]
        body = pages.page(clip, detail).decode()
        sandbox.inject({"match": {"endpoint": "site_page"}, "action": {"kind": "status", "status": 200, "body": body}})
        report = fetched(sandbox, clip, tmp_path / str(number))
        assert list(report["captions"]) == ["vie-VN"][: len(sources) - 1]


def test_a_page_about_another_video(serve_page, tmp_path):
    """A page that describes another video than the one asked for gives none."""
    sandbox, clip = serve_page(video_id="7000000000000000001")
    assert fetched(sandbox, clip, tmp_path)["error"] == ("the page describes another video than the one asked for")


@pytest.mark.parametrize(
    "body",
    [
        f'<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__">{{"{SECRET}"</script>',
        f'<p id="cs" class="{SECRET}">Please wait...</p>',
        f"sid_tt={SECRET}; https://v16.example/media?signature={SECRET}",
        "\ud83d\x00\uffff" + SECRET,
        "",
    ],
)
def test_hostile_pages_leave_no_trace_in_messages(sandbox, tmp_path, body):
    """Whatever a page says, its words, addresses and cookies stay out of the report."""
    action = {"kind": "status", "status": 200, "body": body.encode("utf-8", "replace").decode()}
    sandbox.inject({"match": {"endpoint": "site_page"}, "action": action, "times": None})
    report = fetched(sandbox, clip_of_kind("no_audio"), tmp_path)
    assert report["kind"] in {"site_changed", "transient"}
    assert SECRET not in json.dumps(report)


@pytest.fixture
def serve_page(sandbox):
    """`serve_page(media_url=…, video_id=…)`: the sandbox, and a clip whose page says so."""

    def serve(media_url: str = "http://127.0.0.1:9/x", video_id: str | None = None):
        clip = clip_of_kind("no_audio")
        detail = pages.shown(replace(clip, video_id=video_id or clip.video_id), media_url, 1_000, None)
        body = pages.page(clip, detail).decode()
        sandbox.inject(
            {
                "match": {"endpoint": "site_page"},
                "action": {"kind": "status", "status": 200, "body": body},
                "times": None,
            }
        )
        return sandbox, clip

    return serve


def test_every_kind_of_the_catalogue_is_played():
    """No odd clip is left out here: a new kind in the catalogue wants a test."""
    here = {
        "photo",
        "private",
        "removed",
        "login",
        "region",
        "too_long",
        "too_big",
        "blocked",
        "site_changed",
        "stalled",
        "no_audio",
    }
    elsewhere = {"normal", "cut_short", "html"}  # test_download
    assert {clip.kind for clip in catalogue.own_clips()} == here | elsewhere
