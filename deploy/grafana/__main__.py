"""Write the dashboards' JSON that Grafana is provisioned with: `python -m deploy.grafana`."""

from __future__ import annotations

from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana import decisions, moderators, queue, service
from deploy.grafana.panels import Board, built

BOARDS: tuple[Board, ...] = (service.BOARD, queue.BOARD, decisions.BOARD, moderators.BOARD)
FOLDER = Path(__file__).parent / "dashboards"


def written() -> dict[str, str]:
    """Return each file's name and content."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {f"{board.uid}.json": encoder.encode(built(board)) + "\n" for board in BOARDS}


if __name__ == "__main__":
    for name, content in written().items():
        (FOLDER / name).write_text(content)
