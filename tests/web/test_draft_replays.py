"""What a replay shows in the editor: to whom, and whether the draft may be applied by it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from moderation.domain.people import Role
from moderation.domain.policy import parse_policy
from moderation.store import log, replays
from moderation.store.log import SERVICE
from moderation.store.replays import Told
from tests.web.editing import Editor, at_editor, stricter
from tests.web.kit import Service, serving
from tests.web.signing_in import PASSWORD, browser

EXAMPLE = "c_0123456789"


@pytest.fixture
async def split(embedded_url: str) -> AsyncIterator[Service]:
    """The policy `default` decides for the site `default` only."""
    async with serving(embedded_url, works=False, others_policy="strict") as running:
        yield running


async def replayed(editor: Editor, over: str) -> None:
    """Keep a stricter draft and tell of a replay of it that was seen through."""
    await editor.send(source=stricter(editor.source))
    store, digest = editor.browser.service.store, parse_policy(editor.source).digest()
    told = Told(f"of-{over}", "running", over, digest, "ada", total=4321)
    await replays.begin(store, "default", told)
    found = {"changes": [["approve", "hold", 4321]], "left_out": {}, "examples": [EXAMPLE]}
    assert await replays.end(store, "default", told.id, "done", found)
    await editor.open()


async def test_a_replay_over_a_site_of_another_policy_is_none_to_apply_by(split: Service):
    async with at_editor(split) as editor:
        await replayed(editor, "other")
        assert "4,321" in editor.page.text
        assert "The policy doesn't decide for other" in editor.page.text
        refused = await editor.send("apply")
        assert (refused.status, "no replay has shown" in refused.text.lower()) == (422, True)


async def test_a_draft_is_applied_by_a_replay_and_the_log_tells_over_what(split: Service):
    async with at_editor(split) as editor:
        await replayed(editor, "default")
        assert (await editor.send("apply")).status == 303
    [entry], _ = await log.read(split.store, None, 1)
    assert (entry["version"], entry["replayed"], entry["site"]) == (2, True, "default")


async def test_what_a_replay_found_on_a_site_is_for_those_who_see_it(split: Service):
    await split.context.people.add("narrow", Role.ADMIN, ["default"], PASSWORD, by=SERVICE)
    async with at_editor(split) as ada, browser(split) as narrow:
        await narrow.sign_in("narrow")
        for over, shows in (("other", False), ("default", True)):
            await replayed(ada, over)
            for path in ("draft", "replay"):
                page = await narrow.get(f"/policies/default/{path}")
                assert page.status == 200
                for said in ("4,321", EXAMPLE, f"decided on {over}"):
                    assert (said in page.text) is shows
                hidden = "over a site that your account doesn't see" in page.text
                assert hidden is not shows
            await ada.send("drop")
            await ada.open()
