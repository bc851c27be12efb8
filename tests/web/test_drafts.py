"""The policy editor: drafts, their faults and differences, and what may be applied when."""

from __future__ import annotations

import re

import pytest

from moderation.domain.people import Role
from moderation.domain.policy import parse_policy
from moderation.store import drafts, log, policies
from moderation.store.log import SERVICE
from tests.web.editing import at_editor, stricter
from tests.web.kit import Service
from tests.web.signing_in import browser, person


async def test_a_draft_is_kept_compared_and_applied(idle: Service):
    async with at_editor(idle) as editor:
        assert "Not kept yet" in editor.page.text
        assert parse_policy(editor.source) == (await policies.current(idle.store, "default"))[0]
        assert (await editor.send(source=stricter(editor.source))).status == 303
        assert '<span class="kind">added</span><code dir="auto">toxicity = 0.2</code>' in (
            editor.page.text
        )
        assert '<span class="kind">removed</span><code dir="auto">toxicity = 0.35</code>' in (
            editor.page.text
        )
        assert (await policies.current(idle.store, "default"))[1] == 1
        refused = await editor.send("apply")
        assert (refused.status, "no replay has shown" in refused.text.lower()) == (422, True)
        done = await editor.send("apply", unreplayed="1", note="as the council asked")
        assert (done.status, done.place) == (303, "/policies/default?site=default")
    policy, version = await policies.current(idle.store, "default")
    assert (version, policy.thresholds["toxicity"]) == (2, 0.2)
    assert await drafts.find(idle.store, "default") is None
    [entry], _ = await log.read(idle.store, None, 1)
    assert (entry["type"], entry["version"], entry["replayed"]) == ("policy_applied", 2, False)
    assert (entry["actor"]["name"], entry["actor"]["via"]) == ("ada", "page")
    assert entry["note"] == "as the council asked"


async def test_every_fault_is_named_and_nothing_typed_is_lost(idle: Service):
    async with at_editor(idle) as editor:
        await editor.send(source='name = "other-name!"\nwhat = 1\n[thresholds]\ntoxicity = 2\n')
        for fault in ("3 faults", "name:", "what:", "thresholds.toxicity:"):
            assert fault in editor.page.text
        assert editor.source.startswith('name = "other-name!"\n')
        await editor.send(source='name = "default"\nthresholds = what\n')
        assert "not TOML" in editor.page.text
        assert "line 2" in editor.page.text
        await editor.send(source='name = "mild"\n[thresholds]\ntoxicity = 0.5\n')
        assert "a policy keeps its name" in editor.page.text
        for button, status in (("apply", 422), ("replay", 422)):
            assert (await editor.send(button, unreplayed="1")).status == status
    assert (await policies.current(idle.store, "default"))[1] == 1


async def test_a_label_that_no_model_gives_is_warned_of(idle: Service):
    async with at_editor(idle) as editor:
        await editor.send(source=editor.source.replace("insult =", "insolence ="))
        assert "Warning: no model that ships gives &#39;insolence&#39;" in editor.page.text
        await editor.send(source=editor.source.replace('"default"', '"mild"'))
        assert "a policy keeps its name" in editor.page.text
        assert "Warning: no model that ships gives &#39;insolence&#39;" in editor.page.text


async def test_deeply_nested_and_long_drafts_are_refused(idle: Service):
    async with at_editor(idle) as editor:
        await editor.send(source="a = " + "[" * 20_000)
        assert "nested too deeply" in editor.page.text
        assert (await editor.send(source="#" * 100_001)).status == 422


async def test_what_was_typed_after_the_last_look_is_not_applied(idle: Service):
    async with at_editor(idle) as editor:
        await editor.send(source=stricter(editor.source))
        page = await editor.send("apply", source=stricter(editor.source, 0.1), unreplayed="1")
        assert (page.status, "It is kept now, and nothing was applied" in page.text) == (409, True)
        assert "toxicity = 0.1" in editor.source
        assert (await policies.current(idle.store, "default"))[1] == 1
        assert (await editor.send("apply", unreplayed="1")).status == 303


