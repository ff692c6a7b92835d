"""An action is repeated while the server is away, and not for any other reason."""

from collections.abc import Callable
from itertools import count

import pytest
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import OperationalError, PendingRollbackError, ProgrammingError

from seqmem.sweeps.storage.retry import PATIENCE_SECONDS, is_loss, retry_while_away

REFUSED = OperationalError("SELECT 1", {}, Exception("connection refused"))
OVER = PendingRollbackError("Can't reconnect until invalid transaction is rolled back.")
WRONG = ProgrammingError("SELEKT 1", {}, Exception("syntax error"))


def raised_by_optuna(cause: Exception) -> StorageInternalError:
    try:
        raise StorageInternalError("An exception is raised during the commit.") from cause
    except StorageInternalError as error:
        return error


def failing(errors: list[Exception]) -> Callable[[], str]:
    """Return an action that raises the errors one after another, then succeeds."""
    remaining = iter(errors)

    def action() -> str:
        for error in remaining:
            raise error
        return "done"

    return action


@pytest.mark.parametrize(
    ("error", "loss"),
    [
        (REFUSED, True),
        (OVER, True),
        (WRONG, False),
        (raised_by_optuna(REFUSED), True),
        (raised_by_optuna(OVER), True),
        (raised_by_optuna(WRONG), False),
        (ValueError("not a number"), False),
    ],
)
def test_which_errors_mean_that_trying_again_may_help(error: Exception, loss: bool) -> None:
    assert is_loss(error) is loss


def test_every_repetition_begins_after_the_loss_was_dealt_with() -> None:
    dealt_with: list[str] = []
    pauses: list[float] = []
    messages: list[str] = []
    result = retry_while_away(
        failing([REFUSED, raised_by_optuna(OVER)]),
        after_loss=lambda: dealt_with.append("again"),
        notify=messages.append,
        sleep=pauses.append,
        clock=lambda: 0.0,
    )
    assert result == "done"
    assert dealt_with == ["again", "again"]
    assert pauses == [0.1, 0.2]
    assert messages == [
        "the storage does not answer; trying again",
        "the storage answers again",
    ]


def test_another_error_is_raised_at_once() -> None:
    with pytest.raises(ProgrammingError):
        retry_while_away(failing([WRONG]), sleep=lambda seconds: pytest.fail("it waited"))


def test_patience_ends() -> None:
    clock = count(0.0, PATIENCE_SECONDS)
    with pytest.raises(OperationalError):
        retry_while_away(
            failing([REFUSED] * 9), sleep=lambda seconds: None, clock=lambda: next(clock)
        )
