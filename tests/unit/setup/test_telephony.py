"""What Asterisk is told is changed by one command at a time."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

from centre import telephony
from centre.setup import node
from centre.telephony import Telephony
from config.settings import CHECKOUT
from dialplans import Trunk


def opens(pid: int, file: Path) -> bool:
    """Whether a process has this file open."""
    with contextlib.suppress(OSError):  # it may close one meanwhile, or end
        return any(each.readlink() == file for each in Path(f"/proc/{pid}/fd").iterdir())
    return False


def test_a_trunk_added_while_another_command_changes_them_is_kept_with_that(tmp_path: Path) -> None:
    settings = node.settings(tmp_path)
    node.keep(settings)
    words = ["-m", "centre", "trunk", "add", "second", "192.0.2.2", "--data", str(tmp_path)]
    with telephony.alone(settings):
        kept = telephony.load(settings).trunks
        command = subprocess.Popen([sys.executable, *words], cwd=CHECKOUT)
        while command.poll() is None and not opens(command.pid, tmp_path / "telephony.json.lock"):
            time.sleep(0.02)
        telephony.save(settings, Telephony(trunks=[*kept, Trunk(name="first", host="192.0.2.1")]))
    assert command.wait() == 0
    assert [trunk.name for trunk in telephony.load(settings).trunks] == ["first", "second"]
