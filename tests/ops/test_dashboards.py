"""The dashboards: what is committed is what the code makes, and every panel shows something."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from deploy.grafana.__main__ import BOARDS, FOLDER, written
from moderation.telemetry import Metrics
from tests.ops import grow
from tests.ops.grow_page import PICTURE
from tests.ops.newsroom import Newsroom, newsroom
from tests.ops.panels import PICTURES, SHOWN

_GAUGES_OF_THE_STORE = (
    "stream_|callbacks_waiting|dead_letter|held_(?!ratio)|appeals_(open|oldest)|policy_threshold"
)
#: For the recording rules, which look back over minutes, to have two samples of everything.
_PATIENCE_S = 120


def expressions() -> dict[str, str]:
    """Return every expression, by its dashboard, panel and place."""
    return {
        f"{board['title']} / {panel['title']} / {target['refId']}": target["expr"]
        for board in map(json.loads, written().values())
        for panel in board["panels"]
        for target in panel["targets"]
    }


def test_the_committed_dashboards_are_what_the_code_makes():
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == written()


def test_what_every_process_tells_alike_is_not_summed():
    told = re.compile(rf"\b(sum|avg)( by \([^)]*\))? \(moderation_({_GAUGES_OF_THE_STORE})")
    assert [name for name, expr in expressions().items() if told.search(expr)] == []


def test_no_metric_is_asked_for_by_a_name_that_nobody_has():
    """Panels that fall back to 0 would show it for a metric that there is not."""
    ours = {name for name in Metrics().registry._names_to_collectors if name[:10] == "moderation"}
    asked = {name for e in expressions().values() for name in re.findall(r"moderation_\w+", e)}
    assert {name for name in asked if not name.startswith("moderation_slo")} <= ours


def test_the_provisioned_source_is_the_one_that_the_panels_name():
    provisioning = FOLDER.parent / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    boards = [json.loads(text) for text in written().values()]
    assert {panel["datasource"]["uid"] for b in boards for panel in b["panels"]} == {source["uid"]}
    assert len({board["uid"] for board in boards}) == len(BOARDS)
    [provider] = yaml.safe_load((provisioning / "dashboards/moderation.yml").read_text())[
        "providers"
    ]
    assert Path(provider["options"]["path"]).name == FOLDER.name


def test_the_pictures_in_the_docs_are_of_panels_that_there_are():
    titles = {board.uid: {p.title for row in board.rows for p in row} for board in BOARDS}
    assert {uid for uid, shown in SHOWN.items() if set(shown) <= titles[uid]} == set(titles)
    for uid, shown in SHOWN.items():
        assert [title for title in shown if title not in _words(f"{uid}.svg")] == []
    played = {title: board.BOARD.uid for board, title in grow.SHOWN}
    assert [title for title, uid in played.items() if title not in titles[uid]] == []
    assert [title for title in played if title not in _words(PICTURE.name)] == []


def _words(picture: str) -> str:
    return " ".join(ElementTree.parse(PICTURES / picture).getroot().itertext())


@pytest.fixture
async def at_work(tmp_path: Path):
    async with newsroom(tmp_path) as running:
        yield running


async def test_every_panel_shows_data_of_a_real_service_under_a_real_prometheus(
    at_work: Newsroom,
):
    empty, deadline = expressions(), time.monotonic() + _PATIENCE_S
    while empty and time.monotonic() < deadline:
        await at_work.round()
        await asyncio.sleep(1)
        empty = {name: e for name, e in empty.items() if not await at_work.shows_data(e)}
    assert empty == {}
