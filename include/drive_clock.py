"""What time it is for the drive that files lie on: a file server's clock may be hours or days from this machine's."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def drive_time(folder: Path) -> float:
    """Seconds since 1970, as the modification time of a file made there now. Raises OSError where none can be made."""
    with tempfile.TemporaryFile(dir=folder) as file:
        return os.fstat(file.fileno()).st_mtime
