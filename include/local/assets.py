"""`make assets`: brings the pages' style sheet and chart library, pinned, from npm into the project."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from include.local.errors import LocalError
from include.local.folders import ROOT
from include.local.steps import say

FOLDER = ROOT / "plugins" / "dashboard" / "static" / "vendor"
MANIFEST = FOLDER / "manifest.json"


@dataclass(frozen=True, slots=True)
class Library:
    """A package of npm, and which of its files the pages need, licence included."""

    package: str
    version: str
    licence: str
    folder: str
    files: tuple[str, ...]


LIBRARIES = (
    Library("@picocss/pico", "2.1.1", "MIT", "pico", ("css/pico.min.css", "LICENSE.md")),
    Library("uplot", "1.6.32", "MIT", "uplot", ("dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE")),
)


def main() -> int:
    """Replace the vendored files and their list. Raises LocalError when npm is missing or refuses."""
    listed = []
    for library in LIBRARIES:
        contents = _download(library)
        target = FOLDER / library.folder
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name, content in contents.items():
            (target / Path(name).name).write_bytes(content)
            listed.append(
                {
                    "file": f"{library.folder}/{Path(name).name}",
                    "package": library.package,
                    "version": library.version,
                    "licence": library.licence,
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
        say(f"{library.package} {library.version}: {len(contents)} files")
    MANIFEST.write_text(json.dumps(listed, indent=2) + "\n")
    return 0


def _download(library: Library) -> dict[str, bytes]:
    npm = shutil.which("npm")
    if npm is None:
        raise LocalError("npm is not installed. It is needed to refresh these files only, not to run the project.")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", f"{library.package}@{library.version}", "--silent", "--pack-destination", folder]
        finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)  # noqa: S603
        archives = list(Path(folder).glob("*.tgz"))
        if finished.returncode != 0 or len(archives) != 1:
            raise LocalError(
                f"npm could not bring {library.package} {library.version}: {finished.stderr.strip()[-500:]}"
            )
        with tarfile.open(fileobj=io.BytesIO(archives[0].read_bytes())) as archive:
            return {name: _member(archive, name) for name in library.files}


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    content = archive.extractfile(f"package/{name}")
    if content is None:
        raise LocalError(f"{name} is not in the package any more: see what its newer version is made of.")
    return content.read()


if __name__ == "__main__":
    sys.exit(main())
