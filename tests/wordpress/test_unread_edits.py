"""An approval of an earlier text publishes no later one, whatever the service missed meanwhile."""

from __future__ import annotations

from tests import service_kit as kit
from tests.wordpress.conftest import Start
from tests.wordpress.site import WordPress
from tests.wordpress.test_wordpress import name_of, told


async def test_an_approval_of_the_text_before_an_edit_does_not_publish_the_edit(
    site: WordPress, start: Start
) -> None:
    first, edited = kit.texts(2, held=True)
    async with start() as newsroom:
        number = await site.by_form(f"{first} before")
        there = await newsroom.found(name_of(site.comment(number)))
    await site.as_ada(number, content=f"{edited} after")
    approval = {"decision": "approve", "decided_by": "person", "version": there["version"] + 1}
    assert await told(site, {**there, **approval}) == 204
    assert site.comment(number)["status"] == "unapproved", "nobody has read what it says now"
    without_hash = {**there, **approval, "text_sha256": None}
    assert await told(site, without_hash) == 204
    assert site.comment(number)["status"] == "unapproved"
    async with start() as newsroom:
        await site.cron()
        again = await newsroom.found(name_of(site.comment(number)))
        assert (again["revision"], again["decision"]) == (2, "hold")
        assert site.comment(number)["status"] == "unapproved"
