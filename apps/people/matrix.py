"""The permission table as people read it: what each role may do, and for whom. Made of GRANTS and SCOPES alone."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.organizations.access import GRANTS, Permission, may
from apps.organizations.models import Role
from apps.people.reach import ON_PEOPLE, SCOPES, Scope


@dataclass(frozen=True, slots=True)
class Cell:
    """How far one role may go in one act: a word, its icon and its tone."""

    word: Any
    icon: str
    tone: str


ALL = Cell(_("All"), "check", "ok")
OWN_DEPARTMENTS = Cell(_("Own departments"), "users-group", "info")
SELF = Cell(_("Self"), "user", "info")
NO = Cell(_("No"), "minus", "idle")
OF_SCOPE = {Scope.EVERYBODY: ALL, Scope.RESPONSIBLE: OWN_DEPARTMENTS, Scope.ONESELF: SELF}

WORDS = {
    Permission.VIEW_OWN: _("See own time and consent"),
    Permission.VIEW_BOARD: _("See who is in today"),
    Permission.VIEW_PUNCHES: _("See punches"),
    Permission.PUNCH_FOR_OTHERS: _("Punch for others by hand"),
    Permission.EXPORT_PUNCHES: _("Export punches"),
    Permission.VIEW_PEOPLE: _("See people and departments"),
    Permission.EDIT_PEOPLE: _("Change people and departments"),
    Permission.INVITE_PEOPLE: _("Invite people to see their own time"),
    Permission.VIEW_ENROLLMENT: _("See who agreed and is enrolled"),
    Permission.ENROLL: _("Enroll faces, give PINs"),
    Permission.VIEW_PLACES: _("See sites and cameras"),
    Permission.EDIT_PLACES: _("Change sites and cameras"),
    Permission.OPERATE_CAMERA: _("Run a kiosk"),
    Permission.PAIR_CAMERA: _("Pair and remove devices"),
    Permission.VIEW_MEMBERS: _("See members and roles"),
    Permission.EDIT_MEMBERS: _("Change members and roles"),
    Permission.VIEW_AUDIT: _("See who did what"),
    Permission.VIEW_STAFF_ADMIN: _("Open the staff admin"),
    Permission.VIEW_CREDENTIALS: _("See API keys"),
    Permission.EDIT_CREDENTIALS: _("Make and end API keys"),
    Permission.EDIT_SECURITY: _("Say how roles must sign in"),
    Permission.EDIT_RECOGNITION: _("Say how many strangers may be taken for somebody"),
    Permission.ASSIGN_RESPONSIBILITIES: _("Say whom a supervisor looks after"),
    Permission.VIEW_PRIVACY: _("See the rules on biometrics and what is due for deletion"),
    Permission.EDIT_PRIVACY: _("Change the rules on biometrics"),
    Permission.DECIDE_DUPLICATES: _("Decide whether two records are one person"),
    Permission.ISSUE_BADGES: _("Issue and revoke badges"),
    Permission.HAND_OUT_RECORDS: _("Hand a person their own record"),
    Permission.ERASE_PEOPLE: _("Erase a person"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One act, and a cell for each role."""

    act: Any
    cells: list[Cell]


def roles() -> list[Any]:
    return [Role(role).label for role in GRANTS]


def rows() -> list[Row]:
    """Every permission there is, in the order of the table in code."""
    return [Row(words(one), [cell(role, one) for role in GRANTS]) for one in Permission]


def words(permission: Permission) -> Any:
    return WORDS.get(permission, permission.replace("_", " ").capitalize())


def cell(role: str, permission: Permission) -> Cell:
    """How far this role may go: an act on people ends where the role's reach ends."""
    if not may(role, permission):
        return NO
    if permission == Permission.VIEW_OWN:
        return SELF
    return OF_SCOPE[SCOPES[role]] if permission in ON_PEOPLE else ALL
