"""How the client lives through losses, restarts, a frozen Asterisk and a program that takes over."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ivr.ari import AriError, Client, Closed, Forbidden, Lost, NotConnected, NotFound, Replaced
from ivr.ari.generated.events import (
    ApplicationReplaced,
    ChannelDestroyed,
    ChannelUserevent,
    ChannelVarset,
    DeviceStateChanged,
    Dial,
    StasisStart,
)
from tests.parts.ari.exchange import PASSWORD, USER, Exchange
from tests.parts.ari.owner import QUICK, Owner, numbers, owner, until


async def test_a_clean_close_is_a_loss_and_is_followed_by_a_new_connection(desk: Owner) -> None:
    desk.exchange.command("ari shutdown websocket sessions")
    await until(lambda: desk.losses == 1, "the loss")
    await until(lambda: desk.connects == 2, "the new connection")
    assert (await desk.client.asterisk.ping()).ping == "pong"


async def test_calls_stay_and_are_heard_again_after_a_loss(desk: Owner) -> None:
    call = await desk.call(variables={"C311": "what is to be kept"})
    desk.exchange.command("ari shutdown websocket sessions")
    await until(lambda: desk.connects == 2, "the new connection")
    desk.events.clear()
    state = await desk.client.state()
    assert state.members[call].channelvars["C311"] == "what is to be kept"
    await desk.client.channels.hangup(call)
    await desk.event(ChannelDestroyed, lambda event: event.channel.id == call)
    assert not desk.all(StasisStart), "nothing is replayed"


async def test_what_happened_while_away_is_seen_in_the_state_alone(exchange: Exchange, over_http: bool) -> None:
    app = f"away-{next(numbers)}"
    async with owner(exchange, app, over_http=over_http) as before:
        stays, goes = await before.call(), await before.call()
        bridge = await before.client.bridges.create(type="mixing", bridge_id=f"{stays}-talk")
        await before.client.bridges.add_channel(bridge.id, channel=stays)
    async with Client(exchange.url, USER, PASSWORD, app, over_http=True) as someone:
        await someone.channels.hangup(goes)
    async with owner(exchange, app, over_http=over_http) as after:
        state = await after.client.state()
        assert stays in state.members
        assert goes not in state.channels
        assert stays in state.bridges[bridge.id].channels
        assert not after.all(StasisStart)
        await after.client.channels.hangup(stays)
        await after.client.bridges.destroy(bridge.id)


async def test_asterisk_killed_and_entered_is_connected_to_again(own_exchange: Exchange, over_http: bool) -> None:
    async with owner(own_exchange, over_http=over_http) as desk:
        call = await desk.call()
        own_exchange.kill()
        await until(lambda: desk.losses == 1, "the loss")
        with pytest.raises(NotConnected):
            await desk.client.channels.answer(call)
        own_exchange.start()
        await until(lambda: desk.connects == 2, "the new connection")
        assert not (await desk.client.state()).channels
        await desk.call()


async def test_commands_that_wait_when_asterisk_dies_are_lost_at_once(own_exchange: Exchange, over_http: bool) -> None:
    async with owner(own_exchange, over_http=over_http) as desk:
        own_exchange.freeze()
        waiting = [asyncio.create_task(desk.client.asterisk.ping(within=60)) for _ in range(20)]
        await asyncio.sleep(0)
        own_exchange.kill()
        outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
        assert all(isinstance(outcome, Lost) for outcome in outcomes), outcomes


async def test_a_frozen_asterisk_is_lost_in_bounded_time_and_found_again(
    own_exchange: Exchange, over_http: bool
) -> None:
    async with owner(own_exchange, over_http=over_http) as desk:
        call = await desk.call()
        own_exchange.freeze()
        async with asyncio.timeout(30):  # by the connection's own limit, long before the requests'
            outcomes = await asyncio.gather(
                desk.client.channels.answer(call, within=60),
                desk.client.channels.list(within=60),
                return_exceptions=True,
            )
        assert all(isinstance(outcome, Lost) for outcome in outcomes), outcomes
        assert desk.losses == 1
        own_exchange.thaw()
        await until(lambda: desk.connects == 2, "the new connection")
        assert call in (await desk.client.state()).members


async def test_commands_that_could_not_even_be_sent_are_lost_in_bounded_time(
    own_exchange: Exchange, over_http: bool
) -> None:
    """A frozen Asterisk takes some data into its buffers and then none; closing must not wait for it either."""
    async with owner(own_exchange, over_http=over_http) as desk:
        call = await desk.call()
        own_exchange.freeze()
        value = "x" * 100_000
        commands = [
            desk.client.channels.set_channel_var(call, variable="V", value=value, within=60) for _ in range(200)
        ]
        outcomes = await asyncio.wait_for(asyncio.gather(*commands, return_exceptions=True), 5)
        assert all(isinstance(outcome, Lost) for outcome in outcomes), outcomes
        await until(lambda: desk.losses == 1, "the loss")
        own_exchange.thaw()
        await until(lambda: desk.connects == 2, "the new connection")
        await desk.call()


async def test_the_ghosts_of_a_frozen_time_do_not_take_the_application_over(own_exchange: Exchange) -> None:
    """Attempts that were given up while Asterisk stood still must not register the application afterwards."""
    async with owner(own_exchange) as desk:
        own_exchange.freeze()
        await until(lambda: desk.losses == 1, "the loss")
        await asyncio.sleep(4)  # as long as several attempts would take
        own_exchange.thaw()
        await until(lambda: desk.connects == 2, "the new connection")
        await desk.call()
        assert not desk.client.replaced
        assert desk.connects == 2


async def test_a_connection_that_lives_but_is_deaf_is_lost_and_made_anew(exchange: Exchange, over_http: bool) -> None:
    """Pongs come, events do not. Here another program changed the filter; the new connection sets its own."""
    async with (
        owner(exchange, over_http=over_http) as desk,
        Client(exchange.url, USER, PASSWORD, "other", over_http=True) as other,
    ):
        await other.applications.filter(desk.client.app, filter={"allowed": [{"type": "Dial"}]})
        await until(lambda: desk.losses == 1, "the loss")
        await until(lambda: desk.connects == 2, "the new connection")
        await desk.client.channels.hangup(await desk.call())


async def test_a_connection_counts_from_its_first_event_on(exchange: Exchange) -> None:
    """Asterisk takes the WebSocket and then says nothing, as one that has just stood still may."""
    heard, goes_on = asyncio.Event(), asyncio.Event()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", exchange.port)

        async def there() -> None:
            while data := await reader.read(65_536):
                far_writer.write(data)
                if not data.startswith(b"GET "):
                    heard.set()
            far_writer.close()

        async def back() -> None:
            writer.write(await far_reader.readuntil(b"\r\n\r\n"))
            await goes_on.wait()
            while data := await far_reader.read(65_536):
                writer.write(data)

        await asyncio.gather(there(), back())

    server = await asyncio.start_server(relay, "127.0.0.1")
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ari"
    async with server, Client(url, USER, PASSWORD, f"mute-{next(numbers)}") as client:
        seen = Owner(client, exchange)
        running = asyncio.create_task(client.run())
        await asyncio.wait_for(heard.wait(), 10)
        assert not client.connected
        goes_on.set()
        await until(lambda: seen.connects == 1, "the connection")
        assert client.connected
        await client.close()
        await running
    assert not client.connected


async def test_a_second_program_takes_the_application_over_for_good(exchange: Exchange, over_http: bool) -> None:
    app = f"taken-{next(numbers)}"
    async with owner(exchange, app, over_http=over_http) as old:
        call = await old.call()
        async with owner(exchange, app, over_http=over_http) as new:
            await until(lambda: old.replacements, "the word that it was replaced")
            assert old.client.replaced
            assert old.running is not None
            await asyncio.wait_for(old.running, 5)
            for command in (old.client.channels.hangup(call), old.client.channels.list(), old.client.state()):
                with pytest.raises(Replaced):
                    await command
            await old.event(ApplicationReplaced)
            assert (old.connects, old.losses, old.replacements) == (1, 0, 1)
            assert call in (await new.client.state()).members
            await new.client.channels.hangup(call)
            await new.event(ChannelDestroyed, lambda event: event.channel.id == call)
            assert not new.client.replaced


async def test_commands_that_wait_when_another_takes_over_are_replaced(exchange: Exchange, over_http: bool) -> None:
    app = f"taken-{next(numbers)}"
    async with owner(exchange, app, over_http=over_http, ping_seconds=60.0) as old:
        call = await old.call()

        async def ask_on() -> None:
            while True:
                await old.client.channels.get_channel_var(call, variable="CHANNEL(name)")

        asking = [asyncio.create_task(ask_on()) for _ in range(20)]
        async with owner(exchange, app, over_http=over_http) as new:
            outcomes = await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), 10)
            assert all(isinstance(outcome, Replaced) for outcome in outcomes), outcomes
            await new.client.channels.hangup(call)


async def test_a_slow_consumer_delays_nobody_but_itself(desk: Owner) -> None:
    listened = desk.client.listen(ChannelUserevent)
    call = await desk.call()
    for number in range(500):
        await desk.client.events.user_event(
            "flood", application=desk.client.app, source=f"channel:{call}", variables={"number": str(number)}
        )
    await until(lambda: len(desk.all(ChannelUserevent)) == 500, "every event at the quick handler")
    assert len(listened) == 500
    assert (await desk.client.asterisk.ping()).ping == "pong"
    slowly = [(await listened.get()).userevent["number"] for _ in range(500)]
    assert slowly == [str(number) for number in range(500)]
    listened.close()


async def test_a_handler_that_raises_disturbs_nobody(desk: Owner, caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: object) -> None:
        raise RuntimeError("a fault of the owner's")

    stop = desk.client.on(broken, StasisStart)
    await desk.call()
    assert "a fault of the owner's" in caplog.text
    stop()
    caplog.clear()
    await desk.call()
    assert "a fault of the owner's" not in caplog.text


async def test_only_the_chosen_events_are_sent_and_still_are_after_a_loss(exchange: Exchange, over_http: bool) -> None:
    async with owner(exchange, over_http=over_http, without=[Dial, ChannelVarset]) as desk:
        for connects in (1, 2):
            await until(lambda connects=connects: desk.connects == connects, "the connection")
            desk.events.clear()
            call = await desk.call(variables={"C311": "x"})
            await desk.client.channels.hangup(call)
            await desk.event(ChannelDestroyed, lambda event, call=call: event.channel.id == call)
            assert not desk.all(Dial)
            assert not desk.all(ChannelVarset)
            if connects == 1:
                exchange.command("ari shutdown websocket sessions")
                await until(lambda: desk.losses == 1, "the loss")


async def test_whoever_wants_few_events_still_gets_answers_and_learns_of_being_replaced(exchange: Exchange) -> None:
    """Asterisk's filter holds back the answers to requests over the WebSocket like any event."""
    app = f"few-{next(numbers)}"
    async with owner(exchange, app, only=[StasisStart], request_seconds=2.0) as old:
        await old.client.channels.hangup(await old.call())
        async with owner(exchange, app):
            await until(lambda: old.client.replaced, "the word that it was replaced")
        assert {type(event) for event in old.events} == {StasisStart, ApplicationReplaced}


