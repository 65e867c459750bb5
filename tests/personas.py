"""Alice owns Northwind, Bob belongs to it in any role, Charlie owns Southwind and must see nothing of it."""

from dataclasses import dataclass

from django.test import Client
from django.utils import timezone

from apps.enrollment.impact_assessment import KEYS
from apps.enrollment.models import PrivacyRules
from apps.organizations.models import Camera, DirectionPolicy, Membership, Organization, Role, Site, User
from apps.organizations.services import found_organization
from apps.organizations.tenancy import acting_for
from apps.people.models import Department, Person, Responsibility

Alice = User


@dataclass
class World:
    """Both organizations; rows of Southwind carry the suffix `south`."""

    alice: User
    bob: User
    charlie: User
    northwind: Organization
    southwind: Organization
    site: Site
    camera: Camera
    person: Person
    south_site: Site
    south_camera: Camera
    south_person: Person

    def bob_as(self, role: str) -> User:
        """Give Bob this role in Northwind."""
        with acting_for(self.northwind):
            Membership.objects.update_or_create(organization=self.northwind, user=self.bob, defaults={"role": role})
        return self.bob


def supervisor_of(world: World, *people: Person) -> User:
    """Bob, who looks after a department of these people of Northwind and after nothing else."""
    bob = world.bob_as(Role.SUPERVISOR)
    with acting_for(world.northwind):
        membership = Membership.objects.get(user=bob)
        team, _ = Department.objects.get_or_create(organization=world.northwind, name="Bob's team")
        Responsibility.objects.get_or_create(organization=world.northwind, membership=membership, department=team)
        Person.objects.filter(pk__in=[person.pk for person in people]).update(department=team)
    return bob


def build_world() -> World:
    alice, bob, charlie = (User.objects.create_user(f"{name}@example.org") for name in ("alice", "bob", "charlie"))
    northwind = found_organization(name="Northwind", slug="northwind", owner=alice)
    southwind = found_organization(name="Southwind", slug="southwind", owner=charlie)
    north = furnish(northwind, "")
    south = furnish(southwind, " south")
    world = World(alice, bob, charlie, northwind, southwind, *north, *south)
    world.bob_as(Role.OPERATOR)
    return world


def furnish(organization: Organization, suffix: str) -> tuple[Site, Camera, Person]:
    with acting_for(organization):
        switch_faces_on(organization)
        site = Site.objects.create(
            organization=organization,
            name=f"Main gate{suffix}",
            time_zone="Europe/Zurich",
            direction_policy=DirectionPolicy.TOGGLE,
        )
        camera = Camera.objects.create(organization=organization, site=site, name=f"Kiosk{suffix}")
        person = Person.objects.create(
            organization=organization, external_id="E1", given_name="Priya", family_name=f"Raman{suffix}"
        )
    return site, camera, person


def switch_faces_on(organization: Organization) -> PrivacyRules:
    """As after an owner answered every question of the impact assessment; the trail does not tell of it."""
    answers = dict.fromkeys(KEYS, "As agreed with the works council.")
    now = timezone.now()
    filled = {"assessment": answers, "filled_at": now, "face_mode": True}
    return PrivacyRules.objects.update_or_create(organization=organization, defaults=filled)[0]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
