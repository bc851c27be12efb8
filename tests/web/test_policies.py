"""The pages of policies: what they tell of versions, and a replay beside the requests."""

from __future__ import annotations

import json
import re

from moderation.domain.people import Role
from moderation.domain.policy import Policy
from moderation.store import policies, replays
from moderation.store.log import Actor
from moderation.store.replays import Told
from tests.service_kit import until
from tests.web.editing import at_editor, stricter
from tests.web.kit import Service
from tests.web.signing_in import browser, person

BY = Actor("p_" + "b" * 16, "eve <b>", "command line")


async def change(service: Service, **fields: object) -> Policy:
    """Apply the current policy with other fields."""
    current, _ = await policies.current(service.store, "default")
    changed = Policy.model_validate({**current.model_dump(), **fields})
    await policies.apply(service.store, changed, by=BY)
    return changed


async def test_versions_are_told_with_who_and_when(idle: Service):
    await change(idle, severity_hours=2.0)
    await change(idle, description="<i>calm</i> \u202e")
    await person(idle, "ada", Role.ADMIN)
    async with browser(idle) as one:
        await one.sign_in()
        assert 'href="/policies/default?site=default"' in (await one.get("/policies")).text
        page = (await one.get("/policies/default")).text
        assert page.count("eve &lt;b&gt;</bdi>, command line") == 2
        assert "the service</bdi>, start" in page
        assert "<i>calm" not in page
        assert 'data-name="RLO"' in page
        page = (await one.get("/policies/default?since=1&until=2&version=1")).text
        assert '<code dir="auto">severity_hours = 2.0</code>' in page
        assert "severity_hours = 6.0" in page[page.index("Version 1 as TOML") :]
        for wrong, status in (("version=9", 404), ("since=x", 400), ("until=0", 400)):
            assert (await one.get(f"/policies/default?{wrong}")).status == status
        assert (await one.get("/policies/nothing")).status == 404


async def test_many_versions_come_in_pages(idle: Service):
    for hours in range(1, 61):
        await change(idle, severity_hours=float(hours))
    await person(idle, "ada", Role.ADMIN)
    async with browser(idle) as one:
        await one.sign_in()
        page = (await one.get("/policies/default")).text
        assert page.count('<th scope="row">') == 50
        below = re.search(r"\?below=(\d+)", page)
        assert below
        page = (await one.get(f"/policies/default?below={below[1]}")).text
        assert 0 < page.count('<th scope="row">') < 20
        assert "Earlier versions" not in page


async def test_a_replay_shows_what_would_change_and_lets_the_draft_be_applied(service: Service):
    kept = [await service.submit(f"a fine day {n}") for n in range(12)]
    assert {one["decision"] for one in kept} == {"approve"}
    async with at_editor(service) as editor:
        assert "Not replayed yet" in editor.page.text
        everything = re.sub(r"(?m)^(\w+) = 0\.\d+$", r"\1 = 0.0", editor.source)
        assert (await editor.send("replay", source=everything)).place.endswith("#replay")
        await until(lambda: ended(service))
        await editor.open()
        row = '<th scope="row">approve</th><td>hold (changes)</td><td>12</td>'
        assert row in editor.page.text
        links = re.findall(r'<a href="/item/(c_\w+)\?site=default">', editor.page.text)
        assert links == [one["id"] for one in kept[2:]]
        assert re.search(r'<p id="unreplayed" hidden', editor.page.text)
        fragment = await editor.browser.get("/policies/default/replay")
        assert row in fragment.text
        assert "<html" not in fragment.text
        # Another text is another draft: what was shown is not what it would do.
        await editor.send(source=stricter(everything, 0.9))
        assert "What an earlier text of the draft would have decided" in editor.page.text
        assert (await editor.send("apply")).status == 422
        await editor.send(source=everything)
        assert (await editor.send("apply")).status == 303
    assert (await policies.current(service.store, "default"))[1] == 2


async def ended(service: Service) -> bool:
    told = await replays.find(service.store, "default")
    return bool(told and told.state != "running")


async def test_a_replay_of_another_process_is_seen_and_ended(idle: Service):
    async with at_editor(idle) as editor:
        told = Told("r1", "running", "default", "d", "bob <b>", seen=1200, total=5000)
        await replays.begin(idle.store, "default", told)
        await replays.progress(idle.store, "default", "r1", 1200)
        await editor.open()
        assert "begun by <bdi>bob &lt;b&gt;</bdi>: 1,200 of 5,000" in editor.page.text
        typed = stricter(editor.source)
        assert (await editor.send("cancel", source=typed)).status == 200
        assert editor.source == typed  # not lost, and not kept
        assert "ended before it was through" in editor.page.text
        assert not await replays.progress(idle.store, "default", "r1", 1300)


async def test_a_replay_over_a_site_that_one_does_not_see_is_none(idle: Service):
    async with at_editor(idle) as editor:
        assert (await editor.send("replay", over="nowhere")).status == 404


async def test_only_forms_are_taken(idle: Service):
    async with at_editor(idle) as editor:
        signed = await idle.context.people.sessions.find(editor.browser.cookie())
        assert signed
        headers = {"Origin": idle.url, "X-CSRF-Token": signed.csrf}
        url = f"{idle.url}/policies/default/draft"
        body = json.dumps({"source": "x", "began_from": 1})
        headers["Content-Type"] = "application/json"
        async with editor.browser.http.post(url, data=body, headers=headers) as response:
            assert response.status == 415
