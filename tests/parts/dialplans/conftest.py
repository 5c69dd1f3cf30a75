"""One Asterisk for the tests that break nothing in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

import dialplans
from tests.parts.dialplans.node import Centre, asterisk

CARRIER = dialplans.Trunk(
    name="carrier",
    host="127.0.0.3",
    port=5099,
    dialled=("311", "+311", "s", "5073110000"),
    number_prefix="+507",
    hidden_numbers=("0000000000",),
    outgoing=True,
)
PLAIN = dialplans.Trunk(name="plain", host="127.0.0.4", port=5099, number_header="From", number_prefix="+")


@pytest.fixture(scope="session")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with asterisk(
        tmp_path_factory.mktemp("centre"),
        trunks=[CARRIER, PLAIN],
        outside=dialplans.Outside(listed=("104",)),
    ) as running:
        yield running
