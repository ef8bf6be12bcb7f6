"""Whether a question can be understood alone, by its small words in English, German, French, Spanish and Italian.

Rules rather than a model, so that no model has a hand in a question that stands by itself. In doubt it stands: a false
alarm mixes the words of another question into this one. Pure; it sees one question and nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["aside_of", "content_words", "leans", "with_aside"]

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")

_SMALL_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being between both but by can could
    did do does doing done down during each else few for from get gets give given go goes had has have having he her
    here hers him his how i if in into is it its just long many may me might more most much must my no nor not of
    off on once one ones only or other our out over own please same shall she should so some such tell than that the
    their theirs them then there these they this those through to too under until up us very was we were what when
    where which while who whom whose why will with without would yes you your
    aren't can't cannot couldn't didn't doesn't don't hadn't hasn't haven't he's how's i'd i'll i'm i've isn't it'll
    it's let's mustn't needn't she's shouldn't that's there's they'll they're they've wasn't we'd we'll we're we've
    weren't what's when's where's who's won't wouldn't you'd you'll you're you've

    aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da dabei
    dadurch dafür dagegen damit dann daran darauf daraus darf darin darüber das dass davon dazu dein deine dem den
    denen denn der deren des dessen die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem
    einen einer eines er es etwas euch für gegen genau gibt hat hatte haben habe hier ich ihm ihn ihnen ihr ihre
    ihrem ihren ihrer im ins ist ja jede jeder jedes jetzt kann kein keine können lange machen man mehr mein meine
    mich mir mit muss müssen nach nicht noch nun nur ob oder ohne sein seine sich sie sind so soll sollen um und uns
    unser unter viel viele vom von vor wann war waren warum was weil welche welchem welchen welcher welches wem wen
    wenn wer werden wessen wie wieso wird wirst wo woher wohin worum wurde zu zum zur über

    à au aux avec ce ceci cela celle celles celui ces cet cette ceux combien comme comment dans de des donc du elle
    elles en encore est et être eux faut il ils je la laquelle le lequel les lesquels leur leurs lui là ma mais me
    mes moi mon même ne nos notre nous on ont ou où par pas pendant peut plus pour pourquoi quand que quel quelle
    quelles quels qui quoi sa sans se ses son sont sous sur ta te tes toi ton très tu un une vos votre vous y ça

    al algo allí ante aquel aquello cada como con cual cuando cuanto cuál cuáles cuándo cuánta cuánto cuántos cómo
    del desde donde dónde dos durante e el ella ellas ellos ello en entonces entre era es esa esas ese eso esos esta
    este esto estos está están fue ha hace han hasta hay la las le les lo los me mi mis muy más no nos o para pero
    por porque pueden puede qué quién quiénes se sea ser si sin sobre son su sus también tan te tiene tienen todo
    todos tu un una unas unos y ya él

    agli ai al alla alle allo anche avere c'è che chi ci ciò come con cosa cui da dai dal dalla dalle degli dei del
    della delle dello di dove dopo durante essa esse essere essi esso fra gli ha hanno il in invece io la le lei li
    lo loro lui ma mi nei nel nella nelle noi non o ogni per perché più poi può qual quale quali quando quanta
    quanto quanti quella quelle quelli quello questa queste questi questo se sei si sia sono su sua sue sui sul
    sulla suo suoi tra tu un una uno vi voi è
    """.split()  # noqa: SIM905  (six hundred quotation marks would hide the words)
)

