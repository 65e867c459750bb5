"""What cannot be read off a page or a type: secrets, proofs, words that their owner knows; and what has no answer."""

import base64
from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.urls import reverse

from apps.enrollment.impact_assessment import KEYS
from apps.enrollment.models import DuplicateCase
from apps.organizations import camera_keys
from apps.organizations.models import Membership, Role, Site
from apps.people.models import Department, Person
from tests.organizations.devices import Device
from tests.sweep.bodies import Body, Upload
from tests.sweep.rows import NONCE, Place, password_of

PIN = "246813"


def field_values(a: Place) -> dict[str, Any]:
    """Values by the name of a form's field."""
    return {
        "login": a.users[Role.OWNER].email,
        "password": password_of(a.users[Role.OWNER]),
        "oldpassword": password_of(a.users[Role.OWNER]),
        "number": a.rows[Person].external_id,
        "pin": PIN,
        "nonce": str(NONCE),
        "time_zone": "Europe/Zurich",
    }


def pairing(a: Place) -> Body:
    """A new device, the code that was shown, and the proof that the device holds its key."""
    device, nonce = Device(), camera_keys.new_nonce()
    proof, key = device.proof(nonce, a.code), device.public_key
    encoded = {"proof": base64.b64encode(proof).decode(), "public_key": base64.b64encode(key).decode()}
    return Body({"code": a.code, "nonce": nonce, **encoded})


def sheet(a: Place) -> Upload:
    """A list of a person A knows and one it does not, of A's department and site."""
    names, places = (
        ["external_id", "given_name", "family_name", "department", "home_site"],
        [a.rows[Department], a.rows[Site]],
    )
    lines = [names, *([number, "New", "Person", *map(str, places)] for number in ("E-1", "E-2"))]
    return Upload("people.csv", "\n".join(",".join(line) for line in lines).encode())


def confirmation(a: Place) -> str:
    """What a mail to the owner would say."""
    owner = a.users[Role.OWNER]
    address, _ = EmailAddress.objects.get_or_create(user=owner, email=owner.email, primary=True)
    return reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key])


# Values by the name of an address's argument.
ARGUMENTS: dict[str, Callable[[Place], list[str]]] = {
    "form": lambda a: ["csv", "xlsx"],
    "organization": lambda a: [a.slug],
    "secret": lambda a: [a.secret("invitation")],
    "token": lambda a: [a.secret("enrollment invitation")],
    "app_label": lambda a: ["people"],
}
# Addresses and bodies by the name of a route.
ADDRESSES: dict[str, Callable[[Place], str]] = {
    "account_confirm_email": confirmation,
    "organizations:member_edit": lambda a: reverse("organizations:member_edit", args=[a.slug, a.rows[Membership].pk]),
}
BODIES: dict[str, Callable[[Place], Body]] = {
    "pair": pairing,
    "invitation_register": lambda a: Body({"password": "a-long-Passphrase-71"}),
    "organizations:member_edit": lambda a: Body({"role": Role.EMPLOYEE, "is_active": "on"}),  # refused: the only owner
    "attendance:pin_punch": lambda a: Body({name: field_values(a)[name] for name in ("number", "pin", "nonce")}),
    "enroll_decline": lambda a: Body({"method": "pin"}),
    "enrollment:consent": lambda a: Body({"text_version": "1", "agreed": "on"}),
    "enrollment:consent_on_paper": lambda a: Body({"paper-text_version": "1", "paper-paper_reference": "file 12"}),
    "enrollment:assessment_edit": lambda a: Body(dict.fromkeys(KEYS, "Answered.")),  # faces are on: none may be empty
    "enrollment:duplicate": lambda a: Body({"decision": DuplicateCase.Decision.SAME_PERSON, "note": "card seen"}),
    "staff:people_person_import": lambda a: Body({"sheet": sheet(a)}),
}
# Whom a route is for, where it is not the first who may.
FIRST_ACTOR: dict[str, str] = {
    "account_login": "anonymous",
    "account_signup": "anonymous",
    "account_reset_password": "anonymous",
    "pair": "device of A",
    "people:own_record": "employee of A",
    "invitation": "newcomer invited to A",
    "invitation_register": "newcomer invited to A",
    "invitation_join": "account invited to A",
    **dict.fromkeys(("enroll", "enroll_link", "enroll_agree", "enroll_decline"), "account invited to A"),
    **dict.fromkeys(("enroll_here", "enroll_cancel", "enroll_done"), "newcomer invited to A"),
}
# Reviewed: no request by itself is answered here. Attacked all the same, by everybody.
UNANSWERED = {
    "enroll_again": "needs a visit by a link that was cancelled",
    "mfa_reauthenticate": "needs a code of this minute",
    "mfa_add_webauthn": "needs a passkey's proof",
    "mfa_reauthenticate_webauthn": "needs a passkey's proof",
    "mfa_remove_webauthn": "needs a passkey",
    "mfa_edit_webauthn": "needs a passkey",
    "account_email": "closed: an account keeps its address",
    "api:nothing_here": "answers 404 to everybody: the addresses of the API that there are not",
}
