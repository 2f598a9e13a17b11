"""The canary of the Python tests: it must fail.

tools/test runs it alone and fails when it passes or does not run, because then a failing test
would not be noticed either. Its name keeps it out of an ordinary `pytest tests`.
"""


def test_canary_must_fail() -> None:
    """Fails on purpose."""
    assert 1 + 1 == 3, "the canary fails on purpose"
