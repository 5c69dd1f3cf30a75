"""The typed commands and events are those that Asterisk's own description names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.ari.generate import HERE, main
from tests.native import program


@pytest.fixture
def description() -> Path:
    """The folder that came with this Asterisk."""
    return program("asterisk").parent.parent / "share/asterisk/rest-api"


def names(folder: Path) -> set[tuple[str, str]]:
    """Every struct, method and field, with its file."""
    pattern = re.compile(r"^class \w+|^    async def \w+|^    \w+: ", re.MULTILINE)
    return {(path.name, name) for path in folder.glob("*.py") for name in pattern.findall(path.read_text())}


def test_all_that_is_committed_is_in_the_description_of_this_asterisk(description: Path, tmp_path: Path) -> None:
    """A newer Asterisk may describe more; what we have it must still have."""
    assert main([str(description), "--into", str(tmp_path)]) == 0
    assert names(HERE) <= names(tmp_path)


def test_the_check_passes_what_was_just_written(description: Path, tmp_path: Path) -> None:
    main([str(description), "--into", str(tmp_path)])
    assert main([str(description), "--into", str(tmp_path), "--check"]) == 0


@pytest.mark.parametrize("change", ["altered", "missing", "surplus"])
def test_the_check_fails_where_a_file_differs(
    description: Path, tmp_path: Path, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(description), "--into", str(tmp_path)])
    file = tmp_path / ("surplus.py" if change == "surplus" else "channels.py")
    if change == "missing":
        file.unlink()
    else:
        file.write_text("# changed by hand\n")
    assert main([str(description), "--into", str(tmp_path), "--check"]) == 1
    assert file.name in capsys.readouterr().err
    assert main([str(description), "--into", str(tmp_path)]) == 0
    assert main([str(description), "--into", str(tmp_path), "--check"]) == 0
