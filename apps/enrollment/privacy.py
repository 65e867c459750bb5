"""What an organization decided about faces: whether they are recognised at all, what for, and for how long.

Nothing looks at a face before `face_mode` says yes, and it cannot say yes before the impact assessment is answered:
the database holds that too (`privacy_rules_assessed_before_faces`).
"""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.enrollment.errors import AssessmentMissing, FaceModeOff
from apps.enrollment.impact_assessment import lacking, tidy
from apps.enrollment.models import PrivacyRules
from apps.organizations import audit
from apps.organizations.models import Organization, User


def rules_of(organization: Organization) -> PrivacyRules:
    """The organization's rules; before anybody changed them the defaults, which are not stored."""
    return PrivacyRules.objects.filter(organization=organization).first() or PrivacyRules(organization=organization)


def face_mode(organization: Organization) -> bool:
    """Whether faces are recognised and enrolled here. One query."""
    return PrivacyRules.objects.filter(organization=organization, face_mode=True).exists()


def require_face_mode(organization: Organization) -> None:
    """Raises FaceModeOff where no face may be enrolled."""
    if not face_mode(organization):
        raise FaceModeOff(
            _("Faces are not recognised here yet. An owner switches it on under Privacy. Until then, use your PIN.")
        )


@transaction.atomic
def change_rules(
    *, organization: Organization, purpose: str, contact: str, reference_days: int, backup_days: int
) -> PrivacyRules:
    """Change what the public policy page says and what the retention job does. Each change is a new version."""
    rules = _locked(organization)
    rules.purpose, rules.contact = purpose, contact
    rules.reference_days, rules.backup_days = reference_days, backup_days
    return _saved(organization, rules, "privacy_rules.change")


@transaction.atomic
def fill_assessment(*, organization: Organization, answers: Mapping[str, str], by: User | None) -> PrivacyRules:
    """Keep these answers; once every question has one, faces may be switched on.

    Raises AssessmentMissing when an answer would go that a face mode which is on stands on.
    """
    rules = _locked(organization)
    rules.assessment = tidy(answers)
    left = lacking(rules.assessment)
    if left and rules.face_mode:
        raise AssessmentMissing(_("Faces are recognised here: every question needs an answer. Switch them off first."))
    rules.filled_at, rules.filled_by = (None, None) if left else (timezone.now(), by)
    return _saved(organization, rules, "privacy_rules.assess")


@transaction.atomic
def switch_face_mode(*, organization: Organization, on: bool) -> PrivacyRules:
    """Let faces be recognised, or stop it from the next frame on. Raises AssessmentMissing."""
    rules = _locked(organization)
    if on and (rules.filled_at is None or lacking(rules.assessment)):
        raise AssessmentMissing(_("First answer every question of the impact assessment. Then switch faces on."))
    if rules.face_mode == on:
        return rules
    rules.face_mode = on
    return _saved(organization, rules, f"privacy_rules.faces_{'on' if on else 'off'}")


def _locked(organization: Organization) -> PrivacyRules:
    """The row, made if it is lacking, and locked: of two who change it at once the second sees what the first did."""
    PrivacyRules.objects.get_or_create(organization=organization)
    return PrivacyRules.objects.select_for_update().get(organization=organization)


def _saved(organization: Organization, rules: PrivacyRules, action: str) -> PrivacyRules:
    change = audit.change_of(rules)
    if not change.new:
        return rules
    rules.version += 1
    rules.changed_at = timezone.now()
    rules.save()
    audit.record(organization=organization, action=action, subject=rules, old=change.old, new=change.new)
    return rules
