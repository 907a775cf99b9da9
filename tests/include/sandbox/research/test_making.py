"""Clips as they are made: looked at and listened to with other means than those they are made by."""

import asyncio
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from include.sandbox.research import lettering, making, sounds
from include.sandbox.research.catalogue import Clip, Shown, drawn, named

cv2 = pytest.importorskip("cv2")
np = pytest.importorskip("numpy")
av = pytest.importorskip("av", reason="needs the extra media")

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(bool(making.missing_packages()), reason=f"needs {', '.join(making.missing_packages())}"),
]
# Small and short: what is looked at here does not need more.
SMALL = {"width": 288, "height": 512}


def short(name: str, seconds: int = 3, **changes: object) -> Clip:
    return replace(named(name), duration_s=seconds, **{**SMALL, **changes})


def pictures(path: Path, *times: float) -> list[np.ndarray]:
    """The frames at these seconds, grey."""
    with av.open(str(path)) as media:
        grey = {round(frame.time, 3): frame.to_ndarray(format="gray") for frame in media.decode(video=0)}
    return [grey[min(grey, key=lambda at: abs(at - wanted))].astype(int) for wanted in times]


def loudness(path: Path) -> list[float]:
    """How loud each second is, of full scale."""
    with av.open(str(path)) as media:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in media.decode(audio=0)])
        rate = media.streams.audio[0].rate
    return [float(np.sqrt((heard[at : at + rate] ** 2).mean())) for at in range(0, len(heard) - rate // 2, rate)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("clips")


def test_a_clip_is_what_its_page_says(kept):
    """H.264 and AAC of the announced size and length, with the index in front."""
    clip = short("lines-best")
    path = making.make(clip, kept)
    with av.open(str(path)) as media:
        video, audio = media.streams.video[0], media.streams.audio[0]
        assert (video.codec.name, audio.codec.canonical_name, video.width, video.height) == ("h264", "aac", 288, 512)
        assert float(video.duration * video.time_base) == pytest.approx(3, abs=0.05)
    told = path.read_bytes()
    assert told.index(b"moov") < told.index(b"mdat")


def test_captions_change_when_they_should(kept):
    """Between its times a caption stands still; where the next begins the picture is another one."""
    clip = short("wheel-silent", shown=(Shown(0, 1, "FIRST OF ALL"), Shown(1, 2, "AND THEN")))
    before, still, after, without = pictures(making.make(clip, kept), 0.1, 0.9, 1.1, 2.5)
    changed = [np.mean(abs(one - other) > 60) for one, other in ((before, still), (still, after), (after, without))]
    assert changed[0] < 0.001
    assert min(changed[1:]) > 0.005


def test_a_clip_without_sound_has_no_stream_of_it(kept):
    """No audio is no stream; silence is one."""
    with av.open(str(making.make(short("ramen-quiet", 1), kept))) as media:
        assert (len(media.streams.video), len(media.streams.audio)) == (1, 0)
    assert max(loudness(making.make(short("wheel-silent", 1), kept))) < 0.0005


def test_words_are_where_the_catalogue_says(kept):
    """A synthesised sentence is loud in its time, and nothing is heard before and after."""
    clip = short("wheel-rueda", 10)
    said = clip.said[1]
    heard = sounds.samples(clip)
    inside = heard[round(said.start * sounds.HZ) : round(said.end * sounds.HZ)]
    gap = heard[round(clip.said[0].end * sounds.HZ) : round(said.start * sounds.HZ)]
    assert np.sqrt((inside**2).mean()) > 0.02
    assert abs(gap).max() < 0.01
    assert abs(heard[round(said.end * sounds.HZ) :]).max() < 0.01


def test_every_sentence_fits_its_time():
    """What the synthesiser says ends when the catalogue says, and fills most of its time."""
    for clip in (named("ramen-three"), named("wheel-rueda"), named("ramen-cut"), drawn("7524640530955882299")):
        heard = sounds.samples(replace(clip, has_street_noise=False))
        for said in clip.said:
            inside = np.flatnonzero(
                abs(heard[round(said.start * sounds.HZ) : round((said.end + 0.02) * sounds.HZ)]) > 0.01
            )
            assert len(inside) > 0
            assert inside[-1] / sounds.HZ > 0.5 * (said.end - said.start)


def test_the_reader_stops_after_the_last_word():
    """Of the recording only what the clip quotes is heard."""
    clip = named("lines-best")
    heard = sounds.samples(clip)
    assert len(heard) == clip.duration_s * sounds.HZ
    assert abs(heard[round((clip.said[-1].end + 0.31) * sounds.HZ) :]).max() == 0


@pytest.mark.parametrize("sound", ["music", "tone", "noise"])
def test_other_sounds_are_heard(sound):
    """Music, tones and noise are heard in every second, and are not cut off by too loud a sound."""
    heard = sounds.samples(replace(named("ramen-night"), duration_s=3, sound=sound))
    assert min(np.sqrt((heard[at : at + sounds.HZ] ** 2).mean()) for at in range(0, len(heard), sounds.HZ)) > 0.01
    assert (abs(heard) >= 1).mean() < 0.001


def test_the_same_clip_is_the_same_bytes(tmp_path):
    """Made anew in another place it does not differ."""
    clip = short("ramen-night", 2)
    first, second = (making.make(clip, tmp_path / name) for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_two_at_once_make_it_once(tmp_path):
    """Two threads that want the same clip get the same file, and nothing else is left."""
    clip, found = short("ramen-night", 2), []
    threads = [threading.Thread(target=lambda: found.append(making.make(clip, tmp_path))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [making.file_of(clip, tmp_path)] * 2
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".lock", ".mp4"]


def test_another_truth_is_another_file(tmp_path):
    """A clip that shows or says something else, or lasts longer, is not answered with the old one."""
    clip = named("ramen-three")
    others = (
        replace(clip, shown=clip.shown[:1]), replace(clip, said=clip.said[:1]), replace(clip, duration_s=13),
        replace(clip, sound="music"), replace(clip, width=360),
    )  # fmt: skip
    assert len({making.file_of(each, tmp_path) for each in (clip, *others)}) == 6
    assert making.file_of(replace(clip, handle="somebody.else", plays=1), tmp_path) == making.file_of(clip, tmp_path)


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    """What ffmpeg says is told; no half clip is taken for a whole one, and the next try makes it."""
    clip = short("ramen-quiet", 1)
    with monkeypatch.context() as broken:
        broken.setattr(making, "_ground", lambda clip: "no_such_source")
        with pytest.raises(making.MakingFailed, match="no_such_source"):
            making.make(clip, tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]
    assert making.make(clip, tmp_path).is_file()


class TestMaker:
    """Clips for an event loop."""

    CLIP = drawn("7638604119391023104")

    def test_the_loop_goes_on_answering(self, tmp_path):
        """While a clip is made the loop turns; two who want it get the one that is made."""

        async def play() -> tuple[list[Path], float]:
            maker, waits = making.Maker(tmp_path), []

            async def turn() -> None:
                while True:
                    before = time.perf_counter()
                    await asyncio.sleep(0.01)
                    waits.append(time.perf_counter() - before)

            turning = asyncio.create_task(turn())
            found = await asyncio.gather(*(maker.media(self.CLIP) for _ in range(2)))
            turning.cancel()
            return [*found, await maker.media(self.CLIP)], sorted(waits)[len(waits) // 2]

        found, usual_wait = asyncio.run(play())
        assert found == [making.file_of(self.CLIP, tmp_path)] * 3
        assert usual_wait < 0.1

    def test_whoever_leaves_stops_nobody(self, tmp_path):
        """One who gives up waiting does not take the clip from the other."""

        async def play() -> Path:
            maker = making.Maker(tmp_path)
            first, second = (asyncio.create_task(maker.media(self.CLIP)) for _ in range(2))
            await asyncio.sleep(0.05)
            first.cancel()
            return await second

        assert asyncio.run(play()).is_file()

    def test_closing_ends_what_is_being_made(self, tmp_path):
        """After closing no process is left, and no half clip."""

        async def play() -> None:
            maker = making.Maker(tmp_path)
            waiting = asyncio.create_task(maker.media(self.CLIP))
            await asyncio.sleep(0.3)
            await maker.close()
            with pytest.raises(asyncio.CancelledError):
                await waiting

        asyncio.run(play())
        assert not making.file_of(self.CLIP, tmp_path).exists()

    def test_what_the_process_says_is_told(self, tmp_path):
        """A folder that cannot be one is the reason that is given."""
        (tmp_path / "file").write_text("")

        async def play() -> None:
            await making.Maker(tmp_path / "file").media(self.CLIP)

        with pytest.raises(making.MakingFailed, match="file"):
            asyncio.run(play())


def test_the_command(tmp_path):
    """`python -m … FOLDER VIDEO_ID` prints where the clip is; an id that is none is refused with a line."""
    command = [sys.executable, "-m", "include.sandbox.research.making", str(tmp_path)]
    clip = named("ramen-quiet")
    made = subprocess.run([*command, clip.video_id], capture_output=True, text=True, check=True)
    assert made.stdout == f"{making.file_of(clip, tmp_path)}\n"
    wrong = subprocess.run([*command, "12"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (1, "", "12 is no id of a video\n")


class TestLettering:
    """Captions as pictures."""

    def test_letters_have_their_size(self):
        """White letters with a black edge, as high as was asked, in the middle; narrower ones where they would not fit."""
        picture = cv2.imdecode(np.frombuffer(lettering.caption("HOHO", 720, 46), np.uint8), cv2.IMREAD_UNCHANGED)
        seen = np.argwhere(picture[:, :, 3] > 0)
        (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0)
        assert picture.shape == (92, 720, 4)
        assert 0.6 * 46 < bottom - top < 1.2 * 46
        assert abs((left + right) / 2 - 360) < 4
        long = cv2.imdecode(np.frombuffer(lettering.caption("O" * 24, 720, 46), np.uint8), cv2.IMREAD_UNCHANGED)
        columns = np.argwhere(long[:, :, 3] > 0)[:, 1]
        assert columns.min() > 0
        assert columns.max() < 719

    def test_what_has_no_font_is_not_shown(self, monkeypatch):
        """ASCII can always be drawn; a caption in a script without a font here is no part of the truth; nor are emoji."""
        monkeypatch.setattr(lettering, "_FONTS", {})
        shown = (Shown(0, 1, "Open 9:00"), Shown(1, 2, "東京ラーメン"), Shown(2, 3, "Über"), Shown(3, 4, "yes 🍜"))
        assert making.shown_in(replace(named("ramen-signs"), shown=shown)) == shown[:1]
