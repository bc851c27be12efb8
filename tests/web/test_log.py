"""The log's page: sentences, newest first, by kind and in pages; for admins of all sites."""

from __future__ import annotations

import re

import pytest

from moderation.domain.people import Role
from moderation.store import api_keys, log
from moderation.store.log import Actor
from tests.web.kit import Service
from tests.web.signing_in import browser, person

EVE = Actor("p_" + "b" * 16, "eve <b>x</b>", "page")


async def shown(service: Service, path: str = "/log") -> str:
    if "ada" not in [one.person.name for one in await service.context.people.listed()]:
        await person(service, "ada", Role.ADMIN)
    async with browser(service) as one:
        await one.sign_in()
        page = await one.get(path)
        assert page.status == 200, page.text
        return page.text


def sentences(page: str) -> list[str]:
    return re.findall(r"<li><p><bdi>(.*?)</bdi>", page)


async def test_changes_are_told_in_sentences_newest_first(idle: Service):
    people = idle.context.people
    bob = await people.add("bob", Role.VIEWER, ["default"], None, by=EVE)
    await people.set_role(bob.id, Role.ADMIN, by=EVE)
    await people.set_active(bob.id, active=False, by=EVE)
    await people.revoke(bob.id, by=EVE)
    made = await api_keys.add(idle.store, "default", ("submit",), "the CMS", 1, by=EVE)
    key_id, secret = made.split("_", 2)[1:]
    await api_keys.revoke(idle.store, key_id, by=EVE)
    page = await shown(idle)
    who = "eve &lt;b&gt;x&lt;/b&gt;"
    assert sentences(page)[1:7] == [
        f"{who} ended the API key {key_id} “the CMS” of default.",
        f"{who} made the API key {key_id} “the CMS” of default, to submit.",
        f"{who} signed bob out everywhere.",
        f"{who} disabled the account of bob.",
        f"{who} made bob an admin.",
        f"{who} made an account for bob, a viewer, for default.",
    ]
    assert sentences(page)[7] == "the service put version 1 of the policy default into force."
    assert secret not in page
    assert "<b>x</b>" not in page


async def test_the_log_comes_by_kind_and_in_pages(idle: Service):
    for number in range(70):
        await api_keys.add(idle.store, "default", ("submit",), f"key {number}", 1, by=EVE)
    page = await shown(idle)
    assert len(sentences(page)) == 50
    earlier = re.search(r'href="(/log\?before=[^"]+)"', page)
    assert earlier
    rest = await shown(idle, earlier[1].replace("&amp;", "&"))
    assert len(sentences(rest)) == 22
    assert not set(sentences(page)) & set(sentences(rest))
    assert "Earlier entries" not in rest
    assert len(sentences(await shown(idle, "/log?kind=policy_applied"))) == 1
    assert "Nothing of this kind" in await shown(idle, "/log?kind=person_disabled")


async def test_an_entry_that_is_not_known_here_is_told_all_the_same(idle: Service):
    entry = '{"at":1700000000000,"type":"moon_<i>","actor":{"id":"p_x","name":"","via":"?"}}'
    await idle.store.redis.xadd("{s0}:log", {"change": "x", "entry": entry})
    page = await shown(idle, "/log?kind=")
    assert "p_x did something else: moon &lt;i&gt;." in page
    assert "2023-11-14 22:13:20 UTC" in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MODERATOR])
async def test_the_log_is_for_administrators(idle: Service, role: Role):
    await person(idle, "bob", role)
    async with browser(idle) as one:
        assert (await one.get("/log")).status == 303
        await one.sign_in("bob")
        assert (await one.get("/log")).status == 403
        assert "/log" not in (await one.get("/settings")).text


async def test_a_wrong_parameter_is_refused(idle: Service):
    await person(idle, "ada", Role.ADMIN)
    async with browser(idle) as one:
        await one.sign_in()
        for wrong in ("before=x", "before=1", "kind=%3Cb%3E"):
            assert (await one.get(f"/log?{wrong}")).status == 400
    assert (await log.read(idle.store, None, 9))[0]
