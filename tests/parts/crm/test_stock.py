"""Numbers exist while the database is away, and no number is given twice."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from config.files import write_private
from crm_core.domain.numbers import COUNTERS, is_well_formed
from crm_core.errors import NoNumber, Unavailable
from crm_core.services.blocks import BLOCK, take_block
from crm_core.stock import STEP, NumberStock
from crm_core.storage.engine import engine as make_engine
from tests.parts.crm.conftest import Server

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


async def test_a_node_without_a_block_says_that_it_has_no_number(tmp_path: Path) -> None:
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    assert stock.low(NOW)
    with pytest.raises(NoNumber, match="2026"):
        await stock.take(NOW)


async def test_after_a_refill_numbers_come_with_no_database(engine: AsyncEngine, tmp_path: Path) -> None:
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    assert await stock.refill(engine, NOW)
    assert not stock.low(NOW)
    assert not await stock.refill(engine, NOW)
    await engine.dispose()
    taken = [await stock.take(NOW) for _ in range(BLOCK)]
    assert len({number for number, _ in taken}) == BLOCK
    assert all(number.startswith("26") and is_well_formed(number) for number, _ in taken)
    assert all(len(key) == 4 and key.isdigit() for _, key in taken)
    with pytest.raises(NoNumber):
        await stock.take(NOW)


async def test_it_asks_for_more_before_it_runs_out(engine: AsyncEngine, tmp_path: Path) -> None:
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    await stock.refill(engine, NOW)
    before = {(await stock.take(NOW))[0] for _ in range(4000)}
    assert stock.low(NOW)
    assert await stock.refill(engine, NOW)
    assert stock.left(2026) == 2 * BLOCK - 4000
    rest = {(await stock.take(NOW))[0] for _ in range(2 * BLOCK - 4000)}
    assert not before & rest


async def test_a_crash_skips_numbers_and_repeats_none(engine: AsyncEngine, tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    await NumberStock(file, "n1").refill(engine, NOW)
    given: set[str] = set()
    for count in (1, 49, 50, 51, 120):
        fresh = NumberStock(file, "n1")  # each is a process that died before the next began
        numbers = {(await fresh.take(NOW))[0] for _ in range(count)}
        assert len(numbers) == count
        assert not numbers & given
        given |= numbers
    assert NumberStock(file, "n1").left(2026) >= BLOCK - len(given) - 5 * STEP


async def test_a_restored_database_skips_what_the_nodes_have_taken_since(engine: AsyncEngine, tmp_path: Path) -> None:
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    await stock.refill(engine, NOW)
    mine = {(await stock.take(NOW))[0] for _ in range(10)}
    async with engine.begin() as connection:  # the copy is older than the block
        await connection.execute(text("delete from number_block"))
    assert not await stock.refill(engine, NOW)
    other = NumberStock(tmp_path / "other.json", "n2")
    await other.refill(engine, NOW)
    assert not mine & {(await other.take(NOW))[0] for _ in range(BLOCK)}


def _take(file: Path, count: int) -> list[str]:
    stock = NumberStock(file, "n1")

    async def take() -> list[str]:
        return [(await stock.take(NOW))[0] for _ in range(count)]

    return asyncio.run(take())


async def test_two_processes_of_one_node_share_no_number(engine: AsyncEngine, tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    await NumberStock(file, "n1").refill(engine, NOW)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        takers = [pool.apply_async(_take, (file, 400)) for _ in range(2)]
        one, two = await asyncio.to_thread(lambda: [taker.get(60) for taker in takers])
    assert not set(one) & set(two)


async def test_nodes_take_blocks_at_once_and_share_none(engine: AsyncEngine) -> None:
    blocks = await asyncio.gather(*(take_block(engine, f"n{n}", 2026, 100) for n in range(8)))
    firsts = sorted(block.first for block in blocks)
    assert firsts == [n * 100 for n in range(8)]
    assert len({block.secret for block in blocks}) == 1


async def test_the_last_block_of_a_year_ends_with_the_year(engine: AsyncEngine) -> None:
    await take_block(engine, "n1", 2026, COUNTERS - 10)
    last = await take_block(engine, "n1", 2026, 100)
    assert (last.first, last.last) == (COUNTERS - 10, COUNTERS - 1)
    with pytest.raises(NoNumber, match="2026"):
        await take_block(engine, "n1", 2026)
    assert (await take_block(engine, "n1", 2027)).first == 0


async def test_december_takes_the_next_years_block_and_the_year_turns_in_panama(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    await stock.refill(engine, datetime(2026, 12, 1, 5, 0, tzinfo=UTC))
    assert stock.left(2027) == BLOCK
    midnight = datetime(2027, 1, 1, 5, 0, tzinfo=UTC)  # 00:00 in Panama
    assert (await stock.take(midnight - timedelta(seconds=1)))[0].startswith("26")
    assert (await stock.take(midnight))[0].startswith("27")
    assert (await stock.take(midnight - timedelta(seconds=1)))[0].startswith("26")


async def test_the_file_is_for_its_owner_alone_and_a_spoiled_one_is_put_aside(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.json"
    stock = NumberStock(file, "n1")
    await stock.refill(engine, NOW)
    assert file.stat().st_mode & 0o777 == 0o600
    given, _ = await stock.take(NOW)
    file.write_text("{")
    again = NumberStock(file, "n1")
    with pytest.raises(NoNumber, match="2026"):
        await again.take(NOW)
    assert (tmp_path / "numbers.json.spoiled").read_text() == "{"
    assert again.low(NOW)
    assert await again.refill(engine, NOW)
    assert (await again.take(NOW))[0] != given


async def test_numbers_reserved_ahead_need_no_disk(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    await stock.refill(engine, NOW)
    await stock.ahead(NOW)
    (tmp_path / "numbers.json").unlink()
    assert len({(await stock.take(NOW))[0] for _ in range(STEP)}) == STEP
    with pytest.raises(NoNumber):
        await stock.take(NOW)


async def test_a_disk_that_takes_nothing_gives_no_number(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written down is not given out: it might be given again."""
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    await stock.refill(engine, NOW)

    def fail(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("crm_core.stock.write_private", fail)
        with pytest.raises(NoNumber, match="No space left"):
            await stock.take(NOW)
    assert is_well_formed((await stock.take(NOW))[0])


async def test_a_disk_that_hangs_holds_nobody_up_and_loses_no_number(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    await stock.refill(engine, NOW)
    goes_on = threading.Event()

    def hang(path: Path, content: bytes) -> None:
        goes_on.wait(30)
        write_private(path, content)

    monkeypatch.setattr("crm_core.stock.write_private", hang)
    monkeypatch.setattr("crm_core.stock.LONGEST_WAIT", 0.2)
    waiting = [asyncio.create_task(stock.take(NOW)) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in waiting)
    for task in waiting:
        with pytest.raises(NoNumber, match="disk"):
            await task
    goes_on.set()
    monkeypatch.setattr("crm_core.stock.LONGEST_WAIT", 10)
    taken = [await stock.take(NOW) for _ in range(STEP)]
    assert len({number for number, _ in taken}) == STEP
    assert stock.left(2026) == BLOCK - STEP


async def test_callers_of_one_moment_and_of_the_years_turn_do_not_take_each_others_answer(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    """More than one reservation holds, and in their midst somebody of a year that has no numbers here."""
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    await stock.refill(engine, NOW)
    next_year = NOW.replace(year=NOW.year + 1)
    askers = [NOW] * STEP + [next_year] + [NOW] * 2 * STEP
    answers = await asyncio.gather(*(stock.take(at) for at in askers), return_exceptions=True)
    assert isinstance(answers.pop(STEP), NoNumber)
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(set(answers)) == 3 * STEP


async def test_no_block_is_taken_that_could_not_be_written_down(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = NumberStock(tmp_path / "numbers.json", "n1")

    def fail(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("crm_core.stock.write_private", fail)
        for _ in range(3):
            with pytest.raises(NoNumber, match="No space left"):
                await stock.refill(engine, NOW)
    first = await take_block(engine, "n2", NOW.year, BLOCK)
    assert first.first == 0


async def test_what_is_given_out_has_its_name_on_the_disk(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder is synced after the file in it was replaced, or a loss of power brings the old stock back."""
    stock = NumberStock(tmp_path / "numbers.json", "n1")
    await stock.refill(engine, NOW)
    synced: list[bool] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    await stock.take(NOW)
    assert synced == [False, True]


async def test_without_a_database_a_refill_says_unavailable(server: Server, tmp_path: Path) -> None:
    nobody = make_engine("postgresql://centro311@/nothing?host=/nonexistent")
    with pytest.raises(Unavailable):
        await NumberStock(tmp_path / "numbers.json", "n1").refill(nobody, NOW)