async def test_a_colleague_s_newer_version_is_news_and_is_not_overwritten(idle: Service):
    current, _ = await policies.current(idle.store, "default")
    async with at_editor(idle) as editor:
        await editor.send(source=stricter(editor.source))
        theirs = current.model_copy(update={"four_eyes": True})
        await policies.apply(idle.store, theirs, by=SERVICE)
        refused = await editor.send("apply", unreplayed="1")
        assert refused.status == 409
        for said in ("another version was applied meanwhile", "Version 2 is in force now",
                     "the service", "four_eyes = true"):  # fmt: skip
            assert said.lower() in refused.text.lower()
        assert await policies.current(idle.store, "default") == (theirs, 2)
        merged = editor.source.replace('name = "default"', 'name = "default"\nfour_eyes = true')
        await editor.send(source=merged, follow="2")
        assert "is in force now" not in editor.page.text
        assert (await editor.send("apply", unreplayed="1")).status == 303
    policy, version = await policies.current(idle.store, "default")
    assert (version, policy.four_eyes, policy.thresholds["toxicity"]) == (3, True, 0.2)


async def test_two_at_one_draft_lose_nothing(idle: Service):
    async with at_editor(idle) as ada, at_editor(idle, "bob") as bob:
        await ada.send(source=stricter(ada.source))
        page = await bob.send(source=stricter(bob.source, 0.9))
        assert (page.status, "another draft was kept meanwhile" in page.text.lower()) == (409, True)
        assert "toxicity = 0.9" in bob.source
        assert "What your text changes of the draft that <bdi>ada</bdi> keeps" in bob.page.text
        await ada.open()
        assert "toxicity = 0.2" in ada.source
        assert (await bob.send()).status == 303  # seen by now
        assert (await ada.send("apply", unreplayed="1")).status == 409
        assert (await ada.send("drop", seen="0" * 16)).status == 409
        assert (await bob.send("drop")).status == 303
    assert await drafts.find(idle.store, "default") is None


async def test_a_form_that_is_sent_again_hears_of_the_version_that_was_made(idle: Service):
    async with at_editor(idle) as editor, at_editor(idle, "bob") as bob:
        await editor.send(source=stricter(editor.source))
        form = {**editor.hidden, "source": editor.source.replace("\n", "\r\n"), "unreplayed": "1"}
        for kept in (False, True):
            for _ in range(2):
                page = await editor.browser.post("/policies/default/apply", form)
                assert (page.status, page.place) == (303, "/policies/default?site=default")
            if not kept:
                await bob.open()
                await bob.send(source=stricter(bob.source, 0.9))
        assert "toxicity = 0.9" in bob.source
        # Of another text nothing was made, so nobody is told so.
        form["source"] = stricter(form["source"], 0.1)
        assert (await editor.browser.post("/policies/default/apply", form)).status == 409
    assert (await policies.current(idle.store, "default"))[1] == 2


async def test_going_back_is_a_draft_with_the_content_of_then(idle: Service):
    first, _ = await policies.current(idle.store, "default")
    lax = first.model_copy(update={"thresholds": {"toxicity": 0.9}})
    await policies.apply(idle.store, lax, by=SERVICE)
    async with at_editor(idle) as editor:
        fields = {"csrf": editor.hidden["csrf"], "version": "1"}
        assert (await editor.browser.post("/policies/default/back", fields)).status == 303
        await editor.open()
        assert parse_policy(editor.source) == first
        await editor.send("apply", unreplayed="1")
        assert await policies.current(idle.store, "default") == (first, 3)
        assert await policies.version(idle.store, "default", 2) == lax
        # A draft that is there is not lost by that.
        await editor.open()
        await editor.send(source=stricter(editor.source))
        fields = {"csrf": editor.hidden["csrf"], "version": "2"}
        page = await editor.browser.post("/policies/default/back", fields)
        assert (page.status, "Saving this one replaces it" in page.text) == (200, True)
        await editor.open()
        assert "toxicity = 0.2" in editor.source
        fields["version"] = "9"
        assert (await editor.browser.post("/policies/default/back", fields)).status == 404


