"""The example of the README works as it stands there."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from pathlib import Path

import ivr.ari
from tests.parts.ari.exchange import PASSWORD, USER, Exchange
from tests.parts.ari.owner import owner

FOLDER = Path(ivr.ari.__file__).parent


async def test_the_readmes_example_greets_a_caller_and_hangs_up(exchange: Exchange, tmp_path: Path) -> None:
    example = re.search(r"```python\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)
    assert example
    shutil.copytree(FOLDER, tmp_path / "ari")
    told = {
        "http://127.0.0.1:8088/ari": exchange.url,
        '"user"': f'"{USER}"',
        '"password"': f'"{PASSWORD}"',
        "sound:hello": exchange.sound("second"),
        "sound:vm-goodbye": exchange.sound("second"),
    }
    text = example[1]
    for there, here in told.items():
        assert there in text
        text = text.replace(there, here)
    (tmp_path / "example.py").write_text(text)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", tmp_path / "example.py", stdout=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 20)
        assert line == b"0 calls were there before us\n"
        async with owner(exchange) as caller:
            await caller.client.channels.originate(
                endpoint="Local/hello@near", app=caller.client.app, channel_id="reader"
            )
            await caller.event(ivr.ari.events.StasisStart)
            await caller.event(ivr.ari.events.ChannelDestroyed, lambda event: event.channel.id == "reader")
    finally:
        process.kill()
        await process.wait()
