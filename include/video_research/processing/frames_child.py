"""`python -m include.video_research.processing.frames_child VIDEO FOLDER LIMIT`: reads a video once and keeps what changes.

A process aside, because a decoder that hangs on a broken file can only be killed. It writes JPEGs into FOLDER and prints
one line of JSON: the kept frames, how many changes there were, frames that were decoded, and seconds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SAMPLES_A_SECOND = 2.0
CELLS = (90, 160)  # grey cells that two pictures are compared by: the shorter and the longer side
LEVELS = 24  # a cell that differs by more has changed
SHARE = 0.005  # of all cells
# Rows of cells as high as a caption, and the share of them: where one word takes another's place less than SHARE changes.
LINE, LINE_SHARE = 8, 0.025
FAINT_SHARE = 0.0005  # with less change than this a picture is the same one, however much time has passed
LONGEST_GAP_S = 5.0
WIDEST = 4096  # pixels: nobody's phone films this, and one picture would take hundreds of megabytes
LONGER_SIDE = 1920  # kept frames are shrunk to it


def main(video: str, folder: str, limit: int) -> int:
    import cv2

    cv2.setNumThreads(1)
    capture = cv2.VideoCapture(video, cv2.CAP_FFMPEG)
    if not capture.isOpened():
        return _give_up("no video stream can be opened")
    if max(capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)) > WIDEST:
        return _give_up(f"the picture is wider or higher than {WIDEST} pixels")
    picker = Picker(Path(folder), limit)
    decoded, seconds = _read(capture, picker)
    if not picker.kept:
        return _give_up("no picture could be decoded")
    picker.close()
    found = {"frames": picker.kept, "found": picker.found, "decoded": decoded, "seconds": round(seconds, 3)}
    sys.stdout.write(json.dumps(found))
    return 0


class Picker:
    """Keeps a picture when it shows something else than the last kept one; the first and the last are always kept.

    Never more than four times `limit` lie on the disk: when there are, the least distance between two doubles, so that
    what is left stays evenly spread.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.kept: list[tuple[float, str]] = []
        self.found = 0
        self._folder = folder
        self._limit = limit
        self._distance = 0.0
        self._cells: np.ndarray | None = None
        self._last: tuple[float, np.ndarray, np.ndarray] | None = None

    def look(self, t: float, picture: np.ndarray) -> None:
        cells = _cells(picture)
        self._last = (t, picture, cells)
        if self._cells is None:
            self._keep(t, picture, cells)
            return
        share, line_share = _changed(cells, self._cells)
        gap = t - self.kept[-1][0]
        if share > SHARE or line_share > LINE_SHARE or (gap >= LONGEST_GAP_S and share > FAINT_SHARE):
            self.found += 1
            if gap >= self._distance:
                self._write(t, picture, cells)

    def close(self) -> None:
        """Keep the last picture, unless it is the last kept one."""
        if self._last is not None and self._last[0] > self.kept[-1][0]:
            self._keep(*self._last)

    def _keep(self, t: float, picture: np.ndarray, cells: np.ndarray) -> None:
        self.found += 1
        self._write(t, picture, cells)

    def _write(self, t: float, picture: np.ndarray, cells: np.ndarray) -> None:
        import cv2

        name = f"{round(t * 1000):010d}.jpg"
        longer = max(picture.shape[:2])
        if longer > LONGER_SIDE:
            share = LONGER_SIDE / longer
            picture = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        there, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
        if not there:
            raise ValueError("a frame could not be packed as JPEG")
        (self._folder / name).write_bytes(
            packed.tobytes()
        )  # cv2's own writing leaves half a file where the disk is full
        self.kept.append((t, name))
        self._cells = cells
        if len(self.kept) > 4 * self._limit:
            self._thin()

    def _thin(self) -> None:
        self._distance = max(2 * self._distance, 1 / SAMPLES_A_SECOND)
        left = self.kept[:1]
        for t, name in self.kept[1:]:
            if t - left[-1][0] >= self._distance:
                left.append((t, name))
            else:
                (self._folder / name).unlink()
        self.kept = left


def _read(capture, picker: Picker) -> tuple[int, float]:  # type: ignore[no-untyped-def]
    """Frames decoded, and seconds to the end of the last one. Times are the stream's own: phones film at changing rates."""
    import cv2

    rate = capture.get(cv2.CAP_PROP_FPS)
    rate = rate if 1 <= rate <= 1000 else 30.0
    decoded, t, due = 0, 0.0, 0.0
    while capture.grab():
        told = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        t = told if decoded == 0 or told > t else t + 1 / rate
        decoded += 1
        if t >= due:
            there, picture = capture.retrieve()
            if there and picture is not None:
                picker.look(t, picture)
            due = max(due + 1 / SAMPLES_A_SECOND, t)
    return decoded, t + 1 / rate if decoded else 0.0


def _cells(picture: np.ndarray) -> np.ndarray:
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    size = CELLS if height >= width else CELLS[::-1]
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.int16)


def _changed(cells: np.ndarray, others: np.ndarray) -> tuple[float, float]:
    """The share of cells that changed: in the whole picture, and in the line of it that changed most."""
    import numpy as np

    if cells.shape != others.shape:  # a stream may turn the picture half-way
        return 1.0, 1.0
    changed = np.abs(cells - others) > LEVELS
    rows = changed.mean(axis=1)
    lines = [rows[start : start + LINE].mean() for start in range(0, len(rows) - LINE + 1, LINE // 2)]
    return float(changed.mean()), float(max(lines))


def _give_up(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
