"""The pages "Library" and "Video": hits with their seconds, media by ranges, and texts that are hostile."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from plugins.dashboard.research import media
from plugins.dashboard.research import video as page_of_video
from tests.fixtures.dashboard import Browser
from tests.plugins.dashboard.research.rows import Connection, found, question, video
from tests.plugins.dashboard.test_comets import HOSTILE, words

Browsers = Callable[[str | None], Browser]
FRAMES = {"frames/001_t0.0s.jpg": "a" * 64, "frames/002_t4.5s.jpg": "b" * 64, "frames/003_t9.0s.jpg": "c" * 64}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of media in a folder; the video of its tests has four files."""
    monkeypatch.setenv("MEDIA_URI", f"file://{tmp_path}")
    folder = tmp_path / "videos" / "71"
    (folder / "frames").mkdir(parents=True)
    (folder / "video.mp4").write_bytes(bytes(range(256)) * 10)
    (folder / "metadata.json").write_text("{}")
    for name in FRAMES:
        (folder / name).write_bytes(b"\xff\xd8" + name.encode())
    return folder


@pytest.fixture
def one_video(connection: Connection) -> None:
    question(connection, "q1", "tokyo ramen spots")
    found(connection, "q1", "71", state="uploaded", size_bytes=2_560)
    video(
        connection,
        "71",
        ("caption", None, "Three bowls near Shinjuku"),
        ("speech", 0.4, "Welcome to Tokyo, today we visit ramen shops."),
        ("speech", 4.4, "The first shop opens at eleven."),
        ("screen", 6.0, "Bowl 900 yen"),
        sha256={"video.mp4": "d" * 64, "metadata.json": "e" * 64, "transcript.txt": "f" * 64, **FRAMES},
        engines={"speech": "faster-whisper base", "ocr": "rapidocr 3.10"},
        counts={"plays": 182_400},
        language="en",
        duration_s=12.0,
        gcs_prefix="file:///srv/media/videos/71",
    )


@pytest.mark.usefixtures("one_video")
def test_a_hit(browser: Browsers):
    """A hit names where it was said, the second, and marks what matched; its picture is the one before."""
    page = browser("viewer").page("/library?q=first+shop")
    assert "<mark>first</mark> <mark>shop</mark>" in page
    assert "said 0:04.4 The first shop opens at eleven." in words(page)
    assert 'src="/library/71/media/frames/002_t4.5s.jpg"' in page
    assert "No video says or shows that" in words(browser("viewer").page("/library?q=sushi"))


def test_near_which_second(browser: Browsers, connection: Connection):
    """Of a long sentence it is also said near which second the words are: letter 60 of 80, of eight seconds, from 4.4 on.

    Where their seconds are known, that is the one, of the page, its picture and its links.
    """
    text = f"{'word ' * 12}lantern {'more ' * 2}ab"
    assert (len(text), text.index("lantern")) == (80, 60)
    video(connection, "71", ("speech", 4.4, text))
    connection.execute("update video_passages set ends_s = 12.4")
    page = browser("viewer").page("/library?q=lantern")
    assert "said 0:04.4 , about 0:10 word" in words(page)
    assert 'href="/library/71?at=10.4"' in page
    connection.execute(
        "update video_passages set word_letters = '{0,55,60,68}', word_seconds = '{4.4,9.5,11.25,11.5}'"
        " where source = 'speech'"
    )
    page = browser("viewer").page("/library?q=lantern")
    assert "said 0:04.4 , words at 0:11.2 word" in words(page)
    assert page.count('href="/library/71?at=11.25"') == 3  # the picture, the name, and the words
    (line,) = browser("viewer").get("/export/library.json?q=lantern").json()
    assert (line["second"], line["about"], line["is_estimated"]) == (4.4, 11.2, False)


