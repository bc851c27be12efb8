"""`python -m moderation`: the same commands."""

from __future__ import annotations

from moderation.cli import main

if __name__ == "__main__":
    main()
