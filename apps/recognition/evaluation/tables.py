"""The rows of the table: each way of enrolling, each way of answering an approach, at each target."""

from collections.abc import Sequence
from dataclasses import dataclass

from .approaches import (
    Rule,
    Scored,
    agreement,
    answers,
    as_strangers,
    disjoint,
    every_choice,
    mean_of_scores,
    one_photo,
    singles,
)
from .figures import Answer, Figures, figures, threshold_for
from .intervals import Interval, Share, people_resampled


@dataclass(frozen=True)
class Row:
    """One way of deciding at one line."""

    references: str
    approach: str
    target: float | None
    """The share of strangers the line was read off for; None: the engine's own line."""
    figures: Figures
    """Its FPIR is of the strangers' approaches."""
    left_out: Share
    """Enrolled people's approaches with their own reference taken away: those named count like strangers."""

    def as_json(self) -> dict[str, object]:
        kept = {"references": self.references, "approach": self.approach, "target": self.target}
        return {**kept, **self.figures.as_json(), "left_out": self.left_out.as_json()}


@dataclass(frozen=True)
class Choices:
    """Every choice of several photos of a person, decided by the mean of their scores. They are not independent."""

    references: str
    target: float | None
    line: str
    """Whose line it is: one photo's, or its own, read off enrolled people whose own reference was taken away."""
    threshold: float
    people: int
    found: Share
    misidentified: Share
    left_out: Share
    interval: Interval
    """Of `found`: 95 %, people resampled."""

    def as_json(self) -> dict[str, object]:
        kept = ("references", "target", "line", "threshold", "people")
        return {
            **{name: getattr(self, name) for name in kept},
            "found": {**self.found.as_json(), "interval": list(self.interval)},
            "misidentified": self.misidentified.hits,
            "left_out": {"hits": self.left_out.hits, "of": self.left_out.of, "share": self.left_out.value},
        }


@dataclass(frozen=True)
class Ways:
    """Every approach of a set of photos, answered in each way; `rows` are judged by one line."""

    references: str
    scored: Scored
    frames: int

    def single(self) -> list[Answer]:
        """Each photo alone, in the photos' order."""
        return answers(self.scored, singles(self.scored), one_photo)

    def several(self, rule: Rule) -> list[Answer]:
        """Photos in approaches of `frames`, none used twice: people's and strangers'."""
        both = (self.scored.rows_by_owner(known=known) for known in (True, False))
        return [one for rows in both for one in answers(self.scored, disjoint(self.scored, rows, self.frames), rule)]

    def left_out(self, rule: Rule, frames: int) -> list[Answer]:
        """Approaches of enrolled people as strangers'."""
        rows = self.scored.rows_by_owner(known=True)
        enrolled = {owner: own for owner, own in rows.items() if owner in self.scored.people}
        return as_strangers(self.scored, disjoint(self.scored, enrolled, frames), rule)

    def line(self, fpir: float, lowest: float) -> float:
        """Read the line off the strangers' single photos."""
        return threshold_for([one for one in self.single() if one.person is None], fpir, lowest)

    def rows(self, line: float, target: float | None, margin: float) -> list[Row]:
        """Judge each way at the same line; ways that need more photos than anybody has are left out."""
        found = [self._row("one photo", self.single(), one_photo, 1, (line, target, margin))]
        for approach, rule in ((self._agree, agreement), (self._mean, mean_of_scores)):
            several = self.several(rule) if self.frames > 1 else []
            if any(one.person is not None for one in several):
                found.append(self._row(approach, several, rule, self.frames, (line, target, margin)))
        return found

    def choices(self, line: float, target: float | None, lowest: float) -> list[Choices]:
        """Judge every choice of `frames` photos by the mean of the scores: at one photo's line, and at its own.

        Empty where nobody has so many photos.
        """
        rows = self.scored.rows_by_owner(known=True)
        chosen = {owner: every_choice(self.scored, own, self.frames) for owner, own in rows.items()}
        enrolled = [choice for owner, own in chosen.items() if owner in self.scored.people for choice in own]
        if self.frames < 2 or not enrolled:
            return []
        left_out = as_strangers(self.scored, enrolled, mean_of_scores)
        found = {owner: answers(self.scored, own, mean_of_scores) for owner, own in chosen.items()}
        judged = [self._choices("one photo's", line, target, found, left_out)]
        if target is not None:
            judged.append(self._choices("its own", threshold_for(left_out, target, lowest), target, found, left_out))
        return judged

    def _choices(
        self, whose: str, line: float, target: float | None, found: dict[str, list[Answer]], left_out: list[Answer]
    ) -> Choices:
        named = [[one for one in own if one.similarity >= line] for own in found.values()]
        hits, tries = [sum(one.right for one in own) for own in named], [len(own) for own in found.values()]
        return Choices(
            references=self.references,
            target=target,
            line=whose,
            threshold=line,
            people=sum(count > 0 for count in tries),
            found=Share(sum(hits), sum(tries)),
            misidentified=Share(sum(map(len, named)) - sum(hits), sum(tries)),
            left_out=figures(left_out, line).fpir,
            interval=people_resampled(hits, tries),
        )

    @property
    def _agree(self) -> str:
        return f"{self.frames // 2 + 1} of {self.frames} agree"

    @property
    def _mean(self) -> str:
        return f"mean of {self.frames}"

    def _row(
        self, approach: str, found: Sequence[Answer], rule: Rule, frames: int, at: tuple[float, float | None, float]
    ) -> Row:
        line, target, margin = at
        left_out = figures(self.left_out(rule, frames), line).fpir
        return Row(self.references, approach, target, figures(found, line, margin), left_out)