@pytest.mark.usefixtures("one_video")
def test_uncertain_passages(browser: Browsers, connection: Connection):
    """What Whisper hardly believed is marked wherever it is quoted, and can be left out; what nothing is known of is not."""
    connection.execute("update video_passages set probability = 0.74 where number = 1")
    connection.execute("update video_passages set probability = 0.75 where number = 2")
    viewer = browser("viewer")
    assert "said 0:00.4 uncertain Welcome to Tokyo" in words(viewer.page("/library?q=tokyo"))
    assert "uncertain The first" not in words(viewer.page("/library?q=first"))
    assert "uncertain Bowl" not in words(viewer.page("/library?q=yen"))
    assert "No video says or shows that" in words(viewer.page("/library?q=tokyo&certain=true"))
    assert "uncertain Welcome" not in words(viewer.page("/library?q=tokyo+first&certain=true"))
    assert "<mark>first" in viewer.page("/library?q=tokyo+first&certain=true")
    page = viewer.page("/library/71")
    assert "ramen shops. uncertain" in words(page)
    assert "@anna, 0:00.4, uncertain, https" in page
    assert "@anna, 0:04.4, https" in page
    assert [
        viewer.get(f"/export/library.json?q={typed}").json()[0]["is_uncertain"] for typed in ("tokyo", "first", "yen")
    ] == [True, False, False]
    assert viewer.get("/export/library.json?q=tokyo&certain=true").json() == []


def test_a_video_that_was_there_before(browser: Browsers, connection: Connection):
    """Its words are found and shown; that nobody knows their second is said, and no subtitles are offered."""
    connection.execute(
        "insert into videos (video_id, url, author, title, transcript, ocr_text)"
        " values ('99', 'https://www.tiktok.com/@anna/video/99', 'anna', 'Ramen', 'The first shop opens.', 'Bowl 900 yen')"
    )
    assert "said time not known The first shop opens." in words(browser("viewer").page("/library?q=first+shop"))
    page = browser("viewer").page("/library/99")
    assert "time not known The first shop opens. Copy" in words(page)
    assert "time not known – Bowl 900 yen Copy" in words(page)
    assert "“The first shop opens.” – @anna, time not known, https://www.tiktok.com/" in page
    assert "Subtitles" not in page
    assert browser("viewer").get("/library/99/subtitles.srt").text == ""


@pytest.mark.usefixtures("one_video")
@pytest.mark.parametrize("typed", ["🍜", "%25", "_", '""', "\\", "%27%3B--", "%00"])
def test_what_holds_no_word(browser: Browsers, typed: str):
    """Emoji and signs are looked for nowhere; that is said, beside all that there is."""
    page = words(browser("viewer").page(f"/library?q={typed}"))
    assert ("There is no word in that" in page, "@anna" in page) == (True, True)
    assert "There is no word in that" not in words(browser("viewer").page("/library?q=+"))


@pytest.mark.usefixtures("one_video")
@pytest.mark.parametrize(
    ("asked", "told", "link"),
    [
        ("q=sushi", "No video says or shows that. All words have to be there", None),
        (
            "q=ramen&language=ja",
            "No video says or shows that and fits the filters: look without them . All",
            "/library?q=ramen",
        ),
        ("language=ja", "No video fits these filters. Show all .", "/library"),
        ("q=ramen&page=9", "The answers end before page 9. Back to the first page .", "/library?q=ramen"),
        ("page=2", "The answers end before page 2. Back to the first page .", "/library"),
        (
            "q=ramen&since=2026-05-02&until=2026-05-01&page=3",
            "No day lies between these: from 2026-05-02 is after to 2026-05-01. Turn them round .",
            "/library?q=ramen&amp;since=2026-05-01&amp;until=2026-05-02",
        ),
        (
            "q=رامن",
            "On screens rapidocr reads Latin, Chinese and Japanese letters alone: Arabic there it does not.",
            None,
        ),
        ("q=%F0%9F%8D%9C+%2B%2B%3C", "There is no word in that: 🍜 + < cannot be searched", None),
        ("q=%E2%80%8B", "There is no word in that: what is not seen cannot be searched", None),
    ],
)
def test_why_there_is_no_answer(browser: Browsers, asked: str, told: str, link: str | None):
    """Each reason has its own sentence, and a way on where there is one; nothing else is said to be the reason."""
    page = browser("viewer").page(f"/library?{asked}")
    assert told in words(page)
    assert link is None or f'href="{link}"' in page
    said = ("No video says", "No video fits", "The answers end", "No day lies", "There is no word", "library is empty")
    assert sum(sentence in words(page) for sentence in said) == 1


