"""Whole journeys a second: menu, queue, agent, recording, number; as many as hold, and then twice as many.

No media flows but the digits. The caller keys language, report and complaint as soon as each prompt may have begun, an
agent answers at once and hangs up after half a second, the number begins to be read, and the caller hangs up. A rate
holds where nobody fails and a journey takes no longer than half as long again as at the lowest rate.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bench.centre import bench_centre, say_table
from bench.machine import cpu_seconds
from bench.sip import Dialog, Switchboard
from ivr.api import AgentState, SetState
from tests.agents import add_agent
from tests.centre import Centre

AGENTS = 100
RATES = (5, 10, 20, 30, 40, 50, 60)
SECONDS = 15
TALK_SECONDS = 0.5
NUMBER_SECONDS = 0.5
LONGEST = 20.0
PARTS = ("asterisk", "line", "postgres", "worker")


@dataclass
class Step:
    rate: int
    calls: int
    whole: int = 0
    refused: int = 0
    lost: int = 0
    seconds: list[float] = field(default_factory=list)
    cpu_ms: dict[str, float] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        p50, p99 = np.percentile(self.seconds, (50, 99)) if self.seconds else (float("nan"), float("nan"))
        return {
            "journeys_per_second": self.rate,
            "calls": self.calls,
            "whole": self.whole,
            "told_busy": self.refused,
            "lost": self.lost,
            "seconds_p50": round(float(p50), 2),
            "seconds_p99": round(float(p99), 2),
            "cpu_ms_per_journey": self.cpu_ms,
        }


async def run(parts: Path, *, as_json: bool) -> None:
    """Measure, and print a table or JSON."""
    async with bench_centre(parts, wrap_up_seconds=0.0) as centre:
        load = Load(centre)
        await load.open()
        steps: list[Step] = []
        for rate in RATES:
            steps.append(await load.step(rate))
            if not _holds(steps[-1], steps[0]):
                break
        held = max((step.rate for step in steps if _holds(step, steps[0])), default=0)
        if held:
            steps.append(await load.step(2 * held))
        load.close()
    rows = [step.row() for step in steps]
    if as_json:
        print(json.dumps({"held": held, "steps": rows}, indent=2))
        return
    say_table(
        ["journeys/s", "calls", "whole", "told busy", "lost", "seconds p50/p99", "CPU ms a journey"],
        [
            [
                row["journeys_per_second"],
                row["calls"],
                row["whole"],
                row["told_busy"],
                row["lost"],
                f"{row['seconds_p50']}/{row['seconds_p99']}",
                "  ".join(f"{part} {value}" for part, value in row["cpu_ms_per_journey"].items()),
            ]
            for row in rows
        ],
    )
    print(f"Holds: {held} journeys a second, load included. The last row is twice that.")


def _holds(step: Step, calm: Step) -> bool:
    return step.lost == 0 and step.refused == 0 and step.row()["seconds_p99"] < 1.5 * calm.row()["seconds_p99"]


class Load:
    """Agents who answer at once, and callers who go the whole way."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._phones = Switchboard(centre.settings.sip_port)
        self._phones.on_invite = self._agent_answers
        self._ended: dict[str, asyncio.Event] = {}
        """By the caller's number: the agent has hung up."""
        self._errands: set[asyncio.Task[None]] = set()
        self._serial = 0

    async def open(self) -> None:
        await self._phones.open()
        for number in range(AGENTS):
            name = f"bench-{number}"
            await self._phones.register(f"agent-{name}", await add_agent(self._centre, name))
            await self._centre.ask(SetState(agent=name, state=AgentState.READY))

    def close(self) -> None:
        self._phones.close()

    async def step(self, rate: int) -> Step:
        step = Step(rate, rate * SECONDS)
        pids = (await self._centre.status())["pids"]
        before = {part: cpu_seconds(pids[part]) for part in PARTS}
        start = time.perf_counter()
        tasks = []
        for turn in range(step.calls):
            await asyncio.sleep(max(0.0, start + turn / rate - time.perf_counter()))
            self._serial += 1
            tasks.append(asyncio.create_task(self._journey(f"6{self._serial:07d}", step)))
        await asyncio.gather(*tasks)
        await asyncio.sleep(5)
        step.cpu_ms = {part: round((cpu_seconds(pids[part]) - before[part]) * 1000 / step.calls, 1) for part in PARTS}
        return step

    async def _journey(self, number: str, step: Step) -> None:
        ended = self._ended[number] = asyncio.Event()
        dialog = await self._phones.invite(number, "311")
        if not dialog.answered.done() or dialog.answered.result() != 200:
            step.refused += dialog.answered.done()
            step.lost += not dialog.answered.done()
            self._phones.hang_up(dialog)
            return
        try:
            async with asyncio.timeout(LONGEST):
                for digit in "111":
                    await asyncio.sleep(0.2)
                    await dialog.press(digit)
                over = asyncio.ensure_future(dialog.over.wait())
                talked = asyncio.ensure_future(ended.wait())
                await asyncio.wait({over, talked}, return_when=asyncio.FIRST_COMPLETED)
                over.cancel()
                talked.cancel()
                if not ended.is_set():
                    step.refused += 1
                    return
                await asyncio.sleep(NUMBER_SECONDS)
            step.whole += 1
            step.seconds.append(time.perf_counter() - dialog.began)
        except (TimeoutError, AssertionError, OSError):
            step.lost += 1
        finally:
            self._phones.hang_up(dialog)
            del self._ended[number]

    def _agent_answers(self, dialog: Dialog) -> None:
        task = asyncio.ensure_future(self._talk(dialog))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _talk(self, dialog: Dialog) -> None:
        """`dialog.to` is the caller's address, with the number that the agent's telephone shows."""
        await asyncio.sleep(TALK_SECONDS)
        self._phones.hang_up(dialog)
        number = dialog.to.removeprefix("sip:").partition("@")[0].removeprefix("+507")
        if number in self._ended:
            self._ended[number].set()
