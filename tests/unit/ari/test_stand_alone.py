"""The folder can be taken and used elsewhere, and its code is written in this project's form."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import ivr.ari

FOLDER = Path(ivr.ari.__file__).parent


def test_it_imports_the_standard_library_aiohttp_and_msgspec_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"aiohttp", "msgspec"}
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert all(alias.name.partition(".")[0] in allowed for alias in node.names), path
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert (node.module or "").partition(".")[0] in allowed, path
            elif isinstance(node, ast.ImportFrom):
                assert node.level <= len(path.relative_to(FOLDER).parts), f"{path} reaches out of the folder"


def test_a_copy_under_another_name_works(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "telephony")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from telephony import Client, events
Client("http://127.0.0.1/ari", "user", "password", "app")
print(events.StasisStart.__module__)
"""
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "telephony.generated.events"


def test_the_generated_code_is_in_the_formatters_form() -> None:
    for command in (["format", "--check"], ["check"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", FOLDER / "generated"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout
