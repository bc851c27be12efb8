"""Counts while the run goes on: who is accepted, decided, called back, and how long it took."""

from __future__ import annotations

import time
from collections import Counter

from tests.acceptance.driver.events import Event, Journal
from tests.acceptance.driver.latency import Latency


class Ledger:
    """Writes each event to the journal and keeps the totals that the driver waits for."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.due: dict[str, float] = {}
        self.accepted: set[str] = set()
        self.decided: set[str] = set()
        self.called_back: set[str] = set()
        self.at_first_try = 0
        self.answers: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self.to_answer = Latency()
        self.to_callback = Latency()
        self.send_lag = Latency()
        self.changed_at = time.monotonic()

    def see(self, event: Event, *, attempt: int = 1) -> None:
        """Take one event in; `attempt` counts the tries of a send."""
        self.journal.append(event)
        match event.op:
            case "ok":
                if self._is_new(event, self.accepted, self.to_answer):
                    self.at_first_try += attempt == 1
            case "decided" if event.decision:
                self._is_new(event, self.decided, None)
            case "callback" if event.verified:
                self._is_new(event, self.called_back, self.to_callback)
            case "kill":
                self.kills[event.id] += 1
        if event.op in {"ok", "refused", "unknown", "invalid", "surprise"}:
            self.answers[str(event.status or "none")] += 1

    @property
    def is_complete(self) -> bool:
        """Everything that was accepted is decided and called back."""
        return self.accepted <= self.decided and self.accepted <= self.called_back

    def _is_new(self, event: Event, done: set[str], latency: Latency | None) -> bool:
        if event.id in done:
            return False
        done.add(event.id)
        self.changed_at = time.monotonic()
        if latency is not None and event.id in self.due:
            latency.record(event.t - self.due[event.id])
        return True
