"""The base of every coded error a person may cause; caught once, at the edge."""


class CodedError(Exception):
    """A refusal with a stable code and a sentence that tells the person what to do next.

    `code` doubles as the reason kept in rows and the code given to API clients; `status` is the HTTP status.
    One that `keeps` does not undo what was written before it, such as the count of a failure.
    """

    code = "refused"
    status = 400

    def __init__(
        self, message: str, *, code: str | None = None, status: int | None = None, keeps: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.keeps = keeps


class NameTaken(CodedError):
    """The name or number is in use in this organization."""

    code = "name_taken"
    status = 409


class WrongChoice(CodedError):
    """A value that is well formed but cannot be used here."""

    code = "wrong_choice"
    status = 422


class SignedOut(CodedError):
    """Nobody is signed in."""

    code = "signed_out"
    status = 401


class TooSmallRole(CodedError):
    """The role does not include this act."""

    code = "forbidden"
    status = 403
