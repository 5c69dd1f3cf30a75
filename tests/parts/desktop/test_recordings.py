"""Who hears which recording, and that each listen is noted."""

from __future__ import annotations

import io
import wave
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import insert, update

from crm_core.services.audit import trail
from crm_core.storage.tables import Call, CallCase, Recording
from tests.parts.desktop.filing import (
    file_case,
    file_sound,
    make_anonymous_denunciation,
)
from tests.parts.desktop.house import House
from tests.wav import wav


async def test_a_conversation_about_an_anonymous_denunciation_is_heard_by_nobody(desktop: House) -> None:
    number, linked = "2600000327", "2600000334"
    name = await desktop.add()
    await file_case(desktop, number, phone="+50760000327", agent=name)
    await file_case(desktop, linked, phone="+50760000334", agent=name)
    await make_anonymous_denunciation(desktop, number)
    async with desktop.database.begin() as connection:
        told = {"call_id": f"n1-{linked}", "case_number": number, "how": "linked", "at": datetime.now(UTC)}
        await connection.execute(insert(CallCase).values(**told))
    sounds = [await file_sound(desktop, one, "conversation") for one in (number, linked)]
    for user in (name, await desktop.add("supervisor"), await desktop.add("administrator")):
        async with desktop.client(user) as client:
            for sound in sounds:
                async with client.get(sound) as answer:
                    assert answer.status == 403
                for listed in ("/recordings", f"/cases/{number}"):
                    async with client.get(listed) as answer:
                        assert sound not in await answer.text()


async def test_a_case_offers_the_message_of_another_case_of_its_call_only_to_whom_it_is_played(desktop: House) -> None:
    shown, confirmed, draft = "2600000429", "2600000433", "2600000446"
    completes, holder = await desktop.add(), await desktop.add()
    await file_case(desktop, shown, phone="+50760000429", state="draft")
    await file_case(desktop, confirmed, phone="+50760000433", agent=holder)
    await file_case(desktop, draft, phone="+50760000446", state="draft")
    sounds = {number: await file_sound(desktop, number) for number in (shown, confirmed, draft)}
    async with desktop.database.begin() as connection:
        await connection.execute(update(Call).where(Call.id == f"n1-{confirmed}").values(agent=None))
        for number in (confirmed, draft):
            told = {"call_id": f"n1-{number}", "case_number": shown, "how": "linked", "at": datetime.now(UTC)}
            await connection.execute(insert(CallCase).values(**told))
    for name, played in ((completes, {shown, draft}), (holder, {shown, draft, confirmed})):
        async with desktop.client(name) as client:
            async with client.get(f"/cases/{shown}") as answer:
                page = await answer.text()
            assert {number for number, sound in sounds.items() if sound in page} == played
            for number, sound in sounds.items():
                async with client.get(sound) as answer:
                    assert answer.status == (200 if number in played else 403)


@pytest.mark.parametrize(
    ("asked", "status"), [("bytes=1-", 206), ("bytes=-300", 206), ("bytes=abc", 200), ("bytes=0-1,5-9", 200)]
)
async def test_whatever_part_of_a_recording_is_heard_is_noted(desktop: House, asked: str, status: int) -> None:
    supervisor = await desktop.add("supervisor")
    call, now = f"n1-{supervisor}", datetime.now(UTC)
    desktop.settings.recordings.mkdir(exist_ok=True)
    (desktop.settings.recordings / "heard.wav").write_bytes(wav(np.ones(800, np.int16)))
    row = {"call_id": call, "what": "message", "started_at": now, "seconds": 0.1}
    async with desktop.database.begin() as connection:
        await connection.execute(insert(Call).values(id=call, started_at=now))
        added = insert(Recording).values(**row, files={"caller": "heard.wav"}, sha256={}).returning(Recording.id)
        id = (await connection.execute(added)).scalar_one()
    async with desktop.client(supervisor) as client:
        for _ in range(2):
            async with client.get(f"/recordings/{id}/sound", headers={"Range": asked}) as answer:
                assert answer.status == status
                assert await answer.read()
    assert [one.agent for one in await trail(desktop.database, f"recording:{id}")] == [supervisor]


async def test_a_recording_plays_in_two_channels_and_in_pieces_and_each_listen_is_noted(desktop: House) -> None:
    number = "2600000072"
    agent = await desktop.add()
    await file_case(desktop, number, phone="+50760000078", agent=agent)
    seconds = 2.0
    tone = (8000 * np.sin(np.arange(int(seconds * 8000)) / 3)).astype(np.int16)
    folder = desktop.settings.recordings
    folder.mkdir(exist_ok=True)
    (folder / "caller.wav").write_bytes(wav(tone))
    (folder / "agent.wav").write_bytes(wav(tone // 2))
    async with desktop.database.begin() as connection:
        added = await connection.execute(
            insert(Recording)
            .values(
                call_id=f"n1-{number}",
                case_number=number,
                what="conversation",
                started_at=datetime.now(UTC),
                seconds=seconds,
                files={"caller": "caller.wav", "agent": "agent.wav"},
                sha256={},
            )
            .returning(Recording.id)
        )
        id = added.scalar_one()
    address = f"/recordings/{id}/sound"
    async with desktop.client(agent) as client:
        async with client.get(f"/cases/{number}") as answer:
            assert address in await answer.text()
        async with client.get(address) as answer:
            whole = await answer.read()
        with wave.open(io.BytesIO(whole)) as sound:
            assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (2, 8000, 16000)
        async with client.get(address, headers={"Range": "bytes=100-199"}) as answer:
            assert answer.status == 206
            assert answer.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
            assert await answer.read() == whole[100:200]
        async with client.get(address, headers={"Range": "bytes=-10"}) as answer:
            assert await answer.read() == whole[-10:]
        async with client.get(address, headers={"Range": "bytes=999999-"}) as answer:
            assert answer.status == 416
    async with desktop.client(await desktop.add()) as client:
        async with client.get(address) as answer:
            assert answer.status == 403
        async with client.get("/recordings") as answer:
            assert address not in await answer.text()
    supervisor = await desktop.add("supervisor")
    async with desktop.client(supervisor) as client, client.get(address) as answer:
        assert answer.status == 200
    listened = [(one.agent, one.action) for one in await trail(desktop.database, f"recording:{id}")]
    assert listened == [(supervisor, "listened"), (agent, "listened")]
