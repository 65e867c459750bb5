"""Tables of attendance."""

from apps.attendance.models.corrections import Correction, CorrectionAttachment, CorrectionStep, Delegation
from apps.attendance.models.days import (
    DailyRecord,
    DayException,
    OvertimeRuling,
    RulesVersion,
    SiteDay,
    StaleDay,
    WorkSession,
)
from apps.attendance.models.facts import (
    ApproachTally,
    Direction,
    Hint,
    Liveness,
    PersonState,
    Punch,
    PunchRuling,
    Sighting,
    Source,
    Standing,
)
from apps.attendance.models.leave import Leave, LeaveGrant, LeaveType
from apps.attendance.models.ledger import LedgerDay
from apps.attendance.models.periods import Adjustment, PayPeriod, SignOff
from apps.attendance.models.schedule import Assignment, Holiday, RosterDay, Rotation, Shift, ShiftVersion, SiteCalendar
from apps.attendance.models.spoofs import SpoofCount, SpoofTest
from apps.attendance.models.sync import CameraSync
from apps.attendance.models.ways import Badge, PathTry, Pin, PinLock

__all__ = [
    "Adjustment",
    "ApproachTally",
    "Assignment",
    "Badge",
    "CameraSync",
    "Correction",
    "CorrectionAttachment",
    "CorrectionStep",
    "DailyRecord",
    "Delegation",
    "Direction",
    "Hint",
    "Holiday",
    "Leave",
    "LeaveGrant",
    "LeaveType",
    "LedgerDay",
    "Liveness",
    "DayException",
    "OvertimeRuling",
    "PathTry",
    "PayPeriod",
    "PersonState",
    "Pin",
    "PinLock",
    "Punch",
    "PunchRuling",
    "RosterDay",
    "Rotation",
    "RulesVersion",
    "Shift",
    "ShiftVersion",
    "Sighting",
    "SignOff",
    "SiteCalendar",
    "SiteDay",
    "Source",
    "SpoofCount",
    "SpoofTest",
    "StaleDay",
    "Standing",
    "WorkSession",
]
