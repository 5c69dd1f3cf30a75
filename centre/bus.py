"""One request to `line`, or one hint to everybody, from a command that ends right after."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import nats
import nats.errors
from nats.aio.client import Client

from centre.errors import Trouble
from config.settings import Settings
from ivr.api import Command, Reply

Answer = TypeVar("Answer", bound=msgspec.Struct)

SECONDS = 3.0


async def ask(settings: Settings, command: Command, kind: type[Answer]) -> Answer:
    """`line`'s answer. Trouble where nobody answers, or where the answer is an error."""
    try:
        client = await _connect(settings)
        try:
            message = await client.request(command.subject, msgspec.json.encode(command), timeout=SECONDS)
        finally:
            await client.close()
    except (OSError, nats.errors.Error, TimeoutError) as error:
        raise Trouble("The line does not answer: `./centro311 status` shows whether the centre runs.") from error
    try:
        answer = msgspec.json.decode(message.data, type=kind)
    except msgspec.ValidationError:
        answer = None
    if answer is None or (isinstance(answer, Reply) and not answer.ok):
        reason = msgspec.json.decode(message.data, type=Reply).error
        raise Trouble(_SENTENCES.get(reason or "", f"The line refuses: {reason}."))
    return answer


async def hint(settings: Settings, subject: str) -> None:
    """Tell whoever listens. Nobody need be there: a hint says only that the truth has changed."""
    try:
        client = await _connect(settings)
        await client.publish(subject)
        await client.flush(timeout=1)
        await client.close()
    except (OSError, nats.errors.Error, TimeoutError):
        return


async def _connect(settings: Settings) -> Client:
    client = Client()

    async def quiet(error: Exception) -> None:
        """nats-py would log each refused connection; the exception says it already."""

    await client.connect(
        settings.nats, connect_timeout=1, allow_reconnect=False, max_reconnect_attempts=0, error_cb=quiet
    )
    return client


_SENTENCES = {
    "unknown-agent": "There is no such agent: `./centro311 agent list` shows who there is.",
    "no-telephone": "The agent's telephone is not registered: open the browser's page, or switch the SIP telephone on.",
    "in-call": "The agent is in a call: it goes into effect after it.",
}
