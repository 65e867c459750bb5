"""The audit trail in plain words: who, what they did, and what it changed."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.organizations.audit_reading import ACTOR_ROWS, Names, field_of, key_of, model_of, values_of
from apps.organizations.audit_words import HIDDEN
from apps.organizations.models import AuditEntry, PlatformEntry

ACTIONS: dict[str, Any] = {
    "organization.found": _("Founded the organization"),
    "sign_in_rules.change": _("Changed how roles must sign in"),
    "recognition.change": _("Changed how many strangers may be taken for somebody"),
    "membership.create": _("Added a member"),
    "membership.change": _("Changed a membership"),
    "membership.assign_responsibilities": _("Changed whom a supervisor looks after"),
    "membership.password_link": _("Handed out a link that sets a member’s password"),
    "invitation.create": _("Invited somebody"),
    "invitation.accept": _("Accepted an invitation"),
    "invitation.renew": _("Renewed the link of an invitation"),
    "invitation.revoke": _("Took back an invitation"),
    "visit.start": _("Stepped in as platform staff"),
    "visit.end": _("Ended a visit of platform staff"),
    "site.create": _("Added a site"),
    "site.change": _("Changed a site"),
    "site.delete": _("Deleted a site"),
    "camera.create": _("Added a camera"),
    "camera.change": _("Changed a camera"),
    "camera.delete": _("Deleted a camera"),
    "pairing.create": _("Made a pairing code for a camera"),
    "camera_key.pair": _("Paired a device with a camera"),
    "camera_key.revoke": _("Removed a camera’s device"),
    "spoof_test.start": _("Started to test a camera with pictures held up to it"),
    "spoof_test.end": _("Ended the test of a camera with pictures held up to it"),
    "credential.create": _("Made an API key"),
    "credential.revoke": _("Ended an API key"),
    "department.create": _("Added a department"),
    "department.change": _("Changed a department"),
    "department.delete": _("Deleted a department"),
    "person.create": _("Added a person"),
    "person.change": _("Changed a person"),
    "person.delete": _("Deleted a person"),
    "person.view": _("Looked at a person’s record"),
    "person.choose_method": _("Chose how their own time is recorded"),
    "person.invite": _("Invited a person to see their own time"),
    "person.erase": _("Erased a person"),
    "person.hand_out": _("Handed out a person’s record"),
    "references.expire": _("Deleted a face whose time was over"),
    "person.link": _("Let a member see a person’s time as their own"),
    "person.unlink": _("Ended that a member sees a person’s time as their own"),
    "people.import": _("Imported people from a file"),
    "people.export": _("Exported people"),
    "consent_text.publish": _("Published a consent text"),
    "consent.give": _("Recorded a consent"),
    "privacy_rules.change": _("Changed the rules about faces"),
    "privacy_rules.assess": _("Answered the impact assessment"),
    "privacy_rules.faces_on": _("Switched faces on"),
    "privacy_rules.faces_off": _("Switched faces off"),
    "consent.discard": _("Discarded a consent that came to nothing"),
    "consent.withdraw": _("Withdrew consent and deleted the references"),
    "enrollment.start": _("Started an enrollment"),
    "enrollment.cancel": _("Cancelled an enrollment"),
    "enrollment.cannot_turn": _("Let an enrollment go on without turning the head"),
    "enrollment.complete": _("Completed an enrollment"),
    "enrollment.hold": _("Held an enrollment: this face is enrolled under another number"),
    "duplicate_case.open": _("Found two records that may be one person"),
    "duplicate_case.decide": _("Decided whether two records are one person"),
    "duplicate_case.lapse": _("Closed a case of two records that no longer look alike, or waited too long"),
    "enrollment_link.create": _("Made a link to enroll on one’s own phone"),
    "enrollment_link.revoke": _("Took back a link to enroll"),
    "enrollment_link.use": _("Agreed by the link, on their own phone"),
    "enrollment_link.restart": _("Started again by the link, on their own phone"),
    "enrollment_link.decline": _("Chose another way than the face, by the link"),
    "photos.dry_run": _("Tried out an import of photos"),
    "photos.import": _("Imported photos"),
    "keys.rewrap": _("Wrapped the organizations’ keys with another master key"),
    "organization_key.add": _("Began to seal every face under a new key"),
    "organization_key.retire": _("Sealed every face under a new key and destroyed the old one"),
    "reference.refuse": _("Refused a stored face that was altered; its person needs to be enrolled again"),
    "references.forget": _("Deleted the references of an engine that is no longer used"),
    "own_line.reset": _("Reset the line that the organization’s own people had raised"),
    "pin.set": _("Gave a new PIN"),
    "pin.lock": _("Too many wrong PINs or badges: locked at a camera"),
    "badge.issue": _("Issued a badge"),
    "badge.adopt": _("Let a person’s own card be their badge"),
    "badge.revoke": _("Revoked a badge"),
    "punch.manual": _("Punched for somebody by hand"),
    "punch.pin": _("Punched by PIN"),
    "punch.badge": _("Punched by badge"),
    "tries.export": _("Exported how long each way to punch takes"),
    "punch.export": _("Exported punches"),
    "account.create": _("Was given an account"),
    "account.sign_in": _("Signed in"),
    "account.sign_in_fail": _("Failed to sign in"),
    "account.sign_out": _("Signed out"),
    "account.password_set": _("Set a password"),
    "account.password_change": _("Changed their password"),
    "account.password_reset": _("Reset their password by a link"),
    "account.email_change": _("Changed their email address"),
    "account.email_confirm": _("Confirmed their email address"),
    "account.factor_add": _("Added a second step"),
    "account.factor_remove": _("Removed a second step"),
    "account.recovery_codes_renew": _("Renewed their recovery codes"),
}
ACTORS: dict[str, Any] = {
    "user": _("User"),
    "visit": _("Platform staff"),
    "camera": _("Camera"),
    "credential": _("API key"),
    "command": _("Operator of the machine"),
    "job": _("Scheduled job"),
    "enrollment_link": _("The person, by their link"),
    "nobody": _("Nobody signed in"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One field of an entry: what it was before, and what it came to."""

    label: str
    old: str
    new: str


