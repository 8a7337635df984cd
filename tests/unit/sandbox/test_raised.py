"""Exceptions of the program stop at nothing in a check but at what the check wrote to stop them."""

from __future__ import annotations

import contextlib
import textwrap
import unittest
from typing import Any

import pytest

from evalkit.sandbox.inside import raised
from evalkit.sandbox.inside.raised import RaisedError


def run(check: str, error: Exception) -> None:
    """Run a check whose program raises ``error``."""

    def f(*_: Any) -> Any:
        raise RaisedError(error)

    names = {"f": f, "contextlib": contextlib, "test": unittest.TestCase(), **raised.NAMES}
    exec(raised.compiled(check, "<check>"), names)


def block(text: str) -> str:
    """Source as it stands below, without its indent."""
    return textwrap.dedent(text).strip()


SWALLOWED: dict[str, tuple[type[Exception], str]] = {
    "map": (StopIteration, "assert all(map(lambda x: f(x) == 2, [1, 2]))"),
    "zip": (StopIteration, "for seen, wanted in zip(map(f, [1, 2]), [2, 3]):\n    assert seen == wanted"),
    "filter": (StopIteration, "assert not list(filter(f, [1]))"),
    "join": (StopIteration, "assert ''.join(map(f, 'ab')) == ''"),
    "a default": (StopIteration, "assert next(map(f, [1]), 2) == 2"),
    "a sentinel": (StopIteration, "assert not list(iter(f, 0))"),
    "an old sequence": (
        IndexError,
        "class S:\n    def __getitem__(self, at): return f(at)\nassert list(S()) == []",
    ),
    "a length hint": (
        TypeError,
        block(
            """
        class S:
            def __iter__(self): return iter(())
            def __len__(self): return f(0)
        assert list(S()) == []
        """
        ),
    ),
    "an attribute": (
        AttributeError,
        block(
            """
        class S:
            @property
            def x(self): return f(0)
        assert not hasattr(S(), 'x')
        """
        ),
    ),
    "a chain of maps": (
        KeyError,
        block(
            """
        import collections
        class S(dict):
            def __missing__(self, key): return f(key)
        assert collections.ChainMap(S(), {1: 2})[1] == 2
        """
        ),
    ),
    "another handler": (
        StopIteration,
        block(
            """
        def g(x):
            try:
                return f(x) == 2
            except ValueError:
                return False
        assert all(map(g, [1]))
        """
        ),
    ),
    "another suppress": (
        StopIteration,
        block(
            """
        def g(x):
            with contextlib.suppress(ValueError):
                return f(x)
        assert all(map(g, [1]))
        """
        ),
    ),
    "a handler that raises it again": (
        StopIteration,
        block(
            """
        def g(x):
            try:
                return f(x)
            except StopIteration:
                raise
        assert all(map(g, [1]))
        """
        ),
    ),
    "another assertion": (StopIteration, "list(map(lambda x: test.assertRaises(KeyError, f, x), [1]))"),
}


@pytest.mark.parametrize(("kind", "check"), SWALLOWED.values(), ids=SWALLOWED)
def test_no_protocol_of_python_takes_an_exception_of_the_program_for_its_own(
    kind: type[Exception], check: str
) -> None:
    with pytest.raises(RaisedError) as seen:
        run(check, kind("of the program"))
    assert type(seen.value.error) is kind


STOPPED = {
    "a handler": block(
        """
        try:
            f(1)
            assert False
        except KeyError as error:
            assert error.args == ('of the program',)
        """
    ),
    "a handler of the base": block(
        """
        try:
            f(1)
        except LookupError:
            pass
        """
    ),
    "a bare handler": block(
        """
        try:
            f(1)
        except:
            pass
        """
    ),
    "a group": block(
        """
        try:
            f(1)
        except* KeyError:
            pass
        """
    ),
    "a helper's handler": block(
        """
        def g():
            f(1)
        try:
            g()
        except KeyError:
            pass
        else:
            assert False
        """
    ),
    "suppress": "with contextlib.suppress(KeyError):\n    f(1)\n    assert False",
    "a manager of its own": (
        block(
            """
        @contextlib.contextmanager
        def expect(kind):
            try:
                yield
            except kind:
                pass
        with expect(KeyError):
            f(1)
            assert False
        """
        )
    ),
    "assertRaises": "with test.assertRaises(KeyError):\n    f(1)",
    "assertRaises of a call": "test.assertRaises(KeyError, f, 1)",
    "assertRaisesRegex of a call": "test.assertRaisesRegex(KeyError, 'the program', f, 1)",
    "a loop that goes on": (
        block(
            """
        n = 0
        for x in range(3):
            try:
                f(x)
            except KeyError:
                n += 1
                continue
            finally:
                n += 1
        assert n == 6
        """
        )
    ),
    "nested handlers": (
        block(
            """
        try:
            try:
                f(1)
            except ValueError:
                assert False
        except KeyError:
            pass
        """
        )
    ),
}


@pytest.mark.parametrize("check", STOPPED.values(), ids=STOPPED)
def test_what_the_check_expects_it_gets_as_what_it_is(check: str) -> None:
    run(check, KeyError("of the program"))


def test_errors_of_the_check_itself_are_left_alone() -> None:
    with pytest.raises(AssertionError, match="wrong"):
        run(
            block(
                """
        try:
            assert False, 'wrong'
        except ValueError:
            pass
        """
            ),
            KeyError(),
        )


def test_a_line_of_a_text_that_looks_like_a_statement_changes_nothing() -> None:
    source = "'''\nwith care\n'''\nx = 1"
    assert raised.compiled(source, "<check>").co_code == compile(source, "", "exec").co_code