async def test_event_sources_are_subscribed_to_at_each_connect(exchange: Exchange) -> None:
    async with owner(exchange, subscribe=["deviceState:Stasis:lamp"]) as desk:
        for connects in (1, 2):
            await until(lambda connects=connects: desk.connects == connects, "the connection")
            desk.events.clear()
            state = "INUSE" if connects == 1 else "NOT_INUSE"
            await desk.client.device_states.update("Stasis:lamp", device_state=state)
            await desk.event(DeviceStateChanged, lambda event, state=state: event.device_state.state == state)
            if connects == 1:
                exchange.command("ari shutdown websocket sessions")
                await until(lambda: desk.losses == 1, "the loss")


async def test_a_closed_client_says_so(exchange: Exchange, over_http: bool) -> None:
    async with owner(exchange, over_http=over_http) as desk:
        await desk.client.close()
        await desk.client.close()
        with pytest.raises(Closed):
            await desk.client.asterisk.ping()
        assert desk.losses == 0


async def test_commands_over_http_need_no_application(exchange: Exchange) -> None:
    async with Client(exchange.url, USER, PASSWORD, "nobody", over_http=True) as client:
        assert (await client.asterisk.ping()).ping == "pong"
        with pytest.raises(NotFound):
            await client.applications.get("nobody")
    async with Client(exchange.url, USER, PASSWORD, "nobody") as client:
        with pytest.raises(NotConnected):
            await client.asterisk.ping()


async def test_a_wrong_password_is_forbidden_and_tried_again(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    async with Client(exchange.url, USER, "wrong", "app", over_http=True, first_wait=0.05) as client:
        with pytest.raises(Forbidden):
            await client.asterisk.ping()
        running = asyncio.create_task(client.run())
        await until(lambda: "401" in caplog.text, "the warning")
        assert not running.done()
        assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
        await client.close()
        await running


async def test_an_asterisk_that_is_not_there_is_waited_for(own_exchange: Exchange) -> None:
    own_exchange.kill()
    async with Client(own_exchange.url, USER, PASSWORD, "late", **QUICK) as client:
        seen = Owner(client, own_exchange)
        running = asyncio.create_task(client.run())
        with pytest.raises(AriError):
            await client.channels.list()
        own_exchange.start()
        await until(lambda: seen.connects == 1, "the connection")
        await client.close()
        await running


async def test_running_can_be_cancelled_and_entered(exchange: Exchange) -> None:
    async with Client(exchange.url, USER, PASSWORD, "twice", **QUICK) as client:
        seen = Owner(client, exchange)
        for connects in (1, 2):
            running = asyncio.create_task(client.run())
            await until(lambda connects=connects: seen.connects == connects, "the connection")
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        assert not client.connected
