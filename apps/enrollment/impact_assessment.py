"""The data protection impact assessment (GDPR Article 35): its questions, and what this product can say by itself.

The questions follow Article 35(7): what is done, whether it is needed, what could go wrong for people, and what is done
against it. What only the organization knows is never filled in for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.enrollment.engine_choice import chosen_engine_name
from apps.enrollment.models import PrivacyRules
from apps.enrollment.promise import Promise, promise_of
from apps.organizations.models import LivenessPolicy, Organization, Site
from apps.recognition.registry import ENTRIES

LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and what a good answer says."""

    key: str
    title: Any
    help: Any


QUESTIONS = (
    Question(
        "description",
        gettext_lazy("What is done with faces?"),
        gettext_lazy("From the camera to the record of working time: what is taken, computed, kept and passed on."),
    ),
    Question(
        "purpose",
        gettext_lazy("What for, and on what legal ground?"),
        gettext_lazy("One purpose, said narrowly. For faces it is explicit consent: Article 6(1)(a) and 9(2)(a) GDPR."),
    ),
    Question(
        "necessity",
        gettext_lazy("Why is a less intrusive way not enough?"),
        gettext_lazy("Say what cards, PINs or lists lacked in your place, with examples. Convenience alone is weak."),
    ),
    Question(
        "people",
        gettext_lazy("Whose faces, and how free are they to say no?"),
        gettext_lazy("How many people, whether there are minors, and how you see to it that no is taken without harm."),
    ),
    Question(
        "alternative",
        gettext_lazy("How does somebody record time who says no?"),
        gettext_lazy("It must be as quick and as respected. Say who explains it, and where."),
    ),
    Question(
        "accuracy",
        gettext_lazy("How often does it err, and what happens then?"),
        gettext_lazy("A stranger taken for somebody, somebody not recognised, one taken for another; who mends it."),
    ),
    Question(
        "attacks",
        gettext_lazy("What if somebody holds up a picture?"),
        gettext_lazy("What each site asks for, what was tested there, and what is not told apart."),
    ),
    Question(
        "security",
        gettext_lazy("How are references protected?"),
        gettext_lazy("Encryption, keys and where they lie, who can reach the server, and who holds the backups."),
    ),
    Question(
        "retention",
        gettext_lazy("How long is anything kept?"),
        gettext_lazy("References, records of time, backups; and what ends each."),
    ),
    Question(
        "sharing",
        gettext_lazy("Who else sees any of it?"),
        gettext_lazy("Hosting, support, payroll; contracts under Article 28; countries outside your own."),
    ),
    Question(
        "risks",
        gettext_lazy("What could go wrong for people, how likely and how badly?"),
        gettext_lazy("Theft of references, use for another purpose, pressure to agree, errors at somebody's cost."),
    ),
    Question(
        "measures",
        gettext_lazy("What do you do against each of these?"),
        gettext_lazy("One line for each risk above, and what risk remains after it."),
    ),
    Question(
        "consulted",
        gettext_lazy("Whom did you ask?"),
        gettext_lazy("The people or their representatives, and your data protection officer; and what they said."),
    ),
    Question(
        "decision",
        gettext_lazy("Who decided, and when is it looked at again?"),
        gettext_lazy("Name and date. A new engine, site or purpose is a reason to look again."),
    ),
)
KEYS = tuple(question.key for question in QUESTIONS)


def tidy(answers: Mapping[str, str]) -> dict[str, str]:
    """The answers to the questions there are, without blanks around them; empty ones left out."""
    said = {key: str(answers.get(key, "")).strip()[:LONGEST] for key in KEYS}
    return {key: answer for key, answer in said.items() if answer}


def lacking(answers: Mapping[str, str]) -> list[str]:
    """The keys of the questions that have no answer."""
    return [key for key in KEYS if not str(answers.get(key, "")).strip()]


# --- What the product knows by itself ----------------------------------------------------------------


def known_answers(organization: Organization, rules: PrivacyRules) -> dict[str, str]:
    """What is true of this product and these settings, as a beginning of the answers it belongs to."""
    return {
        "description": _(
            "A camera's page cuts a face out of its picture. The server computes numbers from it (a probe), compares "
            "them with the references of this organization, and forgets the picture at once. No picture is stored. "
            "Of a person who agreed, references are kept: encrypted numbers. A match writes one line of working time."
        ),
        "alternative": _(
            "A PIN, a badge or the supervisor records time at every site, beside the face and with the same result."
        ),
        "accuracy": _accuracy(organization),
        "attacks": _attacks(organization),
        "security": _(
            "References are sealed with AES-256-GCM, each bound to its organization, person and engine. A master key "
            "outside the database wraps a key per organization, and that one a key per person. Whoever has those keys "
            "can read references, and a reference can be turned back into a face. No interface or export hands one out."
        ),
        "retention": _(
            "References: %(days)d days after the last use, three years at most, and at once when consent ends or the "
            "person leaves. Backups: %(backup)d days. Frames: seconds, in memory."
        )
        % {"days": rules.reference_days, "backup": rules.backup_days},
    }


def measured_figures(organization: Organization) -> list[tuple[str, str]]:
    """Our own figures, by what they are about: of the engine that runs here, for as many people as are enrolled."""
    promise = _promise(organization)
    engine = ENTRIES.get(chosen_engine_name() or "")
    if promise is None or engine is None:
        return [(_("Engine"), _("None is set on this machine, so nothing was measured."))]
    measured = promise.since.isoformat() if promise.since else _("not measured here")
    return [
        (_("Engine"), engine.title),
        (_("Measured with"), promise.provenance),
        (_("Measured on"), measured),
        (_("People compared"), str(promise.compared)),
        (_("Strangers taken for somebody, at most"), organization.get_false_positive_target_display()),
        (_("What that comes to"), promise.sentence),
    ]


def _promise(organization: Organization) -> Promise | None:
    entry = ENTRIES.get(chosen_engine_name() or "")
    return promise_of(organization, entry) if entry else None


def _accuracy(organization: Organization) -> str:
    promise = _promise(organization)
    said = promise.sentence if promise else _("No engine is set yet, so nothing was measured.")
    return _(
        "%(said)s Where the camera is not sure, it names nobody and asks for the PIN. Every decision can be corrected "
        "by a person; none is final."
    ) % {"said": said}


def _attacks(organization: Organization) -> str:
    policies = Site.objects.filter(organization=organization).order_by("liveness_policy")
    chosen = list(policies.values_list("liveness_policy", flat=True).distinct())
    words = ", ".join(str(LivenessPolicy(one).label) for one in chosen) or _("no site yet")
    return _(
        "Sites ask for: %(policies)s. What each camera let through when it was tested with printed photos and screens "
        "stands on the page “Liveness”. Masks, make-up and twins are not told apart."
    ) % {"policies": words}
