"""What a file must hold to be a download."""

from __future__ import annotations

import subprocess

import pytest

from include.video_research import ffmpeg
from include.video_research.downloads.proof import Damaged, Proved, prove

pytest.importorskip("imageio_ffmpeg", reason="needs the extra media: make extra NAME=media")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """`made(name, …)`: a file by ffmpeg, with its index in front as TikTok's are."""
    folder = tmp_path_factory.mktemp("proof")

    def make(name: str, *arguments: str):
        path = folder / name
        if not path.exists():
            command = [ffmpeg.binary(), "-nostdin", "-v", "error", *arguments, "-movflags", "+faststart", str(path)]
            subprocess.run(command, check=True)
        return path

    return make


@pytest.fixture(scope="module")
def whole(made):
    pictures = ["-f", "lavfi", "-i", "testsrc2=s=320x568:r=24:d=6", "-f", "lavfi", "-i", "sine=d=6"]
    return made("whole.mp4", *pictures, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest")


def test_a_whole_video(whole):
    """Its length, its sound and its codec."""
    proved = prove(whole, 6)
    assert proved == Proved(pytest.approx(6, abs=0.1), True, "h264")


def test_without_an_announcement(whole):
    """A length that nobody told is no reason to refuse it."""
    assert prove(whole, None).has_audio


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_file_that_was_cut(whole, tmp_path, share):
    """Its index still tells the full length; the pictures that are missing give it away."""
    cut = tmp_path / "cut.mp4"
    content = whole.read_bytes()
    cut.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(Damaged):
        prove(cut, 6)


def test_another_length_than_was_announced(whole):
    """Six seconds instead of sixty are another video, or a piece of it."""
    with pytest.raises(Damaged, match=r"it lasts 6\.0 s, and it was announced to end after 60\.0 s"):
        prove(whole, 60)


@pytest.mark.parametrize(
    "content", [b"", b"<!DOCTYPE html><html>Log in</html>", b"\x00\x00\x00\x18ftypmp42" + bytes(400)]
)
def test_what_is_no_video(tmp_path, content):
    """Nothing, a page, and a mere head of a file."""
    path = tmp_path / "video.mp4"
    path.write_bytes(content)
    with pytest.raises(Damaged, match="no video stream"):
        prove(path, 6)


def test_sound_alone(made):
    """Sound with no picture is no video."""
    sound = made("sound.mp4", "-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac")
    with pytest.raises(Damaged, match="no video stream"):
        prove(sound, 2)


def test_a_playlist_opens_nothing(tmp_path, whole):
    """A playlist that calls itself mp4 does not have other files or addresses opened."""
    for number, text in enumerate((f"ffconcat version 1.0\nfile '{whole}'\n", f"#EXTM3U\n#EXTINF:6,\n{whole}\n")):
        path = tmp_path / f"{number}.mp4"
        path.write_text(text)
        with pytest.raises(Damaged, match="no video stream"):
            prove(path, 6)


def test_pictures_that_stand_still(made):
    """One picture in four seconds is a video as well."""
    still = made("still.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x284:r=1/4:d=12", "-c:v", "libx264")
    assert prove(still, 12) == Proved(pytest.approx(12, abs=0.1), False, "h264")


def test_sound_that_goes_on_after_the_last_picture(made, tmp_path):
    """Pictures that end before the sound are no damage, as long as the sound is whole; cut, it is."""
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=160x284:r=12:d=3", "-f", "lavfi", "-i", "sine=d=8"]
    longer = made("longer.mp4", *inputs, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
    assert prove(longer, 8) == Proved(pytest.approx(8, abs=0.1), True, "h264")
    content = longer.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(content[: int(len(content) * 0.8)])
    with pytest.raises(Damaged):
        prove(cut, 8)


def test_noise_in_its_middle_is_seen_or_harmless(whole, tmp_path):
    """A file whose last part was overwritten cannot be decoded at its end."""
    content = bytearray(whole.read_bytes())
    content[-len(content) // 2 :] = bytes(len(content) // 2 + len(content) % 2)
    path = tmp_path / "zeros.mp4"
    path.write_bytes(content)
    with pytest.raises(Damaged, match="end cannot be decoded"):
        prove(path, 6)
