"""What serves pages is an extra."""

from __future__ import annotations

import pytest

from evalkit.errors import MissingExtraError
from evalkit.web.serving import require_server


def test_what_is_missing_is_named_with_the_line_that_installs_it() -> None:
    with pytest.raises(MissingExtraError, match="no_such_module is not installed") as caught:
        require_server("review", "no_such_module")
    assert caught.value.hint == "pip install 'pytest-evalkit[review]'"


def test_nothing_is_said_where_all_is_there() -> None:
    require_server("review", "markdown_it")
