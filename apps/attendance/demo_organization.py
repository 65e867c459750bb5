"""The demo organization: a site, a camera, sample people, and one login a role with a random password.

The supervisor looks after one of two departments, and the employee is one of the people: both see their limit.
"""

import secrets
from dataclasses import dataclass

from django.conf import settings

from apps.attendance.walk import SAMPLES
from apps.enrollment.impact_assessment import QUESTIONS, known_answers
from apps.enrollment.privacy import change_rules, fill_assessment, rules_of, switch_face_mode
from apps.organizations.audit import Actor, acting_as
from apps.organizations.models import Camera, DirectionPolicy, Membership, Organization, Role, Site, User
from apps.organizations.services import found_organization
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, Person, Responsibility
from apps.people.services import link_member

SLUG = "demo"
MARK = "Demo, filled in by the program: nobody assessed anything."
LOGINS = (Role.OWNER, Role.HR_MANAGER, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR, Role.EMPLOYEE)
# One a sample person, in their order.
DEPARTMENTS = ("Operations", "Operations", "Front desk")


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made; passwords are known here and nowhere else."""

    organization: Organization
    camera: Camera
    owner: User
    people: list[Person]
    passwords: dict[str, str]


def make_demo() -> Demo:
    """Create it. Its people are sample photos; its time zone is DEMO_TIME_ZONE."""
    passwords = {f"{role.value.replace('_', '.')}@demo.test": secrets.token_urlsafe(9) for role in LOGINS}
    users = [User.objects.create_user(email, password) for email, password in passwords.items()]
    with acting_as(Actor("command")):
        organization = found_organization(name="Demo organization", slug=SLUG, owner=users[0], is_demo=True)
    with acting_for(organization):
        members = {
            role: Membership.objects.create(organization=organization, user=user, role=role)
            for user, role in zip(users[1:], LOGINS[1:], strict=True)
        }
        site = Site.objects.create(
            organization=organization,
            name="Head office",
            time_zone=settings.DEMO_TIME_ZONE,
            direction_policy=DirectionPolicy.TOGGLE,
        )
        camera = Camera.objects.create(organization=organization, site=site, name="Main entrance")
        departments = {
            name: Department.objects.create(organization=organization, name=name) for name in dict.fromkeys(DEPARTMENTS)
        }
        people = [
            Person.objects.create(
                organization=organization,
                external_id=sample.number,
                given_name=sample.given_name,
                family_name=sample.family_name,
                department=departments[department],
                home_site=site,
            )
            for sample, department in zip(SAMPLES, DEPARTMENTS, strict=True)
        ]
        Responsibility.objects.create(
            organization=organization, membership=members[Role.SUPERVISOR], department=departments[DEPARTMENTS[0]]
        )
        link_member(organization=organization, person=people[0], membership=members[Role.EMPLOYEE])
        _assess(organization, users[0])
    return Demo(organization, camera, users[0], people, passwords)


def _assess(organization: Organization, owner: User) -> None:
    """Fill the impact assessment in, marked: it assesses nothing, and a demo is refused off this machine."""
    with acting_as(Actor("command")):
        change_rules(
            organization=organization,
            purpose="Demo: to show how working time is recorded by face.",
            contact="Demo: nobody. In your organization, whoever answers questions about it.",
            reference_days=90,
            backup_days=30,
        )
        known = known_answers(organization, rules_of(organization))
        answers = {one.key: f"{MARK} {known.get(one.key, '')}".strip() for one in QUESTIONS}
        fill_assessment(organization=organization, answers=answers, by=owner)
        switch_face_mode(organization=organization, on=True)
