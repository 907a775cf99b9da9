"""Reads hand-made labels (tab-separated) against which the filters are measured.

profiles.tsv: handle, nickname, bio, refuse, why. captions.tsv: caption, refuse, why. labels.tsv: file, face,
face_percent and more, with the pictures in `images/` beside it. `refuse` and `face` are yes or no.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

PROFILES, CAPTIONS, FACES = "profiles.tsv", "captions.tsv", "labels.tsv"
_ANSWERS = {"yes": True, "no": False}

Label = TypeVar("Label")


class LabelError(ValueError):
    """Labels that cannot be used; the message names file and line."""


@dataclass(frozen=True, slots=True)
class ProfileLabel:
    """A creator's texts and whether Layer 1 is to refuse them."""

    handle: str
    nickname: str
    bio: str
    refuse: bool
    why: str


@dataclass(frozen=True, slots=True)
class CaptionLabel:
    """A caption and whether Layer 2 is to refuse it."""

    caption: str
    refuse: bool
    why: str


@dataclass(frozen=True, slots=True)
class FaceLabel:
    """A cover's bytes and whether its largest face fills more than 2 % of the frame."""

    name: str
    image: bytes
    face: bool
    why: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one folder; None where it holds no such file."""

    profiles: tuple[ProfileLabel, ...] | None
    captions: tuple[CaptionLabel, ...] | None
    faces: tuple[FaceLabel, ...] | None


def read_labels(folder: Path) -> Labels:
    """Reads what the folder, or its subfolders `labels` and `faces`, hold. Raises LabelError when that is nothing."""
    if not folder.is_dir():
        raise LabelError(f"{folder}: no such folder")
    labels = Labels(
        profiles=_read(folder, "labels", PROFILES, _profiles),
        captions=_read(folder, "labels", CAPTIONS, _captions),
        faces=_read(folder, "faces", FACES, _faces),
    )
    if labels == Labels(None, None, None):
        raise LabelError(f"{folder}: holds none of {PROFILES}, {CAPTIONS}, {FACES}")
    if not (labels.profiles or labels.captions or labels.faces):
        raise LabelError(f"{folder}: its label files hold no labels")
    return labels


def _read(
    folder: Path, subfolder: str, name: str, read_file: Callable[[Path], Iterator[Label]]
) -> tuple[Label, ...] | None:
    for path in (folder / name, folder / subfolder / name):
        if path.is_file():
            return tuple(read_file(path))
    return None


def _profiles(path: Path) -> Iterator[ProfileLabel]:
    for line, row in _rows(path, ("handle", "nickname", "bio", "refuse")):
        refuse = _answer(path, line, row, "refuse")
        yield ProfileLabel(row["handle"], row["nickname"], row["bio"], refuse, row.get("why", ""))


def _captions(path: Path) -> Iterator[CaptionLabel]:
    for line, row in _rows(path, ("caption", "refuse")):
        yield CaptionLabel(row["caption"], _answer(path, line, row, "refuse"), row.get("why", ""))


def _faces(path: Path) -> Iterator[FaceLabel]:
    images = path.parent / "images"
    for line, row in _rows(path, ("file", "face")):
        picture = images / row["file"]
        if not row["file"] or Path(row["file"]).name != row["file"] or not picture.is_file():
            raise LabelError(f"{path}, line {line}: no picture {row['file']!r} in {images}")
        why = " ".join(row.get(name, "") for name in ("face_percent", "kind", "condition")).strip()
        yield FaceLabel(row["file"], picture.read_bytes(), _answer(path, line, row, "face"), why)


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each label with its line number; quotes are ordinary characters."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            header = next(reader, [])
            missing = [name for name in needed if name not in header]
            if missing:
                raise LabelError(f"{path}, line 1: no column {', '.join(missing)}")
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise LabelError(
                        f"{path}, line {reader.line_num}: {len(cells)} cells where the first line has {len(header)}"
                    )
                yield reader.line_num, dict(zip(header, cells, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelError(f"{path}: cannot be read ({error})") from error


def _answer(path: Path, line: int, row: dict[str, str], column: str) -> bool:
    answer = row[column].strip().lower()
    if answer not in _ANSWERS:
        raise LabelError(f"{path}, line {line}: {column} must be yes or no, not {row[column]!r}")
    return _ANSWERS[answer]