@pytest.mark.usefixtures("one_video")
def test_narrowing(browser: Browsers):
    """Filters leave what fits; a question shows what was found for it."""
    viewer = browser("viewer")
    for query in ("source=speech", "language=en", "author=@anna", "query=q1", "state=speech"):
        assert "@anna" in words(viewer.page(f"/library?q=ramen&{query}")), query
    for query in ("source=screen", "language=ja", "author=ben", "query=q2", "state=no_speech", "judged=relevant"):
        assert "@anna" not in words(viewer.page(f"/library?q=ramen&{query}")), query
    assert "@anna" in words(viewer.page("/library?q=ramen&since=&until=&judged=&source="))
    assert viewer.get("/library?since=yesterday").status_code == 422


@pytest.mark.usefixtures("one_video")
def test_new_since_i_looked(browser: Browsers):
    """A video is new to each reader until they say that they have looked."""
    viewer, user = browser("viewer"), browser("user")
    assert "1 new" in words(viewer.page("/library"))
    assert viewer.post("/looks", found_on="/library").status_code == 303
    assert "nothing new since" in words(viewer.page("/library"))
    assert "1 new" in words(user.page("/library"))
    assert viewer.post("/looks").status_code == 403


@pytest.mark.usefixtures("one_video")
def test_export(browser: Browsers):
    """The list as a file has the passage, its source and its second."""
    answer = browser("viewer").get("/export/library.csv?q=opens")
    (line,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (line["video_id"], line["source"], float(line["second"]), line["text"]) == (
        "71",
        "speech",
        4.4,
        "The first shop opens at eleven.",
    )
    assert browser("viewer").get("/export/library.json?q=sushi").json() == []
    (line,) = browser("viewer").get("/export/library.json?q=yen").json()
    assert (line["source"], line["second"], line["text"]) == ("screen", 6.0, "Bowl 900 yen")
    assert browser("viewer").get("/export/library.parquet").content.startswith(b"PAR1")


@pytest.mark.usefixtures("one_video", "store")
def test_the_video(browser: Browsers):
    """Words stand beside pictures, with engines, hashes and the question that found it."""
    page = browser("viewer").page("/library/71?at=4.4")
    told = words(page)
    assert "0:04.4 The first shop opens at eleven." in told
    assert "0:06.0 0:08.0 Bowl 900 yen" in told
    assert "written down by faster-whisper base" in told
    assert "tokyo ramen spots" in told
    assert "Plays 182,400" in told
    assert 'src="/library/71/media/video.mp4" data-at="4.4"' in page
    assert browser("viewer").get("/library/72").status_code == 404


@pytest.mark.parametrize(("scripts", "is_told"), [("Latin, Han", True), ("any", False), (None, False)])
def test_scripts_that_were_read(browser: Browsers, connection: Connection, scripts: str | None, is_told: bool):
    """Beside texts of the screen, and where there are none, stands which scripts the engine reads."""
    engines = {"ocr": "rapidocr"} | ({"scripts": scripts} if scripts else {})
    video(connection, "71", ("screen", 6.0, "Bowl 900 yen"), engines=engines)
    video(connection, "72", ("caption", None, "лучший борщ"), engines=engines)
    for video_id in ("71", "72"):
        assert (
            "reads Latin, Han; text in other scripts" in words(browser("viewer").page(f"/library/{video_id}"))
        ) == is_told


@pytest.mark.usefixtures("one_video")
def test_judging(browser: Browsers):
    """Who may edit the DAG says whether a video is relevant; who may only look does not."""
    user = browser("user")
    assert user.post("/library/71/mark", {"judgement": "relevant"}, found_on="/library/71").status_code == 303
    assert "Relevant yes the user" in words(user.page("/library/71"))
    assert "@anna" in words(user.page("/library?judged=relevant"))
    assert user.post("/library/71/mark", {"judgement": "none"}, found_on="/library/71").status_code == 303
    assert "nobody has said" in words(user.page("/library/71"))
    assert browser("viewer").post("/library/71/mark", {"judgement": "relevant"}).status_code == 403


@pytest.mark.usefixtures("one_video")
def test_subtitles(browser: Browsers):
    """What is said, as numbered cues with times."""
    answer = browser("viewer").get("/library/71/subtitles.srt")
    assert answer.headers["content-type"] == "application/x-subrip"
    assert answer.text == (
        "1\n00:00:00,400 --> 00:00:02,400\nWelcome to Tokyo, today we visit ramen shops.\n\n"
        "2\n00:00:04,400 --> 00:00:06,400\nThe first shop opens at eleven.\n"
    )


def test_subtitles_that_would_break_a_player():
    """Blank lines and arrows in what is said end no cue."""
    told = page_of_video.srt([{"starts_s": 3661.0, "ends_s": None, "text": "one\n\n2 --> 3"}])
    assert told == "1\n01:01:01,000 --> 01:01:01,100\none 2 → 3\n"


@pytest.mark.usefixtures("one_video", "store")
@pytest.mark.parametrize(
    ("asked", "status", "content_range", "length"),
    [
        (None, 200, None, 2560),
        ("bytes=0-", 206, "bytes 0-2559/2560", 2560),
        ("bytes=10-19", 206, "bytes 10-19/2560", 10),
        ("bytes=2550-9999", 206, "bytes 2550-2559/2560", 10),
        ("bytes=-6", 206, "bytes 2554-2559/2560", 6),
        ("bytes=5-4", 200, None, 2560),
        ("bytes=-0", 416, "bytes */2560", None),
        ("bytes=-9999", 206, "bytes 0-2559/2560", 2560),
        ("bytes=0-0", 206, "bytes 0-0/2560", 1),
        ("bytes=-", 200, None, 2560),
        ("bytes=2560-", 416, "bytes */2560", None),
        ("bytes=0-1,5-6", 200, None, 2560),
        ("lines=1-2", 200, None, 2560),
    ],
)
def test_ranges(browser: Browsers, asked: str | None, status: int, content_range: str | None, length: int | None):
    """A player seeks by ranges; what is no single range gets the whole."""
    answer = browser("viewer").get("/library/71/media/video.mp4", headers={"range": asked} if asked else {})
    assert (answer.status_code, answer.headers.get("content-range")) == (status, content_range)
    if length is not None:
        start, end = media.part(asked, 2560)
        assert answer.content == (bytes(range(256)) * 10)[start:end]
        assert len(answer.content) == length
        headers = answer.headers
        assert (headers["content-type"], headers["x-content-type-options"]) == ("video/mp4", "nosniff")


@pytest.mark.usefixtures("one_video", "store")
@pytest.mark.parametrize(("known", "status"), [("d" * 64, 206), ("e" * 64, 200)])
def test_a_range_of_another_file(browser: Browsers, known: str, status: int):
    """Whoever has the beginning of a file that was replaced since gets the whole of the new one."""
    headers = {"range": "bytes=10-", "if-range": f'"{known}"'}
    answer = browser("viewer").get("/library/71/media/video.mp4", headers=headers)
    assert (answer.status_code, len(answer.content)) == (status, 2550 if status == 206 else 2560)


@pytest.mark.usefixtures("one_video", "store")
@pytest.mark.parametrize(
    "name", ["metadata.json", "../72/video.mp4", "..%2f..%2fsecret.mp4", "other.mp4", "frames/", "video.mp4%00.jpg"]
)
def test_what_is_no_media_of_the_video(browser: Browsers, name: str):
    """Only pictures, sound and video that the row names are served."""
    assert browser("viewer").get(f"/library/71/media/{name}").status_code == 404


@pytest.mark.usefixtures("one_video", "store")
def test_media_is_for_readers(browser: Browsers):
    """A stranger gets no media; a file that is gone is said."""
    assert browser(None).get("/library/71/media/video.mp4").status_code == 401
    assert browser("viewer").get("/library/71/media/frames/001_t0.0s.jpg").content.startswith(b"\xff\xd8")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts(browser: Browsers, connection: Connection, text: str):
    """What is said, shown or written is shown, never run."""
    video(
        connection,
        "71",
        ("caption", None, f"ramen {text}"),
        ("speech", 1.0, f"ramen {text}"),
        ("screen", 1.0, f"ramen {text}"),
        author=text,
        title=text,
        engines={"speech": text, "ocr": text},
        url="javascript:alert(1)",
    )
    for address in ("/library?q=ramen", "/library", "/library/71"):
        page = browser("user").page(address)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert ">49<" not in page
        assert "javascript:" not in page
