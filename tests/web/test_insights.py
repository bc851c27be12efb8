"""The insights' page: what it tells whom, what it refuses, and the draft that it gives."""

from __future__ import annotations

import re

import pytest

from moderation.domain.people import Role
from moderation.domain.policy import parse_policy
from moderation.store import suggestions, tallies
from moderation.store.log import SERVICE
from moderation.store.store import Store
from tests.web.kit import Service
from tests.web.signing_in import browser, person

ADVICE = "A threshold for that"


async def count(store: Store, site: str, at: int, **outcomes: int) -> None:
    """Count texts as if they had been decided today, with their highest score in a part."""
    (seconds, _), keep_ms = await store.redis.time(), 10**9
    await tallies.configure(store, keep_ms=keep_ms, sample_share=0.01)
    key = f"{{s0}}:t:{site}:{seconds // 86_400}"
    for outcome, number in outcomes.items():
        await store.redis.hincrby(f"{key}:*", f"{at}{outcome}", number)
        await store.redis.hincrby(key, f"o:{outcome}", number)


async def shown(service: Service, path: str = "/insights", role: Role = Role.MODERATOR) -> str:
    if not await _is_known(service, role.value):
        await person(service, role.value, role)
    async with browser(service) as one:
        await one.sign_in(role.value)
        page = await one.get(path)
        assert page.status == 200, page.text
        return page.text


async def _is_known(service: Service, name: str) -> bool:
    return name in [one.person.name for one in await service.context.people.listed()]


async def test_an_empty_site_says_so_and_advises_nothing(idle: Service):
    page = await shown(idle)
    assert "Too few decisions yet" in page
    assert "Nothing to show yet." in page
    assert "policy draft" not in page


async def test_pages_carry_nothing_inline(idle: Service):
    await count(idle.store, "default", 30, ha=20, hr=40, h=3)
    page = await shown(idle)
    assert page.count("<svg") == page.count('role="img"') > 4
    for inline in ("style=", "<style", "<script>", "onclick"):
        assert inline not in page


async def test_every_picture_has_its_table(idle: Service):
    await count(idle.store, "default", 30, ha=20, hr=40, hb=7, h=3)
    page = await shown(idle)
    row = re.search(r'<th scope="row">0.750 to 0.775</th>(.*?)</tr>', page)
    assert row
    assert re.findall(r"<td>(.*?)</td>", row[1]) == ["40", "20", "7", "3", "0"]


async def test_a_wish_is_answered_with_its_range_and_a_draft(idle: Service):
    await count(idle.store, "default", 18, ha=180, hr=20)
    await count(idle.store, "default", 34, ha=20, hr=180)
    page = await shown(idle, "/insights?want=precision&value=80&days=7")
    sentence = re.search(r"Hold from (0\.\d+) \(95 % range: (0\.\d+) to (0\.\d+)\)", page)
    assert sentence
    at = float(sentence[1])
    assert float(sentence[2]) <= at <= float(sentence[3])
    assert 18 / 40 < at <= 34 / 40
    assert "hold 200, 50 % of all; rejected of these: 90 %" in page
    async with browser(idle) as one:
        await one.sign_in("moderator")
        draft = await one.get(f"/insights/draft?label=*&threshold={at}")
    assert draft.headers["Content-Disposition"] == 'attachment; filename="default-draft.toml"'
    policy = parse_policy(draft.text)
    current, _ = await idle.context.review.policies.named("default")
    assert set(policy.thresholds.values()) == {at}
    assert policy.model_copy(update={"thresholds": current.thresholds}) == current
    assert "moderation policy replay default-draft.toml --site default" in draft.text


async def test_a_wished_share_needs_no_decisions(idle: Service):
    await count(idle.store, "default", 2, a=900)
    await count(idle.store, "default", 30, h=100)
    page = await shown(idle, "/insights?want=share&value=10")
    assert "Hold from 0.075" in page
    assert "hold 100, 10 % of all; rejected of these: too few decisions" in page


async def test_what_the_model_misses_is_told_from_the_sample(idle: Service):
    await count(idle.store, "default", 3, a=4900, sa=90, sr=10)
    page = await shown(idle)
    assert "10 % (5.5 % to 17 %), by a sample of 100" in page
    assert "nothing to advise on" not in page


async def test_labels_tell_how_often_people_agree(idle: Service):
    (seconds, _) = await idle.store.redis.time()
    key = f"{{s0}}:t:default:{seconds // 86_400}"
    held = {"w:insult:hr": 30, "w:insult:ha": 10, "w:insult:h": 2, "w:threat:h": 1}
    await idle.store.redis.hset(key, mapping=held)
    page = await shown(idle, "/insights?want=share")
    cells = "</td><td>".join(("42", "40", "75 % (60 % to 86 %)"))
    assert f'<th scope="row">Insult</th><td>{cells}</td>' in page
    assert "nobody decided yet" in page
    assert "nothing to advise on" in page


async def test_what_no_threshold_does_is_said(idle: Service):
    await count(idle.store, "default", 30, ha=50, hr=10)
    assert "No threshold does that" in await shown(idle, "/insights?value=90")


