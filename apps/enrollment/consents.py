"""What people agree to, and that they agreed: the texts' versions, and the rules by which a consent counts."""

import hashlib
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.enrollment import selectors
from apps.enrollment.errors import ConsentRefused
from apps.enrollment.languages import DEFAULT_LANGUAGE
from apps.enrollment.models import Consent, ConsentText
from apps.organizations import audit
from apps.organizations.models import Organization, User
from apps.people.models import Person
from apps.people.services import is_still_here


@transaction.atomic
def publish_consent_text(
    *,
    organization: Organization,
    body: str,
    language: str = DEFAULT_LANGUAGE,
    what: str = "",
    why: str = "",
    how_long: str = "",
) -> ConsentText:
    """Make this the text that readers of this language agree to from now on; earlier versions stay with their consents.

    What is kept, why and how long must be said: what is left out is said in the first text's words. Raises
    ConsentRefused where somebody else published another text at the same moment.
    """
    first = selectors.first_text(organization)
    text = ConsentText(organization=organization, language=language, body=body)
    text.what, text.why, text.how_long = what or first.what, why or first.why, how_long or first.how_long
    text.sha256 = digest_of(text)
    newest = selectors.consent_text_of(organization, language)
    if newest and newest.sha256 == text.sha256:
        return newest
    text.version = newest.version + 1 if newest else 1
    kept = {name: getattr(text, name) for name in ("body", "what", "why", "how_long", "sha256")}
    stored, made = ConsentText.objects.get_or_create(
        organization=organization, version=text.version, language=language, defaults=kept
    )
    if made:
        new = {"version": stored.version, "language": language, "sha256": stored.sha256}
        audit.record(organization=organization, action="consent_text.publish", subject=stored, new=new)
    elif stored.sha256 != text.sha256:
        said = _("Somebody else has just published another text in this language. Look at it, then publish yours.")
        raise ConsentRefused(said, code="text_changed")
    return stored


def digest_of(text: ConsentText) -> str:
    """SHA-256 (hex) of all that is said."""
    return hashlib.sha256("\n\n".join((text.body, text.what, text.why, text.how_long)).encode()).hexdigest()


def consent_text(*, organization: Organization, language: str = "") -> ConsentText:
    """The text to agree to in this language, or the organization's own; the first one is published where none is."""
    newest = selectors.consent_text_of(organization, language) or selectors.consent_text_of(organization)
    return newest or publish_consent_text(
        organization=organization, body=selectors.first_text(organization).body, language=DEFAULT_LANGUAGE
    )


@transaction.atomic
def give_consent(
    *,
    organization: Organization,
    person: Person,
    text: ConsentText,
    method: str = Consent.Method.ON_SCREEN,
    witness: User | None = None,
    paper_reference: str = "",
    signature: str = "",
    guardian: str = "",
) -> Consent:
    """Store that this person, or for a minor their guardian, agreed to this version of the text.

    Raises ConsentRefused; its code says which rule is not kept.
    """
    consent = Consent(
        organization=organization,
        person=person,
        text=text,
        method=method,
        witness=witness,
        paper_reference=paper_reference.strip(),
        signature=" ".join(signature.split()),
        guardian=" ".join(guardian.split()),
    )
    if not is_still_here(organization=organization, person=person):
        raise ConsentRefused(_("This person is no longer active. Nothing of their face is kept."), code="person_left")
    _refuse_unless_signed(consent)
    _refuse_unless_of_age(consent, timezone.localdate())
    if method != Consent.Method.ON_PAPER and text != selectors.consent_text_of(organization, text.language):
        raise ConsentRefused(_("The text has changed in the meantime. Please read it again."), code="text_changed")
    change = audit.change_of(consent)
    consent.save()
    audit.record(organization=organization, action="consent.give", subject=consent, new=change.new)
    return consent


def _refuse_unless_signed(consent: Consent) -> None:
    """A paper is kept somewhere; on a screen a name was typed, or somebody saw it."""
    if consent.method == Consent.Method.ON_PAPER:
        if not consent.paper_reference:
            said = _("Say where the signed paper is kept: a folder, a number or a place.")
            raise ConsentRefused(said, code="paper_reference_missing")
    elif not _is_name(consent.signature) and (consent.witness is None or consent.method == Consent.Method.BY_LINK):
        raise ConsentRefused(_("Type your full name as your signature."), code="signature_missing")


def _is_name(typed: str) -> bool:
    """Whether it has a letter; signs that nobody sees are none."""
    return any(map(str.isalpha, typed))


def _refuse_unless_of_age(consent: Consent, today: date) -> None:
    """For a minor the guardian agrees; for nobody else does anybody."""
    if not is_minor(consent.person, today):
        if consent.guardian:
            said = _("This person is of age and agrees for themselves. Leave the guardian’s name out.")
            raise ConsentRefused(said, code="guardian_not_needed")
        return
    signed = _is_name(consent.signature) or consent.method == Consent.Method.ON_PAPER
    if not (_is_name(consent.guardian) and signed):
        said = _("This person is a minor: a parent or guardian reads the text, gives their name and signs.")
        raise ConsentRefused(said, code="guardian_missing")


def is_minor(person: Person, today: date | None = None) -> bool:
    """Whether a guardian consents for this person; on the day they come of age no more."""
    return bool(person.minor_until and person.minor_until > (today or timezone.localdate()))


def is_due_again(consent: Consent, today: date | None = None) -> bool:
    """Whether a guardian gave it for somebody who has come of age since: they are asked themselves."""
    return bool(consent.guardian) and not is_minor(consent.person, today)
