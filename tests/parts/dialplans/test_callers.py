"""Who may call what, and what is believed about the caller's number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.parts.dialplans.node import LUIS, Application, Centre, application, taken
from tests.parts.dialplans.rawsip import RawPhone, raw_phone

CARRIER, PLAIN, STRANGER = "127.0.0.3", "127.0.0.4", "127.0.0.9"
ASSERTED = 'P-Asserted-Identity: "Somebody" <sip:{}@carrier.example>'


@pytest.fixture
async def line(centre: Centre) -> AsyncIterator[Application]:
    async with application(centre) as ours:
        yield ours
    await centre.no_channel_left()


async def number_seen(centre: Centre, line: Application, phone: RawPhone, **more: Any) -> str:
    call, channel = await taken(centre, line, phone, **more)
    await call.hang_up()
    assert channel["caller"]["name"] == ""
    number: str = channel["caller"]["number"]
    return number


async def test_311_hands_the_call_over_with_number_role_and_an_id_of_this_node(
    centre: Centre, line: Application
) -> None:
    async with raw_phone(centre.sip) as phone:
        call, channel = await taken(centre, line, phone, number="61234567")
        await call.hang_up()
    assert channel["caller"] == {"name": "", "number": "61234567"}
    assert channel["channelvars"]["C311_ROLE"] == "caller"
    assert channel["id"].startswith("n1-")


@pytest.mark.parametrize(
    ("sender", "seen"),
    [
        ("<sip:+50761234567@a.example>", "+50761234567"),
        ("<sip:0050761234567@a.example>", "+50761234567"),
        ("<sip:6123-4567@a.example>", "61234567"),
        ('"Ana María" <sip:61234567@a.example>', "61234567"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', ""),
        ("<sip:unknown@a.example>", ""),
        ("<sip:anonymous311@a.example>", ""),
        ("<sip:61234567%29%2CHangup%28%29@a.example>", ""),
        ("<sip:$%7BSHELL(id)%7D@a.example>", ""),
        ("<sip:%22%5D%7C61234567@a.example>", ""),
        ("<sip:6@a.example>", ""),
        ("<sip:" + "9" * 40 + "@a.example>", ""),
        ("<sip:a.example>", ""),
    ],
)
async def test_a_strangers_number_is_digits_with_a_plus_or_it_is_withheld(
    centre: Centre, line: Application, sender: str, seen: str
) -> None:
    async with raw_phone(centre.sip, address=STRANGER) as phone:
        assert await number_seen(centre, line, phone, sender=sender) == seen


async def test_a_stranger_is_not_believed_about_an_asserted_number(centre: Centre, line: Application) -> None:
    async with raw_phone(centre.sip, address=STRANGER) as phone:
        headers = (ASSERTED.format("69999999"), 'Remote-Party-ID: "x" <sip:68888888@a.example>;party=calling')
        assert await number_seen(centre, line, phone, number="61234567", headers=headers) == "61234567"


@pytest.mark.parametrize(
    ("wish", "seen"), [("id", ""), ("header;user", ""), ("ID", ""), ("none", "61234567"), ("history", "61234567")]
)
async def test_a_strangers_wish_for_privacy_is_respected(
    centre: Centre, line: Application, wish: str, seen: str
) -> None:
    async with raw_phone(centre.sip, address=STRANGER) as phone:
        assert await number_seen(centre, line, phone, headers=(f"Privacy: {wish}",)) == seen


@pytest.mark.parametrize("claim", ["trunk-carrier", "trunk-plain", "anonymous"])
async def test_naming_oneself_like_a_trunk_makes_nobody_a_trunk(centre: Centre, line: Application, claim: str) -> None:
    async with raw_phone(centre.sip, address=STRANGER) as phone:
        headers = (ASSERTED.format("69999999"),)
        sender = f"<sip:{claim}@127.0.0.1>"
        assert await number_seen(centre, line, phone, sender=sender, headers=headers) == ""
        assert (await phone.call("5073110000", sender=sender)).status == 404


@pytest.mark.parametrize("dialled", ["311", "+311", "s", "5073110000"])
async def test_whatever_the_carrier_delivers_for_311_is_311(centre: Centre, line: Application, dialled: str) -> None:
    async with raw_phone(centre.sip, address=CARRIER) as phone:
        assert await number_seen(centre, line, phone, extension=dialled, number="61234567") == "+50761234567"


@pytest.mark.parametrize(
    ("sender", "headers", "seen"),
    [
        ("anonymous", (ASSERTED.format("61234567"),), "+50761234567"),
        ("anonymous", (ASSERTED.format("+50761234567"),), "+50761234567"),
        ("anonymous", (ASSERTED.format("0015551234567"),), "+15551234567"),
        ("anonymous", (ASSERTED.format("61234567"), "Privacy: id"), ""),
        ("67654321", ("Privacy: id",), ""),
        ("67654321", (ASSERTED.format("0000000000"),), ""),
        ("67654321", ('Remote-Party-ID: "x" <sip:61234567@c.example>;party=calling;privacy=off',), "+50761234567"),
        ("67654321", ('Remote-Party-ID: "x" <sip:61234567@c.example>;party=calling;privacy=full',), ""),
        ("anonymous", (), ""),
    ],
)
async def test_a_carrier_is_believed_about_numbers_and_hidden_ones_stay_hidden(
    centre: Centre, line: Application, sender: str, headers: tuple[str, ...], seen: str
) -> None:
    async with raw_phone(centre.sip, address=CARRIER) as phone:
        assert await number_seen(centre, line, phone, number=sender, headers=headers) == seen


async def test_a_carrier_that_uses_from_is_not_read_otherwise(centre: Centre, line: Application) -> None:
    async with raw_phone(centre.sip, address=PLAIN) as phone:
        headers = (ASSERTED.format("69999999"),)
        assert await number_seen(centre, line, phone, number="50761234567", headers=headers) == "+50761234567"


NOT_FOR_THEM = [
    "s", "h", "centre", "fallback", "outside", "104", "911", "61234567", "2345678", "+50761234567", "agent-ana",
    "agent-luis", "ana", "31", "3111", "311@outside", "*98", "dial-out", "9011507", "104@outside", "PJSIP",
]  # fmt: skip


@pytest.mark.parametrize("address", [STRANGER, CARRIER])
async def test_nobody_outside_reaches_anything_but_311(centre: Centre, address: str) -> None:
    async with raw_phone(centre.sip, address=address) as phone:
        for extension in NOT_FOR_THEM:
            if extension != "s" or address == STRANGER:
                call = await phone.call(extension.replace("@", "%40"))
                assert call.status in (404, 484), extension
    await centre.no_channel_left()


async def test_an_agents_telephone_reaches_nothing_but_311(centre: Centre, line: Application) -> None:
    async with raw_phone(centre.sip, user="agent-luis", password=LUIS.password) as phone:
        sender = "<sip:agent-luis@127.0.0.1>"
        for extension in [*NOT_FOR_THEM, "agent-luis"]:
            call = await phone.call(extension.replace("@", "%40"), sender=sender, password=LUIS.password)
            assert call.status == 404, extension
        number = await number_seen(centre, line, phone, sender=sender, password=LUIS.password)
        assert number == ""


async def test_an_agents_name_without_its_password_reaches_nothing(centre: Centre) -> None:
    async with raw_phone(centre.sip, user="agent-luis") as phone:
        sender = "<sip:agent-luis@127.0.0.1>"
        assert (await phone.call("311", sender=sender)).status == 401
        assert (await phone.call("311", sender=sender, password="guessed")).status == 401


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "NOTIFY"])
async def test_a_stranger_can_ask_for_nothing_but_a_call(centre: Centre, method: str) -> None:
    async with raw_phone(centre.sip, address=STRANGER) as phone:
        extra = ("Event: presence",) if method in ("SUBSCRIBE", "PUBLISH", "NOTIFY") else ()
        answer = await phone.request(method, extra)
        assert answer.status >= 400


async def test_a_call_cannot_transfer_itself(centre: Centre, line: Application) -> None:
    async with raw_phone(centre.sip) as phone:
        call, channel = await taken(centre, line, phone)
        phone.send(call, "REFER", f"{next(call.numbers)} REFER", ("Refer-To: <sip:104@127.0.0.1>",))
        phone.send(call, "OPTIONS", f"{next(call.numbers)} OPTIONS")
        async with asyncio.timeout(5):
            answer = await call.answers.get()
        assert answer.headers["cseq"].endswith("OPTIONS")  # a REFER gets no answer at all
        assert [one["id"] for one in await centre.ari("GET", "channels")] == [channel["id"]]
        await call.hang_up()


async def test_asterisks_version_is_told_to_nobody(centre: Centre, line: Application) -> None:
    async with raw_phone(centre.sip, address=STRANGER) as phone:
        call, _ = await taken(centre, line, phone)
        await call.hang_up()
        assert call.last
        told = " ".join([*call.last.headers.values(), call.last.body])
        assert "asterisk" not in told.lower()
        assert "22." not in call.last.headers.get("server", "")