def act(action: str) -> str:
    """What was done, as a sentence; an act without one reads `noun: verb`."""
    noun, _dot, verb = action.partition(".")
    return str(ACTIONS.get(action) or f"{noun}: {verb}".replace("_", " ").capitalize())


def who(entry: AuditEntry | PlatformEntry, names: Names) -> str:
    """The actor by name, and what kind of actor it is where that is not a user."""
    word = str(ACTORS.get(entry.actor_kind, entry.actor_kind))
    if not entry.actor_id or entry.actor_kind not in ACTOR_ROWS:
        return word
    name = names.get((ACTOR_ROWS[entry.actor_kind], entry.actor_id), str(entry.actor_id))
    return name if entry.actor_kind == "user" else f"{word}: {name}"


def about(entry: AuditEntry, names: Names) -> str:
    """What it was done to, by the name it has today; its kind where it is gone."""
    if not entry.subject_kind:
        return ""
    model = model_of(entry.subject_kind)
    kind = str(model._meta.verbose_name) if model else entry.subject_kind
    return names.get((entry.subject_kind, entry.subject_id), kind) if entry.subject_id else kind


def sentence(entry: AuditEntry, names: Names) -> str:
    """What was done, and what it changed."""
    told = [line for line in lines(entry, names) if entry.old and entry.new]
    changed = [_changed(line) for line in told if HIDDEN in (line.old, line.new) or line.old != line.new]
    return f"{act(entry.action)}: {', '.join(changed)}" if changed else act(entry.action)


def _changed(line: Line) -> str:
    if HIDDEN in (line.old, line.new):
        return str(_("%(field)s changed") % {"field": line.label})
    return str(_("%(field)s from %(old)s to %(new)s") % {"field": line.label, "old": line.old, "new": line.new})


def lines(entry: AuditEntry, names: Names) -> list[Line]:
    """Every field that the entry tells of."""
    old, new = values_of(entry.old), values_of(entry.new)
    fields = [*new, *(name for name in old if name not in new)]
    kind = entry.subject_kind
    return [
        Line(_label(kind, name), _word(kind, name, old.get(name), names), _word(kind, name, new.get(name), names))
        for name in fields
    ]


def _label(kind: str, name: str) -> str:
    field = field_of(kind, name)
    return str(field.verbose_name if field else name.replace("_", " "))


def _word(kind: str, name: str, value: Any, names: Names) -> str:
    if value is None or value == "":
        return str(_("nothing"))
    if isinstance(value, list):
        return ", ".join(_word(kind, name, one, names) for one in value) or str(_("nothing"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    key, field = key_of(kind, name, value), field_of(kind, name)
    if key:
        return names.get(key, str(value))
    return str(dict(field.flatchoices).get(value, value) if field else value)
