"""A real WordPress with the plugin, and the real service: no part of either is played."""

from __future__ import annotations

import json
import time
from itertools import count
from typing import Any

import aiohttp
from standardwebhooks import Webhook

from moderation.domain.signature import sign
from tests import service_kit as kit
from tests.fakes.faulty_scorer import expected
from tests.service_kit import SECRET, until
from tests.wordpress.conftest import Newsroom, Start
from tests.wordpress.site import WordPress

KIND, RUDE = iter(kit.texts(40)), iter(kit.texts(40, held=True))
FORGED = "whsec_" + "A" * 43 + "="


def slow() -> str:
    """Return a text that is approved long after its visitor stopped waiting."""
    texts = (f"please sleep 6 {time.time_ns()} {number}" for number in count())
    return next(text for text in texts if max(expected(text).values()) < 0.5)


def name_of(comment: dict[str, Any]) -> str:
    return str(comment["meta"]["_comment_moderation_external_id"])


def said(comment: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(comment["meta"]["_comment_moderation_said"]))


async def until_is(site: WordPress, number: int, status: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def has_come() -> bool:
        found.update(site.comment(number))
        return bool(found["status"] == status)

    await until(has_come)
    return found


async def told(
    site: WordPress, data: dict[str, Any], *, secret: str = SECRET, at: float | None = None
) -> int:
    """Call WordPress back as the service does, or as somebody who pretends to be it."""
    body = json.dumps({"type": "comment.decided", "data": data}).encode()
    name = f"{data['id']}.{data['version']}"
    headers = sign([secret], name, round(time.time() if at is None else at), body)
    if at is None and secret == SECRET:
        Webhook(SECRET).verify(body, headers)
    headers["Content-Type"] = "application/json"
    async with (
        aiohttp.ClientSession() as http,
        http.post(site.callback_url, data=body, headers=headers) as answer,
    ):
        return answer.status


async def test_comments_are_approved_and_held_by_form_and_by_rest(
    site: WordPress, start: Start
) -> None:
    async with start() as newsroom:
        for post in (site.by_form, site.by_rest):
            kind = site.comment(await post(next(KIND)))
            assert (kind["status"], said(kind)["decision"]) == ("approved", "approve")
            rude = site.comment(await post(next(RUDE)))
            assert (rude["status"], said(rude)["decision"]) == ("unapproved", "hold")
            there = await newsroom.found(name_of(rude))
            assert there["reasons"][0]["code"] == "score_over_threshold"
        marked = 'a "quoted" \\ word & <b>more</b> of a fine day '
        text = next(f"{marked}{n}" for n in count() if max(expected(f"{marked}{n}").values()) < 0.4)
        for post in (site.by_form, site.by_rest):
            stored = site.comment(await post(f"{text} {post.__name__}"))
            assert stored["text"].startswith(marked.replace("&", "&amp;"))
            assert "_comment_moderation_due" not in stored["meta"], "it was read as it is shown"
        shown = site.php(
            "ob_start(); do_action('manage_comments_custom_column', 'comment_moderation',"
            " getenv('COMMENT')); return ob_get_clean();",
            COMMENT=str(site.newest() - 2),
        )
        assert shown.startswith("Held: ")
        assert "held from 0.50" in shown


async def test_a_late_decision_calls_back_and_nothing_forged_late_or_old_does(
    site: WordPress, start: Start
) -> None:
    async with start() as newsroom:
        number = await site.by_form(slow())
        waiting = site.comment(number)
        assert (waiting["status"], said(waiting)["status"]) == ("unapproved", "pending")
        await until_is(site, number, "approved")
        approval = await newsroom.found(name_of(waiting))

        await newsroom.decide(name_of(waiting), "reject", "insult")
        rejected = await until_is(site, number, "trash")
        assert said(rejected)["decided_by"] == "person"
        newer = {**approval, "version": approval["version"] + 5}
        assert await told(site, newer, secret=FORGED) == 401
        assert await told(site, newer, at=time.time() - 400) == 401
        assert await told(site, newer, at=time.time() + 400) == 401
        assert await told(site, approval) == 204, "known, so that it is not sent again"
        assert await told(site, {**newer, "revision": 0}) == 204
        assert site.comment(number) == rejected

        await newsroom.decide(name_of(waiting), "approve")
        await until_is(site, number, "approved")
        assert await told(site, {**approval, "external_id": "not-here"}) == 503
        long_ago = {"external_id": "not-here", "received_at": "2020-01-01T00:00:00Z"}
        assert await told(site, {**approval, **long_ago}) == 204


async def test_an_outage_holds_and_is_made_up_for(site: WordPress, start: Start) -> None:
    approved, held = next(KIND), next(RUDE)
    numbers = [
        await site.by_form(approved),
        await site.by_rest(held),
        await site.by_form(next(RUDE)),
    ]
    for number in numbers:
        waiting = site.comment(number)
        assert (waiting["status"], said(waiting)["status"]) == ("unapproved", "away")
    await site.as_ada(numbers[2], status="approved")
    await site.cron()
    assert site.comment(numbers[0])["status"] == "unapproved"
    async with start() as newsroom:
        await site.cron()
        assert site.comment(numbers[0])["status"] == "approved"
        assert said(site.comment(numbers[1]))["decision"] == "hold"
        override = site.comment(numbers[2])
        assert override["status"] == "approved"
        assert "_comment_moderation_override" not in override["meta"]
        there = await newsroom.found(name_of(override))
        assert (there["decision"], there["decided_by"]) == ("approve", "person")
        assert "_comment_moderation_due" not in override["meta"]


async def decided_there(newsroom: Newsroom, comment: dict[str, Any]) -> tuple[str, str]:
    there = await newsroom.found(name_of(comment))
    return there["decision"], there["decided_by"]


async def test_people_in_wordpress_override_and_edits_are_decided_anew(
    site: WordPress, start: Start
) -> None:
    async with start() as newsroom:
        number = await site.by_form(next(RUDE))
        for status, decision in (
            ("approved", "approve"),
            ("spam", "reject"),
            ("approved", "approve"),
        ):
            await site.as_ada(number, status=status)
            assert await decided_there(newsroom, site.comment(number)) == (decision, "person")
        there = await newsroom.found(name_of(site.comment(number)))
        trail = f"{newsroom.api}/v1/comments/{there['id']}/history"
        assert "wordpress-user-1" in (await newsroom.caller.get(trail))[1]

        await site.as_ada(number, content=next(RUDE))
        edited = site.comment(number)
        assert edited["status"] == "unapproved"
        assert await decided_there(newsroom, edited) == ("hold", "model")
        assert (await newsroom.found(name_of(edited)))["revision"] == 2
        await site.as_ada(number, content=next(KIND))
        assert site.comment(number)["status"] == "approved"

        by_nobody = await site.by_form(next(RUDE))
        site.php("wp_set_comment_status((int) getenv('COMMENT'), 'spam');", COMMENT=str(by_nobody))
        assert await decided_there(newsroom, site.comment(by_nobody)) == ("hold", "model")


async def test_another_person_s_decision_there_stands(site: WordPress, start: Start) -> None:
    number = await site.by_form(next(RUDE))
    async with start():
        await site.cron()
    name = name_of(site.comment(number))
    await site.as_ada(number, status="approved")
    assert "_comment_moderation_override" in site.comment(number)["meta"]
    async with start() as newsroom:
        await newsroom.decide(name, "reject", "spam")
        await until_is(site, number, "spam")
        await site.cron()
        assert "_comment_moderation_override" not in site.comment(number)["meta"]
        assert await decided_there(newsroom, site.comment(number)) == ("reject", "person")


async def test_the_privacy_tools_and_deleting_erase_there(site: WordPress, start: Start) -> None:
    export = "return apply_filters('wp_privacy_personal_data_exporters', [])['comment-moderation']"
    erase = (
        "return array_map(fn($one) => $one['callback']('bo@example.org', 1),"
        "apply_filters('wp_privacy_personal_data_erasers', []));"
    )
    site.php('global $wpdb; $wpdb->query("DELETE FROM $wpdb->comments");')
    async with start() as newsroom:
        first = site.comment(await site.by_form(next(RUDE)))
        exported = site.php(f"{export}['callback']('bo@example.org', 1);")
        assert exported["done"]
        assert exported["data"][0]["data"][1]["value"].startswith("Held: ")
        assert site.php(erase)["comment-moderation"]["items_removed"]
        assert (await newsroom.found(name_of(first)))["status"] == "erased"

        number = await site.by_form(next(RUDE))
        second = site.comment(number)
        site.php("wp_delete_comment((int) getenv('COMMENT'), true);", COMMENT=str(number))
        third = site.comment(await site.by_form(next(RUDE)))
    outage = site.php(erase)["comment-moderation"]
    assert outage["items_retained"]
    assert outage["messages"]
    async with start() as newsroom:
        await site.cron()
        for comment in (second, third):
            assert (await newsroom.found(name_of(comment)))["status"] == "erased"


async def test_a_site_may_follow_its_own_rules_in_an_outage(site: WordPress, start: Start) -> None:
    site.set(away="wordpress")
    number = await site.by_form(next(RUDE))
    site.set(away="hold")
    assert site.comment(number)["status"] == "approved"
    async with start():
        await site.cron()
        assert site.comment(number)["status"] == "unapproved"


def test_nothing_was_wrong_and_no_text_is_in_a_log(site: WordPress) -> None:
    for log in (site.content / "debug.log", site.content.parent / "php.log"):
        written = log.read_text()
        assert "plugins/comment-moderation" not in written
        assert "idiot" not in written
