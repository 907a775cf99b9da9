"""Airflow's plugin loader runs the plugin file and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_loader_skips_all_but_the_plugin_file(tmp_path):
    """With `.airflowignore` as shipped and Airflow's own way of looking, one Python file remains."""
    from airflow._shared.module_loading.file_discovery import find_path_from_directory

    ignore = (PLUGINS / ".airflowignore").read_text(encoding="utf-8")
    (tmp_path / ".airflowignore").write_text(ignore, encoding="utf-8")
    names = [path.relative_to(PLUGINS) for path in PLUGINS.rglob("*.py")] + [
        Path("cometwatch_plugin.py"),
        Path("a/b/c.py"),
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_path_from_directory(str(tmp_path), ".airflowignore", "glob")
    assert sorted(str(Path(p).relative_to(tmp_path)) for p in found if p.endswith(".py")) == ["cometwatch_plugin.py"]
