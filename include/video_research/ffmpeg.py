"""The ffmpeg of this machine: Debian's where it is installed, else the one that a package carries."""

from __future__ import annotations

import shutil
from functools import cache

from include.extras import require


@cache
def binary() -> str:
    """The path of the program. Raises ExtraMissing, which names what brings one."""
    found = shutil.which("ffmpeg")
    if found:
        return found
    require("media")
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())
