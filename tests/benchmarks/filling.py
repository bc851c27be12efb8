"""A review queue that is full at once: held comments by the store's own scripts, without workers.

What holds a comment is the part that all scripts share; only the way to there is cut short.
"""

from __future__ import annotations

from importlib.resources import files

from moderation.store import intake, keys
from moderation.store.events import event_tail
from moderation.store.store import Store
from tests.contract import store_kit as kit

_BATCH = 500
_HOLD_ALL = """
local site, tail, now = ARGV[2], ARGV[3], now_ms()
for at = 4, #ARGV, 7 do
  local id, payload, article, author, score, ago, received = ARGV[at], ARGV[at + 1], ARGV[at + 2],
    ARGV[at + 3], tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5]), ARGV[at + 6]
  local at_ms = now - ago
  redis.call('SET', P .. 'c:' .. id, payload)
  redis.call('HSET', P .. 'm:' .. id, 's', site, 'st', 'd', 'd', 'hold', 'by', 'model', 'rev', 1,
    'ver', 0, 'rcv', digits(at_ms), 'art', article, 'aut', author, 'ty', 'h', 'lg', 'en',
    'why', 'score_over_threshold,toxicity')
  under_author(id, site, author, at_ms, 'hold')
  under_article(id, site, article, nil, at_ms)
  hold(id, site, at_ms, {score = score, weight = score * 21600000, gap = score - 0.5})
  event(id, site, 'received', at_ms, received)
  redis.call('HSET', P .. 'm:' .. id, 'dv', event(id, site, 'decided', now, tail))
end
"""


async def fill(store: Store, count: int) -> None:
    """Hold so many comments, a second between each two, all on one shard."""
    common = (files("moderation.store") / "lua" / "common.lua").read_text()
    hold_all = store.redis.register_script(f"#!lua\n{common}\n{_HOLD_ALL}")
    decided = event_tail(
        type="decided", decision="hold", decided_by="model", revision=1, severity=0.75,
        reasons=[{"code": "score_over_threshold", "label": "toxicity", "score": 0.75,
                  "threshold": 0.5, "detail": None}],
        scores={"toxicity": 0.75}, policy={"name": "default", "version": 1},
        model={"name": "compact-en", "version": "1"},
    )  # fmt: skip
    for start in range(0, count, _BATCH):
        args: list[str | float] = [keys.prefix(0), kit.SITE, decided]
        for number in range(start, min(start + _BATCH, count)):
            args += _item(store, number)
        await hold_all(keys=[keys.queue(0, "n")], args=args)


def _item(store: Store, number: int) -> list[str | float]:
    new = kit.comment(
        store, str(number), f"you are an idiot, number {number}", callback=None,
        article=f"a{number % 997}", author=f"{number % 4999:032x}",
    )  # fmt: skip
    said = new.submission
    score = 0.5 + int(new.id[2:8], 16) % 499 / 1000
    return [
        new.id, said.to_json(), intake.article_hash(store, said), said.author.id or "", score,
        number * 1000, event_tail(type="received"),
    ]  # fmt: skip
