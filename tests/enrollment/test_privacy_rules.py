"""Faces stay off until the impact assessment is answered; the database holds that too."""

import pytest
from django.db import IntegrityError, transaction

from apps.enrollment import privacy, services
from apps.enrollment.errors import AssessmentMissing, FaceModeOff
from apps.enrollment.impact_assessment import KEYS, QUESTIONS, known_answers, lacking, measured_figures, tidy
from apps.enrollment.models import EnrollmentSession, PrivacyRules
from apps.organizations.models import AuditEntry, Organization
from apps.organizations.tenancy import acting_for
from tests.personas import World

from .conftest import agree

pytestmark = pytest.mark.django_db
ALL = dict.fromkeys(KEYS, "Answered.")


@pytest.fixture
def fresh(northwind: World) -> Organization:
    """Northwind before anybody decided anything."""
    PrivacyRules.objects.filter(organization=northwind.northwind).delete()
    return northwind.northwind


def acts() -> list[str]:
    told = AuditEntry.objects.filter(action__startswith="privacy_rules").order_by("sequence")
    return list(told.values_list("action", flat=True))


class TestFaceMode:
    def test_it_is_off_at_first(self, fresh: Organization) -> None:
        assert not privacy.face_mode(fresh)

    def test_asking_for_the_rules_stores_none(self, fresh: Organization) -> None:
        assert privacy.rules_of(fresh).reference_days == 90
        assert not PrivacyRules.objects.exists()

    def test_it_needs_the_assessment(self, fresh: Organization) -> None:
        with pytest.raises(AssessmentMissing):
            privacy.switch_face_mode(organization=fresh, on=True)

    @pytest.mark.parametrize("key", KEYS)
    def test_one_question_left_is_too_few(self, fresh: Organization, key: str) -> None:
        privacy.fill_assessment(organization=fresh, answers=ALL | {key: "  "}, by=None)
        with pytest.raises(AssessmentMissing):
            privacy.switch_face_mode(organization=fresh, on=True)

    def test_with_every_answer_it_goes_on_and_off(self, fresh: Organization) -> None:
        privacy.fill_assessment(organization=fresh, answers=ALL, by=None)
        on = privacy.switch_face_mode(organization=fresh, on=True).face_mode
        off = privacy.switch_face_mode(organization=fresh, on=False).face_mode
        assert (on, off) == (True, False)
        assert acts() == ["privacy_rules.assess", "privacy_rules.faces_on", "privacy_rules.faces_off"]

    def test_the_database_refuses_it_without(self, fresh: Organization) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            PrivacyRules.objects.create(organization=fresh, face_mode=True)

    def test_an_answer_it_stands_on_cannot_go(self, northwind: World) -> None:
        with pytest.raises(AssessmentMissing):
            privacy.fill_assessment(organization=northwind.northwind, answers=ALL | {"risks": ""}, by=None)

    def test_another_organizations_switch_is_its_own(self, world: World) -> None:
        with acting_for(world.northwind):
            privacy.switch_face_mode(organization=world.northwind, on=False)
        with acting_for(world.southwind):
            assert privacy.face_mode(world.southwind)


class TestOff:
    def test_no_enrollment_starts(self, fresh: Organization, northwind: World) -> None:
        consent = agree(fresh, northwind.person)
        with pytest.raises(FaceModeOff) as refused:
            services.start_session(organization=fresh, person=northwind.person, consent=consent)
        assert refused.value.code == "face_mode_off" and "PIN" in refused.value.message
        assert not EnrollmentSession.objects.exists()


class TestRules:
    def test_a_change_is_a_new_version(self, northwind: World) -> None:
        before = privacy.rules_of(northwind.northwind).version
        changed = {"purpose": "Time", "contact": "hr@example.org", "reference_days": 30, "backup_days": 7}
        after = privacy.change_rules(organization=northwind.northwind, **changed)  # type: ignore[arg-type]
        assert (after.version, after.reference_days) == (before + 1, 30)

    def test_no_change_is_none(self, northwind: World) -> None:
        rules = privacy.rules_of(northwind.northwind)
        same = {name: getattr(rules, name) for name in ("purpose", "contact", "reference_days", "backup_days")}
        assert privacy.change_rules(organization=northwind.northwind, **same).version == rules.version
        assert acts() == []

    @pytest.mark.parametrize("days", [0, 1096])
    def test_the_database_keeps_the_days_within_the_law(self, northwind: World, days: int) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            PrivacyRules.objects.filter(organization=northwind.northwind).update(reference_days=days)


class TestAssessment:
    def test_every_question_has_a_help_text(self) -> None:
        assert all(question.title and question.help for question in QUESTIONS)

    def test_unknown_answers_are_left_out(self) -> None:
        assert tidy({"risks": " Theft. ", "colour": "red"}) == {"risks": "Theft."}

    def test_blank_answers_are_lacking(self) -> None:
        assert lacking(ALL | {"purpose": " "}) == ["purpose"]

    def test_what_only_the_organization_knows_is_not_filled_in(self, northwind: World) -> None:
        known = known_answers(northwind.northwind, privacy.rules_of(northwind.northwind))
        assert not {"purpose", "necessity", "people", "risks", "consulted", "decision"} & set(known)

    def test_the_settings_are(self, northwind: World) -> None:
        rules = privacy.rules_of(northwind.northwind)
        rules.reference_days = 77
        known = known_answers(northwind.northwind, rules)
        assert "77 days" in known["retention"] and "Off: pictures" in known["attacks"]

    def test_figures_are_those_of_the_engine_that_runs(self, northwind: World, engine: object) -> None:
        figures = dict(measured_figures(northwind.northwind))
        assert int(figures["People compared"]) > 300

    def test_without_an_engine_nothing_was_measured(self, northwind: World) -> None:
        assert "nothing was measured" in dict(measured_figures(northwind.northwind))["Engine"]
