"""docs/under-load.md: what each change cost those who sent comments meanwhile, and the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from tests.acceptance.driver.events import Event
from tests.acceptance.driver.ledger import Ledger
from tests.ops.drawing import Drawn, Mark, sheet
from tests.proofs.outcome import Outcome

_DOCS = Path(__file__).parents[2] / "docs"
PAGE, PICTURE = _DOCS / "under-load.md", _DOCS / "img/moderation-under-load.svg"
_HEAD = Path(__file__).with_name("grow_head.md")
_ANSWERS = {"ok", "refused", "unknown", "invalid", "surprise"}
#: A comment that was due so shortly before a change (s) may be on its way when it is made.
_ON_ITS_WAY_S = 2.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One change: the run's start, and from when to when it was made (monotonic, s)."""

    name: str
    start: float
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time of the run, from a scene's beginning to the next one's."""

    name: str
    since: float
    until: float

    def holds(self, moment: float) -> bool:
        return self.since <= moment < self.until


def written(
    outcome: Outcome, scenes: Sequence[Scene], drawn: Sequence[Drawn], when: datetime
) -> list[Path]:
    """Write both and return where."""
    marks = [Mark(one.began - one.start, letter) for letter, one in zip("abc", scenes, strict=True)]
    PICTURE.write_text(sheet(drawn, marks))
    ledger = outcome.ledger
    head = _HEAD.read_text().format(
        date=f"{when:%Y-%m-%d}",
        sent=f"{len(ledger.due):,}",
        accepted=f"{len(ledger.accepted):,}",
        decided=f"{len(ledger.decided):,}",
        called_back=f"{len(ledger.called_back):,}",
        lost=outcome.verdict.lost,
        again=outcome.verdict.set_back,
        own_lag=f"{ledger.send_lag.percentile_ms(99):,.0f}",
        own_lag_most=f"{ledger.send_lag.percentile_ms(100):,.0f}",
        picture=PICTURE.relative_to(_DOCS),
    )
    PAGE.write_text(head.replace("TABLE", "\n".join(_rows(ledger, scenes))))
    return [PAGE, PICTURE]


def _rows(ledger: Ledger, scenes: Sequence[Scene]) -> Iterator[str]:
    """Yield the table: what was answered in each stretch, and how late."""
    events = ledger.journal.events
    yield (
        "| | from second | took | answers | without a 2xx, at most | 2xx after, at most "
        "| callback after, at most |"
    )
    yield "|---|---|---|---|---|---|---|"
    start = scenes[0].start
    ends = [one.began for one in scenes[1:]] + [max(event.t for event in events) + 1]
    quiet = _Stretch("before", min(ledger.due.values()), scenes[0].began)
    yield f"| before | {quiet.since - start:.0f} | | {_figures(ledger, events, quiet)} |"
    for letter, scene, end in zip("abc", scenes, ends, strict=True):
        figures = _figures(ledger, events, _Stretch(scene.name, scene.began, end))
        took = f"{scene.ended - scene.began:.1f} s"
        yield f"| **{letter}** {scene.name} | {scene.began - start:.0f} | {took} | {figures} |"


def _figures(ledger: Ledger, events: Sequence[Event], stretch: _Stretch) -> str:
    answers = Counter(
        str(event.status or "none")
        for event in events
        if event.op in _ANSWERS and stretch.holds(event.t)
    )
    told = ", ".join(f"{status}: {count}" for status, count in sorted(answers.items()))
    accepted = sorted(e.t for e in events if e.op == "ok" and stretch.holds(e.t))
    times = [max(after - before for before, after in pairwise([stretch.since, *accepted]))]
    times += [_latest(ledger, events, stretch, op) for op in ("ok", "callback")]
    return f"{told} | " + " | ".join(f"{seconds:.1f} s" for seconds in times)


def _latest(ledger: Ledger, events: Sequence[Event], stretch: _Stretch, op: str) -> float:
    """Return how long after it was due a comment of the stretch first saw this, at most (s)."""
    first: dict[str, float] = {}
    for event in events:
        if event.op == op and stretch.holds(ledger.due[event.id] + _ON_ITS_WAY_S):
            first.setdefault(event.id, event.t - ledger.due[event.id])
    return max(first.values(), default=0.0)
