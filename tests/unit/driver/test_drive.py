"""The driver against a stand-in: it does a CMS's duty, counts right, and notices breaches."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from tests.acceptance.driver.events import read
from tests.acceptance.driver.schedule import Kill
from tests.acceptance.driver.site import Site
from tests.acceptance.driver.texts import mild_comments
from tests.unit.driver.runs import COUNT, run
from tests.unit.driver.stand_in import StandIn


async def test_a_faultless_run_breaks_nothing(tmp_path: Path) -> None:
    breaches, ledger = await run(tmp_path, StandIn(Site.fresh("demo")))
    assert breaches == []
    assert len(ledger.accepted) == ledger.at_first_try == COUNT
    assert len(ledger.called_back) == len(ledger.decided) == COUNT
    assert ledger.to_callback.percentile_ms(50) is not None


async def test_refusals_and_lost_replies_are_sent_again_under_the_same_id(tmp_path: Path) -> None:
    def fault(number: int) -> web.Response | None:
        if number <= 10:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.Response(status=503) if number <= 20 else None

    service = StandIn(Site.fresh("demo"), fault=fault, drop_every=7)
    breaches, ledger = await run(tmp_path, service)
    assert breaches == []
    assert len(ledger.accepted) == COUNT > ledger.at_first_try
    assert ledger.answers["429"] == ledger.answers["503"] == 10
    assert ledger.answers["none"] > 0
    assert all(len(names) == 1 for names in service.message_ids.values())


async def test_duplicates_go_out_at_once(tmp_path: Path) -> None:
    service = StandIn(Site.fresh("demo"))
    breaches, _ = await run(tmp_path, service, duplicates=0.5)
    assert breaches == []
    assert set(service.seen.values()) == {1, 3}


async def test_a_failing_receiver_is_called_again(tmp_path: Path) -> None:
    service = StandIn(Site.fresh("demo"), callback_copies=2)
    breaches, ledger = await run(tmp_path, service, failing=0.3)
    assert breaches == []
    ops = [event.op for event in ledger.journal.events]
    assert ops.count("turned_away") > 0
    assert ops.count("callback") == 2 * COUNT


async def test_kills_strike_as_planned(tmp_path: Path) -> None:
    struck: list[str] = []

    def kill(target: str) -> bool:
        struck.append(target)
        return True

    kills = [Kill(0.01, "api"), Kill(0.02, "worker")]
    service = StandIn(Site.fresh("demo"))
    breaches, ledger = await run(tmp_path, service, kills=kills, kill=kill)
    assert (breaches, struck) == ([], ["api", "worker"])
    assert ledger.kills == {"api": 1, "worker": 1}


async def test_callbacks_under_another_secret_are_a_breach(tmp_path: Path) -> None:
    site = Site.fresh("demo")
    breaches, ledger = await run(tmp_path, StandIn(site, forger=Site.fresh("demo")), patience_s=1.0)
    assert "callback_forged" in {breach.rule for breach in breaches}
    assert not ledger.called_back


async def test_no_text_stands_in_the_history(tmp_path: Path) -> None:
    _, ledger = await run(tmp_path, StandIn(Site.fresh("demo")))
    written = (tmp_path / "history.jsonl").read_text()
    assert list(read(tmp_path / "history.jsonl")) == ledger.journal.events
    assert not [one for one in mild_comments(COUNT, seed=3) if one.text in written]