async def test_a_draft_is_a_file_for_moderators_and_opens_the_editor_for_admins(idle: Service):
    await count(idle.store, "default", 30, hr=100)
    page = await shown(idle)
    assert '<form method="get" action="/insights/draft">' in page
    assert "An administrator can look at it in the policy editor" in page
    page = await shown(idle, role=Role.ADMIN)
    assert '<form method="post" action="/insights/draft?site=default">' in page
    assert "The draft is a file" not in page


async def test_a_viewer_looks_and_drafts_nothing(idle: Service):
    await count(idle.store, "default", 30, hr=100)
    assert ADVICE in (page := await shown(idle, role=Role.VIEWER))
    assert "policy draft" not in page
    async with browser(idle) as one:
        await one.sign_in("viewer")
        assert (await one.get("/insights/draft?label=*&threshold=0.5")).status == 403


async def test_nobody_else_gets_in(idle: Service):
    async with browser(idle) as stranger:
        for path in ("/insights", "/insights/draft?label=*&threshold=0.5"):
            page = await stranger.get(path)
            assert (page.status, page.place.startswith("/login?next=")) == (303, True)


async def test_a_site_that_somebody_may_not_see_is_not_there(idle: Service):
    await idle.context.people.add(
        "narrow", Role.ADMIN, ["default"], "a fine day in may", by=SERVICE
    )
    async with browser(idle) as one:
        await one.sign_in("narrow")
        assert (await one.get("/insights?site=other")).status == 404
        assert (await one.get("/insights?site=default")).status == 200


async def test_figures_of_a_person_are_theirs(idle: Service):
    ada = await person(idle, "moderator", Role.MODERATOR)
    (seconds, _) = await idle.store.redis.time()
    key = f"{{s0}}:t:default:{seconds // 86_400}"
    await idle.store.redis.hset(key, mapping={f"by:{ada.id}:reject": 7, "by:p_other:reject": 4242})
    page = await shown(idle)
    assert "<dt>rejected</dt><dd>7</dd>" in page
    assert "4242" not in page
    assert "p_other" not in page


@pytest.mark.parametrize(
    "query",
    [
        *("days=0", "days=367", "days=x", "value=0", "value=100", "value=nan"),
        *("want=both", "label=%3Cb%3E", "label=unknown"),
        *("community=Coral", "community=0123456789ab"),
    ],
)
async def test_a_wrong_parameter_is_refused(idle: Service, query: str):
    await person(idle, "moderator", Role.MODERATOR)
    async with browser(idle) as one:
        await one.sign_in("moderator")
        assert (await one.get(f"/insights?{query}")).status == 400


async def test_what_people_elsewhere_said_stands_apart_and_advises_where_nobody_decided(
    idle: Service,
):
    for number in range(60):
        said = {"toxicity": (0.9 if number % 2 else 0.1, bool(number % 2))}
        assert await suggestions.note(idle.store, "default", f"text {number}", "", said)
    page = await shown(idle, "/insights?label=toxicity&want=precision&value=80")
    assert "What other systems&#39; people said: toxic" in page
    assert "By what other systems&#39; people said: Hold from" in page
    assert "What other systems" not in await shown(idle), "of all labels nobody told"
    assert "Told by" not in page, "of no community"
    await count(idle.store, "default", 30, ha=20, hr=40)


async def test_communities_are_told_apart_and_advised_by_themselves(idle: Service):
    for name, deserved in (("Coral:https://a.example", True), ("<b>other</b>", False)):
        for number in range(40):
            said = {"toxicity": (0.9, deserved)}
            assert await suggestions.note(idle.store, "default", f"text {number}", name, said)
    found = await suggestions.communities(idle.store, "default")
    assert sorted(found.values()) == ["<b>other</b>", "Coral:https://a.example"]
    (short,) = [one for one, name in found.items() if name.startswith("Coral")]
    page = await shown(idle, "/insights?label=toxicity&want=precision&value=80")
    assert "No threshold does that" in page, "half of all said that none of it deserves the label"
    assert "&lt;b&gt;other&lt;/b&gt;" in page
    assert "<b>other" not in page
    asked = f"/insights?label=toxicity&want=precision&value=80&community={short}"
    page = await shown(idle, asked)
    assert "By what people of Coral:https://a.example said: Hold from" in page
    await count(idle.store, "default", 30, ha=20, hr=40)
    assert "By what people of Coral" in await shown(idle, asked), "it was asked for"


async def test_only_so_many_communities_are_told_apart_and_all_are_counted(idle: Service):
    for number in range(120):
        said = {"toxicity": (0.9, True)}
        await suggestions.note(idle.store, "default", "a text", f"community {number}", said)
    assert len(await suggestions.communities(idle.store, "default")) == 100
    days = [int((await idle.store.redis.time())[0]) // 86_400]
    told = await suggestions.read(idle.store, "default", days, "toxicity")
    assert sum(counts.total() for counts in told) == 120
