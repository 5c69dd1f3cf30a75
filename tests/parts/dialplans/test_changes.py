"""Changes while calls are up, a carrier's registration, and two centres on one machine."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import dialplans
from centre.ari import Ari
from tests.parts.dialplans.node import LUIS, PROMPTS, application, asterisk, taken, until
from tests.parts.dialplans.rawsip import raw_phone

ROSA = dialplans.AgentEndpoint(name="rosa", phone="sip", password="rosa's")


async def test_an_agent_is_added_and_another_removed_without_disturbing_a_call(tmp_path: Path) -> None:
    async with (
        asterisk(tmp_path, agents=[LUIS]) as centre,
        application(centre) as line,
        raw_phone(centre.sip) as phone,
        raw_phone(centre.sip, user="agent-luis", password=LUIS.password) as luis,
        raw_phone(centre.sip, user="agent-rosa", password=ROSA.password) as rosa,
    ):
        call, channel = await taken(centre, line, phone)
        assert (await luis.register()).status == 200
        assert (await rosa.register()).status >= 400
        dialplans.render_agents(centre.settings, [ROSA])
        dialplans.reload_telephones(centre.settings)
        assert (await rosa.register()).status == 200
        assert (await luis.register()).status >= 400
        media = f"sound:{centre.settings.prompts}/es/busy"
        await centre.ari("POST", f"channels/{channel['id']}/play", media=media)
        await call.hear(PROMPTS["es/busy"])
        await call.hang_up()


async def test_everything_is_reloaded_without_disturbing_a_call_or_forgetting_that_the_line_is_busy(
    tmp_path: Path,
) -> None:
    async with (
        asterisk(tmp_path) as centre,
        application(centre) as line,
        raw_phone(centre.sip) as phone,
        raw_phone(centre.sip, address="127.0.0.3") as carrier,
    ):
        call, channel = await taken(centre, line, phone)
        assert (await carrier.call("5073110000")).status == 404
        trunk = dialplans.Trunk(name="carrier", host="127.0.0.3", dialled=("5073110000",))
        await centre.ari("POST", "asterisk/variable", variable="C311_BUSY", value=str(int(time.time()) + 60))
        dialplans.render(centre.settings, centre.secrets, [], [trunk])
        dialplans.reload_all(centre.settings)
        busy = await carrier.call("5073110000")
        assert busy.status == 200
        await busy.hear(PROMPTS["es/busy"])
        media = f"sound:{centre.settings.prompts}/en/busy"
        await centre.ari("POST", f"channels/{channel['id']}/play", media=media)
        await call.hear(PROMPTS["en/busy"])
        await call.hang_up()


async def test_an_agents_telephone_is_rung_and_its_bye_is_a_hangup(tmp_path: Path) -> None:
    async with (
        asterisk(tmp_path) as centre,
        application(centre) as line,
        raw_phone(centre.sip, user="agent-luis", password=LUIS.password) as luis,
    ):
        await luis.register()
        await centre.ari(
            "POST", "channels/call-agent-1", endpoint="PJSIP/agent-luis", app="centro311", callerId="61234567"
        )
        call = await luis.arrived.get()
        assert (await line.call())["id"] == "call-agent-1"
        await call.hang_up()
        await centre.no_channel_left()


async def test_a_telephone_is_forgotten_and_one_that_has_just_expired_is_not_missed(tmp_path: Path) -> None:
    async with (
        asterisk(tmp_path, agents=[LUIS]) as centre,
        raw_phone(centre.sip, user="agent-luis", password=LUIS.password) as luis,
    ):
        centre.secrets.save(centre.settings.data)
        assert (await luis.register()).status == 200
        [contact] = await asyncio.to_thread(dialplans.contacts, centre.settings, "luis")
        for _ in range(2):
            await asyncio.to_thread(Ari(centre.settings).forget_contact, contact)
        assert await asyncio.to_thread(dialplans.contacts, centre.settings, "luis") == []


async def test_a_trunk_registers_with_its_carrier_and_the_carriers_calls_arrive_at_311(tmp_path: Path) -> None:
    secret = 'a;b]"c'
    account = dialplans.AgentEndpoint(name="customer", phone="sip", password=secret)
    async with asterisk(tmp_path / "carrier", agents=[account]) as carrier:
        trunk = dialplans.Trunk(
            name="carrier",
            host="127.0.0.1",
            port=carrier.sip,
            register=True,
            user="agent-customer",
            password=secret,
            number_header="From",
            number_prefix="+507",
        )
        wrong = dialplans.Trunk(
            name="wrong", host="127.0.0.1", port=carrier.sip, register=True, user="agent-customer", password="x"
        )
        async with (
            asterisk(tmp_path / "ours", node="n2", trunks=[trunk, wrong]) as ours,
            application(ours) as line,
            application(carrier) as _,
        ):

            async def registrations() -> dict[str, str]:
                told = await ours.console("pjsip show registrations")
                return dict(re.findall(r"trunk-(\w+)/\S+ +\S+ +(\w+)", told))

            await until(registrations, lambda seen: seen == {"carrier": "Registered", "wrong": "Rejected"})
            await carrier.ari("POST", "channels", endpoint="PJSIP/agent-customer", app="centro311", callerId="61234567")
            channel = await line.call()
            assert channel["name"].startswith("PJSIP/trunk-")
            assert channel["caller"]["number"] == "+50761234567"
            assert channel["id"].startswith("n2-")


async def test_two_centres_live_side_by_side(tmp_path: Path) -> None:
    async with (
        asterisk(tmp_path / "a", node="a") as one,
        asterisk(tmp_path / "b", node="b") as two,
        application(one) as line_one,
        application(two) as line_two,
        raw_phone(one.sip) as phone_one,
        raw_phone(two.sip) as phone_two,
    ):
        call_one, channel_one = await taken(one, line_one, phone_one)
        call_two, channel_two = await taken(two, line_two, phone_two)
        assert channel_one["id"].startswith("a-")
        assert channel_two["id"].startswith("b-")
        await call_one.hang_up()
        assert not call_two.over.is_set()
        await call_two.hang_up()
