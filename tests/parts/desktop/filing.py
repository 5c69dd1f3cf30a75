"""Cases and recordings in the database of these tests, and what an agent's page would send of them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import aiohttp
import numpy as np
from sqlalchemy import insert, text, update

from crm_core.storage.tables import Call, CallCase, Case, Citizen, Phone, Recording
from ivr import api
from tests.parts.desktop.desk import DRAFT
from tests.parts.desktop.house import House
from tests.wav import wav

EARLIER = "2600000014"
KEY = "0412"


async def file_case(house: House, number: str, *, phone: str, state: str = "new", agent: str | None = "nobody") -> None:
    """A case in the database as the journal's entries leave it, with the call that opened it.

    `agent` took the call, and saved the case where it is confirmed; a confirmed one without an agent is a message.
    """
    citizen, call = f"citizen-{number}", f"n1-{number}"
    now = datetime.now(UTC)
    async with house.database.begin() as connection:
        await connection.execute(insert(Citizen).values(id=citizen))
        await connection.execute(insert(Phone).values(citizen_id=citizen, number=phone))
        await connection.execute(
            insert(Call).values(
                id=call, citizen_id=citizen, started_at=now, ended_at=now, agent=agent, case_number=number
            )
        )
        await connection.execute(
            insert(Case).values(
                number=number,
                key=KEY,
                type="complaint",
                state=state,
                language="es",
                citizen_id=citizen,
                call_id=call,
                agent=agent if state == "new" else None,
                institution="idaan",
                subject="Sin agua en Calidonia",
                description="Desde el lunes.",
                opened_at=now,
                promised_on=(now + timedelta(days=5)).date(),
            )
        )
        await connection.execute(insert(CallCase).values(call_id=call, case_number=number, how="opened", at=now))


async def somebody_waits(house: House) -> bool:
    waits = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    async with house.database.connect() as connection:
        return bool((await connection.execute(waits)).scalar_one())


async def link(house: House, name: str, call: api.CallView, existing: str, draft: str = DRAFT) -> str:
    """What the page is told where a draft of this call is to be linked."""
    sent = {"call": call.id, "draft": draft, "existing": existing}
    async with house.client(name) as client, client.post("/desk/link", data=sent) as answer:
        return await answer.text()


def links(house: House, name: str) -> list[api.LinkCase]:
    return [one for one in house.line.heard if isinstance(one, api.LinkCase) and one.agent == name]


async def save(client: aiohttp.ClientSession, number: str, call: str = "", confirm: str = "1") -> str:
    """What whoever is logged in is told where they confirm a case."""
    form = {"type": "idea", "subject": "Un parque", "confirm": confirm}
    sent = {"number": number, "call": call, "press": str(uuid.uuid4())} | form
    async with client.post("/desk/save", data=sent) as answer:
        return await answer.text()


async def make_anonymous_denunciation(house: House, number: str) -> None:
    async with house.database.begin() as connection:
        kept = {"type": "denunciation", "anonymous": True, "citizen_id": None}
        await connection.execute(update(Case).where(Case.number == number).values(**kept))


async def file_sound(house: House, number: str, what: str = "message") -> str:
    """A caller's message or conversation, with its sound; the address that it is heard at."""
    folder = house.settings.recordings
    folder.mkdir(exist_ok=True)
    (folder / f"{number}.wav").write_bytes(wav(np.ones(800, np.int16)))
    row = {"call_id": f"n1-{number}", "case_number": number, "what": what, "seconds": 0.1}
    row |= {
        "started_at": datetime.now(UTC),
        "files": {"message" if what == "message" else "caller": f"{number}.wav"},
        "sha256": {},
    }
    async with house.database.begin() as connection:
        id = (await connection.execute(insert(Recording).values(**row).returning(Recording.id))).scalar_one()
    return f"/recordings/{id}/sound"
