"""What the tests of views share."""

from __future__ import annotations

from hypothesis import strategies as st

from moderation.domain.text import View

#: Any code point, lone surrogates included.
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)


def assert_map_is_sound(view: View, original: str) -> None:
    assert len(view.origins) == len(view.text) + 1
    assert view.origins[-1] == len(original)
    assert all(a <= b for a, b in zip(view.origins, view.origins[1:], strict=False))
    assert all(0 <= origin < len(original) for origin in view.origins[:-1])
    if view.ends is not None:
        assert len(view.ends) == len(view.text)
        parts = zip(view.origins, view.ends, strict=False)
        assert all(begin <= end <= len(original) for begin, end in parts)
