"""What was searched for, where that was not just the question, and the form in which it is changed and tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from rag.planning.telling import sentence_for_filters, sentence_for_what_was_searched, words_for_filter

if TYPE_CHECKING:
    from rag.evidence import Answer
    from rag.planning.plan import Plan

__all__ = ["FILTER_FIELD", "searched_for"]

FILTER_FIELD = "filter-{}"
"""The name of a filter's check-box, by its place."""
_SEARCHED = Markup(
    '<div class="searches"><p class="note calm" dir="auto">{said}</p>{given_up}'
    '<details data-keep class="edit"><summary>Change what is searched for</summary>'
    '<form data-action="search-again" data-turn="{turn}"><label>One search on each line'
    '<textarea name="searches" rows="{rows}" dir="auto">{texts}</textarea></label>{filters}'
    '<button type="submit" class="chip">Search again</button></form></details></div>'
)
_GIVEN_UP = Markup('<p class="note calm">{}</p>')
_FILTER = Markup('<label class="filter"><input type="checkbox" name="{name}" value="on"{checked}> Only {text}</label>')


def searched_for(turn_id: str, answer: Answer) -> Markup:
    """Return what was searched for, with the way to change it; nothing where it was just the question."""
    plan = answer.plan
    if plan is None:
        return Markup("")
    given_up = sentence_for_filters(plan)
    return _SEARCHED.format(
        said=sentence_for_what_was_searched(plan),
        given_up=_GIVEN_UP.format(given_up) if given_up else "",
        turn=turn_id,
        rows=len(plan.searches) + 1,
        texts="\n".join(" ".join(each.text.split()) for each in plan.searches),
        filters=_filters(plan),
    )


def _filters(plan: Plan) -> Markup:
    return Markup("").join(
        _FILTER.format(name=FILTER_FIELD.format(place), checked=" checked" * each.held, text=words_for_filter(each))
        for place, each in enumerate(plan.filters)
    )
