"""Real Asterisks for the ARI client: one that the quiet tests share, and one for each test that breaks it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.parts.ari.exchange import Exchange
from tests.parts.ari.owner import Owner, owner


@pytest.fixture(scope="session")
def exchange() -> Iterator[Exchange]:
    yield from running()


@pytest.fixture
def own_exchange() -> Iterator[Exchange]:
    """One that the test may kill."""
    yield from running()


def running() -> Iterator[Exchange]:
    # Not pytest's folder: the path of Asterisk's control socket must stay under 107 bytes.
    with tempfile.TemporaryDirectory(prefix="ari") as folder:
        exchange = Exchange(Path(folder))
        try:
            exchange.start()
            yield exchange
        finally:
            exchange.kill()


@pytest.fixture(params=["over the WebSocket", "over HTTP"])
def over_http(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "over HTTP")


@pytest.fixture
async def desk(exchange: Exchange, over_http: bool) -> AsyncIterator[Owner]:
    """A connected client on the shared Asterisk, once with each way of sending commands."""
    async with owner(exchange, over_http=over_http) as made:
        yield made
