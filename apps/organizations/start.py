"""What every process looks at before it starts, and refuses to start for."""

from collections.abc import Callable

from django.core.management.base import CommandError

from apps.organizations.errors import CodedError

Guard = Callable[[], None]
GUARDS: list[Guard] = []


class StartRefused(CodedError):
    """This process must not serve as things are; the message says what to do first."""

    code = "start_refused"
    status = 503


def before_start(guard: Guard) -> Guard:
    """Register what raises StartRefused where no process may start."""
    GUARDS.append(guard)
    return guard


def look() -> None:
    """Ask every guard. Raises StartRefused."""
    for guard in GUARDS:
        guard()


def look_or_stop() -> None:
    """The same for a command: it ends with the guard's sentence. Raises CommandError."""
    try:
        look()
    except StartRefused as refusal:
        raise CommandError(f"{refusal.message} [{refusal.code}]") from refusal
