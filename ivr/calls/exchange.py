"""All calls of this process: events to their call, a task for each, and taking calls over.

There are two ways out of a call's task. `Ending.HANGUP` undoes all that the call started; `Ending.DETACH` touches
nothing, and whoever connects next goes on from the state in the caller's channel. A script that raises never hangs
up on a person: its caller goes on in `rescue`, and if that raises too, in the dialplan's fallback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

import structlog

from crm_core.domain.case import Outcome
from ivr import ari
from ivr.ari import events, models
from ivr.calls import records
from ivr.calls.call import Call, Ending
from ivr.calls.house import House
from ivr.calls.ids import call_of, is_made_by_us, leg_number
from ivr.calls.leg import Leg
from ivr.calls.message import keep_message
from ivr.calls.phone import e164
from ivr.calls.recording import stop_recording, store_recordings
from ivr.calls.ringing import end_leg, part
from ivr.calls.spool import has_fallback_message
from ivr.calls.state import ROLE_VARIABLE, VARIABLE, CallState, Stage

log = structlog.get_logger()

RESCUED_SECONDS = 60.0
"""A rescue that raises sooner is of no use to its caller."""

Script = Callable[[Call], Awaitable[None]]


class Exchange:
    """`script` and `rescue` are the call's course; `changed` is told when a call begins or ends, `over` which
    one was hung up."""

    def __init__(
        self,
        house: House,
        *,
        script: Script,
        rescue: Script,
        changed: Callable[[], None] = lambda: None,
        over: Callable[[Call], None] = lambda call: None,
    ) -> None:
        self.calls: dict[str, Call] = {}
        self.house = house
        self._script = script
        self._rescue = rescue
        self._changed = changed
        self._over = over
        self._returned: dict[str, models.Channel] = {}
        """Callers who came back to the application before their call had let go of them."""
        self._left: dict[str, Call] = {}
        """Calls that this process let go of, until it is known what became of them."""
        self._finishing: set[str] = set()
        """Calls that ended while they were let go, until their end is in the journal."""
        self._errands: set[asyncio.Task[None]] = set()
        self._holds = False
        """What there was at the connect is taken over, and its events come."""

    # Events

    def handle(self, event: ari.Event) -> None:
        """Give an event to its call. Runs in the reader of events: never waits."""
        match event:
            case events.StasisStart(channel=channel, args=("caller", *_)):
                self._begin(channel)
            case events.StasisStart(channel=channel):
                call = self.calls.get(call_of(channel.id) or "")
                if call is None:
                    self._run(self._end_channel(channel.id))
                else:
                    call.deliver(event)
            case _:
                thing = _thing(event)
                call = self.calls.get(call_of(thing) or "") if thing else None
                if call is not None:
                    call.deliver(event)

    def _begin(self, channel: models.Channel) -> None:
        call = self.calls.get(channel.id)
        if call is None:
            self._start(self._call(channel), resumed=bool(channel.channelvars.get(VARIABLE)))
        elif not call.comes_back():
            self._returned[channel.id] = channel

    def _call(self, channel: models.Channel) -> Call:
        number = channel.caller.number
        state = CallState.decode(str(channel.channelvars.get(VARIABLE) or ""))
        started = ari.moment(channel.creationtime) if channel.creationtime else datetime.now(UTC)
        call = Call(channel.id, e164(number), state, self.house, started)
        self.calls[call.id] = call
        return call

    def _start(self, call: Call, *, resumed: bool) -> None:
        self._left.pop(call.id, None)
        call.task = asyncio.create_task(self._live(call, resumed=resumed), name=f"call {call.id}")
        self._changed()

    # The life of a call

    async def _live(self, call: Call, *, resumed: bool) -> None:
        structlog.contextvars.bind_contextvars(call=call.id)
        try:
            if resumed:
                call.note("resumed", stage=call.state.stage.value, step=call.state.step)
                await self._quietly(call.sound.hush())
            self.house.journal.write_soon(records.started(call.id, call.started))
            await self._guarded(call)
        except asyncio.CancelledError:
            call.ending = call.ending or Ending.DETACH
        except Exception:
            call.log.exception("call")
            call.ending = call.ending or Ending.DETACH
        finally:
            try:
                if call.ending is Ending.HANGUP:
                    await self._finish(call)
                else:
                    call.log.info("let go", stage=call.state.stage.value)
                    self._left[call.id] = call
            finally:
                self.calls.pop(call.id, None)
                self._changed()
                if (returned := self._returned.pop(call.id, None)) is not None and call.ending is Ending.DETACH:
                    self._begin(returned)

    async def _guarded(self, call: Call) -> None:
        """The script; the rescue, each time it raised; the fallback, where the rescue raises at once."""
        clock = asyncio.get_running_loop().time
        course, rescued = self._script, -RESCUED_SECONDS
        while True:
            try:
                await self._course(call, course)
            except ari.Lost:
                call.ending = Ending.DETACH
                return
            except Exception:
                call.log.exception("script", step=call.state.step, stage=call.state.stage.value)
                if await self._is_gone(call):
                    return
            else:
                return
            if course is self._rescue and clock() - rescued < RESCUED_SECONDS:
                break
            course, rescued = self._rescue, clock()
        call.note("fallback")
        await self._end_agents_part(call)
        # Straight to its message: coming back here at once would only raise again.
        await self.house.ari.channels.continue_in_dialplan(call.id, context="fallback", extension="s", label="message")
        call.ending = Ending.DETACH

    async def _course(self, call: Call, course: Script) -> None:
        if not call.state.step:
            await self.house.ari.channels.answer(call.id)
        await course(call)
        call.ending = Ending.HANGUP
        await call.hang_up()

    async def _is_gone(self, call: Call) -> bool:
        """Whether the channel is no longer there: then its script failed for that reason."""
        try:
            await self.house.ari.channels.get(call.id)
        except ari.NotFound:
            call.ending = call.ending or Ending.HANGUP
            return True
        except ari.AriError as error:
            call.log.warning("taken to be there", error=str(error))
        return False

    async def _finish(self, call: Call) -> None:
        """Undo all that the call started and write its end. Nothing of it stays in Asterisk."""
        await self._end_agents_part(call)
        stop_recording(call)
        # What cannot be stored now stays in the spool, and is tried again by `settle`.
        await self._quietly(store_recordings(call))
        if call.state.message_begun:
            await self._quietly(keep_message(call))
        ended = records.ended(
            call.id,
            outcome=outcome_of(call.state),
            language=call.state.language,
            agent=call.state.agent if call.state.was_answered else None,
        )
        call.log.info("ended", outcome=ended.outcome)
        await self.house.journal.write(ended)

    async def _end_agents_part(self, call: Call) -> None:
        self._over(call)
        for leg in call.legs.values():
            if not leg.end.done():
                await self._quietly(end_leg(call, leg))
        await self._quietly(part(call))

    # Taking over

    async def take_over(self) -> set[str]:
        """Go on with every call that Asterisk holds for this application, and clear away what belongs to none.

        Returns the agents in conversation. Runs after each connect; new calls may come in beside it.
        """
        state = await self.house.ari.state()
        resumed = [
            self._call(channel)
            for channel in state.members.values()
            if channel.channelvars.get(ROLE_VARIABLE) == "caller"
            and call_of(channel.id) == channel.id
            and channel.id not in self.calls
        ]
        for channel in state.channels.values():
            call = self.calls.get(call_of(channel.id) or "")
            if call is None:
                if channel.id in state.members or is_made_by_us(channel.id):
                    self._run(self._end_channel(channel.id))
            elif channel.id != call.id and channel.id not in call.legs and channel.id not in call.up:
                _attach(call, channel)
        for bridge in state.bridges.values():
            if is_made_by_us(bridge.id) and call_of(bridge.id) not in self.calls:
                self._run(self._quietly(self.house.ari.bridges.destroy(bridge.id)))
        for call in resumed:
            self._start(call, resumed=True)
        for id, call in list(self._left.items()):
            if id not in state.channels:
                del self._left[id]
                if not has_fallback_message(self.house.settings, id):
                    self._finishing.add(id)
                    self._run(self._finish_left(call))
        self._holds = True
        log.info("connected", calls=len(self.calls), resumed=len(resumed), channels=len(state.channels))
        return {call.state.agent for call in self.calls.values() if call.state.stage is Stage.TALK and call.state.agent}

    async def take_up_the_left(self, channels: Iterable[models.Channel]) -> None:
        """Take over again where a caller is in the application and no task of ours has them: what should have sent
        them on failed."""
        left = [
            channel.id
            for channel in channels
            if call_of(channel.id) == channel.id
            and channel.id not in self.calls
            and channel.dialplan.app_name == "Stasis"
        ]
        if left and self._holds:
            log.warning("callers whom nobody had", calls=left)
            await self.take_over()

    async def _finish_left(self, call: Call) -> None:
        try:
            await self._finish(call)
        finally:
            self._finishing.discard(call.id)

    def held(self) -> set[str]:
        """The calls whose end this process writes itself, or may still write."""
        return self.calls.keys() | self._left.keys() | self._finishing

    def forget(self, live: set[str]) -> None:
        """Of the calls that were let go, only those among `live` can still come back."""
        for id in self._left.keys() - live:
            del self._left[id]

    def let_go(self) -> None:
        """The connection is gone, or this process stops: touch nothing any more."""
        self._holds = False
        for call in list(self.calls.values()):
            call.end(Ending.DETACH)

    async def at_rest(self) -> None:
        """Wait until every call's task and errand is over."""
        tasks = [call.task for call in self.calls.values() if call.task] + list(self._errands)
        if tasks:
            await asyncio.wait(tasks)

    async def _end_channel(self, id: str) -> None:
        log.info("orphan", channel=id)
        await self._quietly(self.house.ari.channels.hangup(id, reason="normal"))

    async def _quietly(self, command: Awaitable[object]) -> None:
        """One step of cleaning up: if it fails, the next are done all the same."""
        try:
            await command
        except ari.NotFound:
            pass
        except ari.AriError as error:
            log.warning("clean-up", error=str(error))
        except Exception:
            log.exception("clean-up")

    def _run(self, errand: Awaitable[None]) -> None:
        task = asyncio.ensure_future(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


def outcome_of(state: CallState) -> Outcome:
    if state.was_answered:
        return Outcome.ANSWERED
    if state.left_message:
        return Outcome.MESSAGE
    return Outcome.SELF_SERVICE if state.served and not state.cases else Outcome.ABANDONED


def _thing(event: ari.Event) -> str | None:
    """The id that an event speaks of: a channel's, a playback's or a recording's."""
    match event:
        case events.PlaybackFinished(playback=playback):
            return playback.id
        case events.RecordingFinished(recording=recording) | events.RecordingFailed(recording=recording):
            return recording.name
        case (
            events.ChannelDtmfReceived(channel=channel)
            | events.StasisEnd(channel=channel)
            | events.ChannelHangupRequest(channel=channel)
            | events.ChannelDestroyed(channel=channel)
        ):
            return channel.id
        case _:
            return None


def _attach(call: Call, channel: models.Channel) -> None:
    """Give a channel of before the restart to its call: an agent's leg, or a side of the recording."""
    number = leg_number(channel.id)
    if number is not None:
        leg = call.legs[channel.id] = Leg(channel.id, call.state.agent or "")
        call.remember(offers=max(call.state.offers, number))
        if channel.state == "Up":
            leg.answered()
    else:
        call.entered(channel.id)


HANDLED = (
    events.StasisStart,
    events.StasisEnd,
    events.ChannelDtmfReceived,
    events.ChannelHangupRequest,
    events.ChannelDestroyed,
    events.PlaybackFinished,
    events.RecordingFinished,
    events.RecordingFailed,
)
"""What Asterisk is asked to send."""
