"""Steps of a set-up: each is skipped when done, several run side by side, and all may be interrupted and repeated."""

from __future__ import annotations

import dataclasses
import queue
import threading
from collections.abc import Callable, Sequence

from centre.errors import explain
from centre.setup.show import Board, Say


@dataclasses.dataclass(frozen=True)
class Step:
    """One thing to have. `run` makes it whole or not at all, so that `done` is never half true."""

    name: str
    done: Callable[[], bool]
    run: Callable[[Say], None]
    after: tuple[str, ...] = ()
    """Names of steps that must be over before this one."""


def run(steps: Sequence[Step], board: Board) -> None:
    """Run what is not done. The first step that fails is raised, once those beside it came to their end."""
    waiting = [step for step in steps if not step.done()]
    missing = {step.name for step in waiting}
    ended: queue.SimpleQueue[tuple[Step, BaseException | None]] = queue.SimpleQueue()
    running = 0
    failure: BaseException | None = None
    while waiting or running:
        for step in [step for step in waiting if not missing.intersection(step.after)]:
            if failure is None:
                # A daemon: Ctrl-C ends the program at once, and the step is repeated the next time.
                threading.Thread(target=attempt, args=(step, board, ended), daemon=True).start()
                running += 1
            waiting.remove(step)
        if not running:
            break
        step, error = ended.get()
        running -= 1
        missing.discard(step.name)
        failure = failure or error
    if failure is not None:
        raise failure


def attempt(step: Step, board: Board, ended: queue.SimpleQueue[tuple[Step, BaseException | None]]) -> None:
    try:
        with board.step(step.name) as say:
            step.run(say)
    except OSError as error:
        ended.put((step, explain(error, step.name)))
    except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
        ended.put((step, error))
    else:
        ended.put((step, None))
