"""What an owner decides about faces: rules, the impact assessment, and the texts people agree to."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.enrollment.impact_assessment import LONGEST, QUESTIONS
from apps.enrollment.languages import LANGUAGES
from apps.enrollment.models import ConsentText, PrivacyRules

FEW_LINES = {"rows": 4}


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the public policy page is written from, and what the retention job keeps to."""

    class Meta:
        model = PrivacyRules
        fields = ("purpose", "contact", "reference_days", "backup_days")
        widgets: ClassVar[dict[str, Any]] = {"purpose": forms.Textarea(attrs=FEW_LINES)}
        help_texts: ClassVar[dict[str, Any]] = {
            "purpose": _("One purpose, as people will read it: to record when they arrive and leave."),
            "contact": _("A name or an office, with an address or a number. Everybody can read it."),
            "reference_days": _(
                "References are deleted so long after the last check-in by face. Fewer days hold at once. "
                "If you keep them longer, publish new consent texts: people agreed to what they read."
            ),
            "backup_days": _("How long a backup is kept before it is deleted; whoever runs this platform knows."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("purpose", "contact"):
            self.fields[name].required = True


class AssessmentForm(forms.Form):
    """Every question of the impact assessment; it can be saved half-way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            self.fields[question.key] = forms.CharField(
                label=question.title,
                help_text=question.help,
                required=False,
                max_length=LONGEST,
                widget=forms.Textarea(attrs=FEW_LINES),
            )


class ConsentTextForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new version of the text in one language."""

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)

    class Meta:
        model = ConsentText
        fields = ("language", "body", "what", "why", "how_long")
        widgets: ClassVar[dict[str, Any]] = {
            "body": forms.Textarea(attrs={"rows": 8}),
            "what": forms.Textarea(attrs={"rows": 3}),
            "why": forms.Textarea(attrs={"rows": 3}),
            "how_long": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "body": _("Who asks, that it is a free choice, what else records time, and how to withdraw."),
            "what": _("For example: numbers computed from your face, encrypted; never a picture."),
            "why": _("The one purpose, and that nobody else receives it."),
            "how_long": _("The same days as under the rules, and what ends it sooner."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("what", "why", "how_long"):
            self.fields[name].required = True