_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|ones|the (?:former|latter|same)"
    r"|ihn|ihm|ihnen|deren|dessen|dafür|davon|damit|daran|darin|darauf|daraus|dazu|dabei|darüber|dagegen|dort"
    r"|ils|elles|celui|celle|ceux|celles|cela|ceci|ça|leurs?"
    r"|ello|ellos|ellas|él|ella|eso|esto|aquello|sus?"
    r"|esso|essa|essi|ciò|loro|costui)\b",
    re.IGNORECASE,
)
_GERMAN_PRONOUN = re.compile(
    r"(?<=\s)(?:er|sie|ihre?[mnrs]?)\b"
    r"|\b(?:ist|hat|wird|kann|soll|muss|darf|was|wer|wie|wann|wo|warum|dass|ob|gilt|kostet|bedeutet)\s+es\b"
)
"""Only in small letters: "Sie" and "Ihr" are how one says "you"."""
_FRENCH_PRONOUN = re.compile(r"(?:-|\bqu['’]|\bs['’])(?:il|elle)\b", re.IGNORECASE)
_DEMONSTRATIVE = re.compile(
    r"\b(?:about|of|for|from|with|after|before|than|like|to|does|do|is|are|was|were|did|why|how)"
    r" (?:this|that|these|those)\b"
    r"|\b(?:this|that|these|those) (?:is|are|was|were|means?|appl(?:y|ies))\b"
    r"|\b(?:this|that|these|those|there|then|das|dies)\s*[?.!]*$",
    re.IGNORECASE,
)
_STANDS_FOR_NOTHING = re.compile(
    r"""
    \b(?:(?:is|was|be|are|makes?)\s+it|it\s+(?:is|was))\s+(?:\w+ly\s+)?
        (?:possible|allowed|legal|illegal|necessary|permitted|true|required|mandatory|ok|okay|safe|worth|best|better
        |common|normal|forbidden|correct|likely)\b
    | \bgibt\s+es\b | \bes\s+gibt\b | \bhandelt\s+es\s+sich\b
    | \bist\s+es\s+(?:möglich|erlaubt|nötig|notwendig|verboten|zulässig|richtig|wahr)\b
    | \best-il\s+(?:possible|permis|interdit|nécessaire|vrai)\b | \by\s+a-t-il\b | \bfaut-il\b
    | \b(?:this|these)\s+(?:document|file|report|contract|agreement|paper|text|book|lease|policy|page|library)s?\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Pronouns without anything behind them, and words for the documents at hand."""
_OPENER = re.compile(
    r"""
    ^\W*(?:
    and|but|or|so|also|then|(?:what|how)\ about|what\ else|anything\ else|any\ others?|why\ not|which\ ones?
    |tell\ me\ more|go\ on|continue|elaborate|explain\ (?:that|this|further|more)|for\ example|for\ instance
    |und|aber|oder|was\ ist\ mit|wie\ (?:sieht|steht)\ es|was\ noch|warum\ nicht|mehr\ dazu|zum\ beispiel
    |et|mais|alors|pourquoi\ pas|quoi\ d['’]autre|plus\ de\ détails|par\ exemple
    |y(?!\ a-t-il)|pero|entonces|por\ qué\ no|qué\ más|más\ detalles|por\ ejemplo
    |ma|allora|perché\ no|cos['’]altro|per\ esempio
    |e(?=\ (?:per|il|la|lo|gli|le|i|se|quando|come|chi|che|cosa|quanto|dove|perché|con|in|a|di)\b)
    )(?=\W|$)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DENSE_PRONOUN = re.compile(r"它|他们|她们|这个|那个|这些|那些|其中|それ|これ|あれ|その|この|彼|그것|이것|그들")
_ASIDE = re.compile(r"\([^()]*\)\s*$")
_CLAUSE = re.compile(r",|;|\b(?:and|und|et|y|e|or|oder|ou)\b", re.IGNORECASE)


def content_words(text: str) -> list[str]:
    """The words that say what a text is about, in small letters, each once, in order."""
    words = (word.casefold().replace("’", "'") for word in _WORD.findall(text))
    return list(dict.fromkeys(word for word in words if word not in _SMALL_WORDS))


def with_aside(question: str, words: Iterable[str]) -> str:
    """Return the question with words of an earlier one in brackets behind it, where there are any."""
    aside = " ".join(words)
    return f"{question} ({aside})" if aside else question


def aside_of(question: str) -> int:
    """Return where the brackets begin that end ``question``; its length where none do."""
    found = _ASIDE.search(question)
    return found.start() if found else len(question)


def leans(question: str) -> bool:
    """Whether ``question`` needs the turns before it to be understood."""
    if _OPENER.search(question) or _DENSE_PRONOUN.search(question) or not content_words(question):
        return True
    return _has_open_pronoun(_STANDS_FOR_NOTHING.sub(" ", question))


def _has_open_pronoun(question: str) -> bool:
    """Whether a word stands for something that no earlier clause of the same question names."""
    for pattern in (_PRONOUN, _GERMAN_PRONOUN, _FRENCH_PRONOUN, _DEMONSTRATIVE):
        for found in pattern.finditer(question):
            clauses = _CLAUSE.split(question[: found.start()])
            if not any(content_words(clause) for clause in clauses[:-1]):
                return True
    return False