async def test_the_click_of_the_insights_lands_in_the_editor(idle: Service):
    async with at_editor(idle) as editor:
        sent = {"csrf": editor.hidden["csrf"], "label": "*", "threshold": "0.625"}
        page = await editor.browser.post("/insights/draft", sent)
        assert (page.status, page.place) == (303, "/policies/default/draft?site=default")
        await editor.open()
        assert set(parse_policy(editor.source).thresholds.values()) == {0.625}
        sent["threshold"] = "2"
        assert (await editor.browser.post("/insights/draft", sent)).status == 422


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MODERATOR])
async def test_others_than_admins_see_and_do_nothing_here(idle: Service, role: Role):
    async with at_editor(idle, "eve") as editor:
        sent = {**editor.hidden, "source": editor.source, "version": "1"}
    await person(idle, "ada", role)
    async with browser(idle) as one:
        await one.sign_in()
        signed = await idle.context.people.sessions.find(one.cookie())
        assert signed
        sent["csrf"] = signed.csrf
        for path in ("", "/default", "/default/draft", "/default/replay"):
            assert (await one.get(f"/policies{path}")).status == 403
        for path in ("draft", "apply", "drop", "replay", "cancel", "back"):
            assert (await one.post(f"/policies/default/{path}", sent)).status == 403
        assert (await one.post("/insights/draft", sent)).status == 403
        assert "/policies" not in (await one.get("/settings")).text


async def test_a_form_of_elsewhere_or_without_the_token_is_refused(idle: Service):
    async with at_editor(idle) as editor:
        sent = {**editor.hidden, "source": editor.source}
        post = editor.browser.post
        for path in ("draft", "apply", "drop", "replay", "cancel", "back"):
            where = f"/policies/default/{path}"
            assert (await post(where, sent, origin="https://elsewhere.example")).status == 403
            assert (await post(where, sent, origin=None)).status == 403
            assert (await post(where, {**sent, "csrf": "no"})).status == 403
            assert (await post(where, {"source": "x"})).status == 403
    assert await drafts.find(idle.store, "default") is None


async def test_who_does_not_see_all_sites_of_a_policy_does_not_change_it(idle: Service):
    await idle.context.people.add(
        "narrow", Role.ADMIN, ["default"], "a fine day in may", by=SERVICE
    )
    mine = (await policies.current(idle.store, "default"))[0].model_copy(update={"name": "mine"})
    await policies.apply(idle.store, mine, by=SERVICE)
    async with browser(idle) as one:
        await one.sign_in("narrow")
        page = await one.get("/policies/default")
        assert (page.status, "so you can&#39;t change it" in page.text) == (200, False)
        assert "you can't change it" in page.text
        assert (await one.get("/policies/default/draft")).status == 403
        assert (await one.get("/policies/mine")).status == 404
        assert "mine" not in (await one.get("/policies")).text
        assert (await one.get("/log")).status == 403


async def test_hostile_text_in_a_draft_is_shown_and_does_nothing(idle: Service):
    bad = "<script>alert(1)</script></textarea><img src=x onerror=alert(1)>\u202e"
    async with at_editor(idle) as editor:
        said = f'description = "{bad}"\n# {bad}\n'
        await editor.send(source=re.sub("(?m)^description = .*\n", said, editor.source))
        assert bad in editor.source
        assert "alert(1)" in editor.page.text[editor.page.text.index("What the draft changes") :]
        for inert in ("<script>alert", "</textarea><img", "onerror=alert(1)>"):
            assert inert not in editor.page.text
        assert 'data-name="RLO"' in editor.page.text
