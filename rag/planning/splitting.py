"""Several questions in one, taken apart by their own words in English, German, French, Spanish and Italian.

Only what is certain to be a question of its own is cut off: one that follows a question mark, or one that follows
"and" and is put as a question is ("and when is it due", never "and when it is due"). In doubt a question stays whole.
Pure; it knows nothing of documents.
"""

from __future__ import annotations

import re

from rag.leaning import content_words, leans, with_aside

__all__ = ["MOST_PARTS", "parts_of"]

MOST_PARTS = 4
"""Who asks more at once is understood better as a whole."""

_VERB = r"""(?:
    is|are|was|were|am|do|does|did|has|have|had|can|could|must|may|might|shall|should|will|would
    |ist|sind|war|waren|hat|haben|hatte|hatten|kann|können|muss|müssen|darf|dürfen|soll|sollen|wird|werden|wurde|wurden
    |gilt|gelten|gibt|kostet|kosten|bedeutet|heißt|steht|findet|beträgt
    |est(?:-ce)?|sont|était|doit|doivent|peut|peuvent|faut|ont|sera
    |es|son|era|fue|está|están|hay|puede|pueden|debe|deben|ha|han|tiene|tienen|cuesta
    |è|sono|può|possono|deve|devono|hanno|costa
)\b"""
_MEASURE = r"(?:much|many|long|often|far|soon|old|large|big|high|late|early|viel|viele|lange|oft|hoch|groß|weit|spät)"
_ASKS = re.compile(
    rf"""
    (?:when|where|why|whose|wann|wo|warum|weshalb|wie|wieso|quand|où|pourquoi|comment|combien
       |cuándo|cuánto|dónde|cómo|quando|dove|perché|come|quanto)\s+{_VERB}
    | (?:what|which|welche[rmns]?|was|quel(?:le)?s?|qué|cuál(?:es)?|quale|quali|cosa|che)
        \s+(?:[\w’'-]+\s+){{0,2}}?{_VERB}
    | how\s+(?:{_VERB}|{_MEASURE}\s+(?:[\w’'-]+\s+){{0,3}}?{_VERB})
    | wie\s+{_MEASURE}\s+(?:[\w’'-]+\s+){{0,2}}?{_VERB}
    | (?:who|whom|wer|wem|wen|qui|quién(?:es)?|chi)\s+(?!(?:for|to|of|with|from|by|in|on|and|or|not|else)\b)\w+
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""How a question begins that is asked, not told of: the verb comes before what does it."""
_ASKING = (
    r"\b(?:what|which|when|where|why|whose|who|whom|how"
    r"|was|welche[rmns]?|wann|wo|warum|weshalb|wie|wieso|wer|wem|wen"
    r"|quel(?:le)?s?|quand|où|pourquoi|comment|combien|qui"
    r"|qué|cuál(?:es)?|cuándo|cuántos?|cuántas?|dónde|cómo|quién(?:es)?"
    r"|quale|quali|cosa|che|quando|dove|perché|come|quanto|chi)\b"
)
_WORDS_THAT_ASK = re.compile(_ASKING, re.IGNORECASE)
_LEAD = r"(?:and|also|und|auch|et|y|e)\s+"
_BEGINS = re.compile(rf"\W*(?:{_LEAD})?(?:{_ASKING}|{_VERB})", re.IGNORECASE | re.VERBOSE)
_JOINT = re.compile(
    r"(?<!\s),?\s+(?:and|und|et|y|e)\s+(?:also\s+|auch\s+|aussi\s+|también\s+|anche\s+)?", re.IGNORECASE
)
_MARK = re.compile(r"(?<=\?)\s+")
_END = " \t\n,;.?"
_LEADING = re.compile(f"^{_LEAD}", re.IGNORECASE)


def parts_of(question: str) -> tuple[str, ...]:
    """The questions that ``question`` consists of, each able to stand by itself; one that is one is returned as it is.

    A part that leans on an earlier one has the words of that one in brackets behind it.
    """
    sentences = [each for each in _MARK.split(question.strip()) if each]
    if len(sentences) > 1 and not all(map(_is_question, sentences)):
        return (question,)
    parts = [part for sentence in sentences for part in _clauses(sentence)]
    if not 1 < len(parts) <= MOST_PARTS or not content_words(parts[0]):
        return (question,)
    whole = _made_whole(parts)
    return whole if len(set(map(str.casefold, whole))) == len(whole) else (question,)


def _is_question(sentence: str) -> bool:
    """Whether a sentence asks, and asks for something: "Really?" is none, nor is "If so, what does it cost?"."""
    return sentence.endswith("?") and bool(_BEGINS.match(sentence) and content_words(sentence))


def _clauses(sentence: str) -> list[str]:
    """A sentence at its joints, where each side of the joint is a question."""
    found, begin = [], 0
    for joint in _JOINT.finditer(sentence):
        before, after = sentence[begin : joint.start()], sentence[joint.end() :]
        if _asks_by_itself(before) and _asks_anew(before, after):
            found.append(_as_question(before))
            begin = joint.end()
    return [*found, _as_question(sentence[begin:])]


def _asks_by_itself(clause: str) -> bool:
    return bool(_BEGINS.match(clause) and content_words(clause))


def _asks_anew(before: str, after: str) -> bool:
    """Whether ``after`` begins a question of its own, not the second of two clauses that hang on the same noun."""
    if not _ASKS.match(after) or not content_words(_JOINT.split(after)[0]):
        return False
    inner = _WORDS_THAT_ASK.findall(before.lstrip(" ¿"))[1:]
    return after.split(maxsplit=1)[0].casefold() not in {word.casefold() for word in inner}


def _as_question(clause: str) -> str:
    text = _LEADING.sub("", clause.rstrip(_END).lstrip(" ,;"))
    return f"{text[:1].upper()}{text[1:]}?"


def _made_whole(parts: list[str]) -> tuple[str, ...]:
    """Each part with what it leans on: the words of the last one that stood by itself."""
    whole, standing = [parts[0]], parts[0]
    for part in parts[1:]:
        if leans(part):
            own = set(content_words(part))
            whole.append(with_aside(part, (word for word in content_words(standing) if word not in own)))
        else:
            whole.append(part)
            standing = part
    return tuple(whole)
