"""How long it takes from a key to the next card's focus, in Chromium, with a full queue behind.

    python -m tests.browser.latency

Prints the median and the slowest of a hundred keys in milliseconds, by the page's own clock, and
how long until the browser had painted what followed (Event Timing, in steps of 8 ms).
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from tests.browser.kit import desk

_KEYS = "jaks" * 25
_WATCH = """() => {
  window.focused = []; window.painted = [];
  let pressed = 0;
  addEventListener("keydown", () => { pressed = performance.now(); }, { capture: true });
  addEventListener("focusin", () => {
    if (pressed) focused.push(performance.now() - pressed);
    pressed = 0;
  });
  new PerformanceObserver((list) => {
    const keys = list.getEntries().filter((entry) => entry.name === "keydown");
    painted.push(...keys.map((entry) => entry.duration));
  }).observe({ type: "event", durationThreshold: 16 });
}"""


async def measure() -> None:
    """Press keys at a reader's pace and print what it took."""
    with tempfile.TemporaryDirectory() as directory:
        async with desk(Path(directory)) as running:
            await running.hold(*[f"comment number {number} is a fine one" for number in range(120)])
            page = await running.sign_in("ada")
            await page.goto("/?order=age")
            await page.evaluate(_WATCH)
            for key in _KEYS:
                await page.keyboard.press(key)
                await page.wait_for_timeout(120)
            focused = await page.evaluate("focused")
            painted = await page.evaluate("painted") or [16]
            print(f"keys: {len(focused)}")
            print(
                f"key to focus: median {statistics.median(focused):.1f} ms, most {max(focused):.1f}"
            )
            late = f"median {statistics.median(painted):.0f} ms, most {max(painted):.0f}"
            print(f"key to paint, of the {len(painted)} that took 16 ms and more: {late}")
            await running.end()


if __name__ == "__main__":
    asyncio.run(measure())
