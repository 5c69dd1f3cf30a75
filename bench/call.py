"""One call in the menu, ours beside a plain dialplan's on the same Asterisk: delays, CPU a call, memory.

A call lasts five seconds: INVITE, answer, greeting, a digit that cuts it off, the main menu, BYE. What is measured is
INVITE to 200, and the end of the digit (its first RFC 4733 end packet) to the first frame of the next prompt.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.centre import bench_centre, say_table
from bench.machine import cpu_seconds, memory_mb
from bench.sip import Switchboard
from bench.sound import Frames
from dialplans import console
from tests.centre import Centre

RATES = {1: 15, 20: 300, 100: 1500}
"""Calls a second, and how many of them."""
CALL_SECONDS = 5.0
PLAIN = "312"
PARTS = ("asterisk", "line", "postgres", "worker")


@dataclass
class Run:
    service: str
    rate: int
    calls: int
    failed: int = 0
    refused: int = 0
    """Told by a SIP status, such as busy, before anybody answered."""
    unheard: int = 0
    answer_ms: list[float] = field(default_factory=list)
    prompt_ms: list[float] = field(default_factory=list)
    cpu_ms: dict[str, float] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "calls_per_second": self.rate,
            "calls": self.calls,
            "failed": self.failed,
            "refused": self.refused,
            "prompt_not_heard": self.unheard,
            "invite_to_200_ms": _percentiles(self.answer_ms),
            "digit_to_prompt_ms": _percentiles(self.prompt_ms),
            "cpu_ms_per_call": self.cpu_ms,
            "memory_mb": self.memory_mb,
        }


async def run(parts: Path, *, as_json: bool) -> None:
    """Measure, and print a table or JSON."""
    async with bench_centre(parts) as centre:
        await _add_plain_menu(centre)
        next_prompt = Frames.of(centre.prompts.files("es", "menu.main")[0])
        runs: list[Run] = []
        for rate, calls in RATES.items():
            for service, extension in (("plain dialplan", PLAIN), ("centro311", "311")):
                runs.append(await _measure(centre, service, extension, rate, calls, next_prompt))
                await asyncio.sleep(3)
        rows = [one.row() for one in runs]
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        say_table(
            [
                "service",
                "calls/s",
                "calls",
                "failed",
                "refused",
                "INVITE-200 ms p50/p99",
                "digit-prompt ms p50/p99",
                "CPU ms a call",
            ],
            [
                [
                    row["service"],
                    row["calls_per_second"],
                    row["calls"],
                    f"{row['failed']} (+{row['prompt_not_heard']} not heard)",
                    row["refused"],
                    "{p50}/{p99}".format(**row["invite_to_200_ms"]),
                    "{p50}/{p99}".format(**row["digit_to_prompt_ms"]),
                    "  ".join(f"{part} {value}" for part, value in row["cpu_ms_per_call"].items()),
                ]
                for row in rows
            ],
        )
        memory = rows[-1]["memory_mb"]
        print("memory at the end of the last: " + ", ".join(f"{part} {value} MB" for part, value in memory.items()))


async def _add_plain_menu(centre: Centre) -> None:
    """The same menu as a plain dialplan: extension 312, only on this centre, only while it lives."""
    prompts = centre.settings.prompts
    greeting = f"{prompts}/es/greeting&{prompts}/es/language.menu&{prompts}/en/language.menu"
    steps = [
        (f"{PLAIN},1", "Goto(bench-plain,s,1)", "from-outside"),
        ("s,1", "Answer(0)", "bench-plain"),
        ("s,2", f"Background({greeting})", "bench-plain"),
        ("s,3", "WaitExten(6)", "bench-plain"),
        ("1,1", f"Background({prompts}/es/menu.main)", "bench-plain"),
        ("1,2", "WaitExten(6)", "bench-plain"),
    ]
    for place, application, context in steps:
        await asyncio.to_thread(
            console, centre.settings, f"dialplan add extension {place},{application} into {context}"
        )


async def _measure(centre: Centre, service: str, extension: str, rate: int, calls: int, next_prompt: Frames) -> Run:
    result = Run(service, rate, calls)
    pids = (await centre.status())["pids"]
    before = {part: cpu_seconds(pids[part]) for part in PARTS}
    phones = Switchboard(centre.settings.sip_port)
    await phones.open()
    tasks = []
    start = time.perf_counter()
    for turn in range(calls):
        await asyncio.sleep(max(0.0, start + turn / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(_one_call(phones, f"6{turn:07d}", extension, next_prompt, result)))
        if turn == calls * 3 // 4:
            result.memory_mb = {part: round(memory_mb(pid), 1) for part, pid in pids.items()}
    await asyncio.gather(*tasks)
    await asyncio.sleep(1)
    phones.close()
    result.cpu_ms = {part: round((cpu_seconds(pids[part]) - before[part]) * 1000 / calls, 2) for part in PARTS}
    return result


async def _one_call(phones: Switchboard, number: str, extension: str, next_prompt: Frames, result: Run) -> None:
    dialog = await phones.invite(number, extension)
    if dialog.up_at is None:
        result.refused += dialog.answered.done()
        result.failed += not dialog.answered.done()
        phones.hang_up(dialog)
        return
    result.answer_ms.append((dialog.up_at - dialog.began) * 1000)
    await asyncio.sleep(random.uniform(1.0, 2.0))
    if dialog.over.is_set():
        result.failed += 1
        return
    heard = next_prompt.listen(dialog.rtp)
    pressed = await dialog.press("1")
    try:
        async with asyncio.timeout(CALL_SECONDS - 2.5):
            result.prompt_ms.append((await heard - pressed) * 1000)
    except TimeoutError:
        result.unheard += 1
    await asyncio.sleep(max(0.0, dialog.up_at + CALL_SECONDS - time.perf_counter()))
    if dialog.over.is_set():
        result.failed += 1
    phones.hang_up(dialog)


def _percentiles(values: list[float]) -> dict[str, float]:
    if not values:
        return {"p50": float("nan"), "p99": float("nan")}
    return {f"p{q}": round(float(np.percentile(values, q)), 1) for q in (50, 99)}
