"""Sessions that are over are written down whole, however many end at once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from agent_desktop.ended import Ended


async def test_many_who_log_out_at_once_are_all_out_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "web" / "ended-sessions.json"
    ended = Ended(file)
    tokens = [f"token-{number}" for number in range(40)]
    until = time.time() + 3600
    await asyncio.gather(*(ended.note(token, until, told=False) for token in tokens))
    assert sorted(Ended(file).untold()) == sorted(tokens)
