"""Coded errors of attendance."""

from apps.organizations.errors import CodedError


class PunchRefused(CodedError):
    """A punch a person asked for and does not get; the sentence says what to do."""

    code = "punch_refused"
    status = 409


class OutOfReach(CodedError):
    """Somebody or something that whoever acts does not look after; to them it is as if absent."""

    code = "out_of_reach"
    status = 404


class PinRefused(CodedError):
    """A wrong PIN, or too many of them."""

    code = "pin_wrong"
    status = 403


class BadgeRefused(CodedError):
    """A badge that stands for nobody here, or too many of them."""

    code = "badge_unknown"
    status = 403


class CardRefused(CodedError):
    """A card that cannot be adopted as somebody's badge."""

    code = "card_refused"
    status = 422


class CorrectionRefused(CodedError):
    """A correction that cannot be asked for, decided or taken back as it stands."""

    code = "correction_refused"
    status = 409


class PeriodRefused(CodedError):
    """A pay period that cannot be made, locked or signed as it stands."""

    code = "period_refused"
    status = 409


class TimeRefused(CodedError):
    """A time that does not exist, lies ahead, or must be made unambiguous."""

    code = "time_refused"
    status = 422
