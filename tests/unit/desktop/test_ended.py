"""Sessions that are over are written down whole, however many end at once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from agent_desktop.ended import Ended


async def test_those_who_log_out_at_once_are_all_out_after_a_restart(tmp_path: Path) -> None:
    until = time.time() + 3600
    for day in range(40):
        file = tmp_path / f"{day}.json"
        ended = Ended(file)
        tokens = [f"token-{number}" for number in range(4)]
        await asyncio.gather(*(ended.note(token, until, told=False) for token in tokens))
        assert sorted(Ended(file).untold()) == tokens
