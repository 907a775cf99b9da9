"""Fields real answers carry and nobody reads: constant and shared, because they only add weight."""

import json
from pathlib import Path
from typing import Any

_FIELDS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("noise.json").read_text(encoding="utf-8"))
AUTHOR = _FIELDS["author"]
PROFILE = _FIELDS["profile"]
AWEME = _FIELDS["aweme"]
VIDEO = _FIELDS["video"]
STATUS = _FIELDS["status"]
