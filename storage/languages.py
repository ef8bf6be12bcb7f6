"""The languages whose words are stemmed, told apart by their commonest small words.

Owns which languages there are, their small words, and the guess which of them a text is written in. Small words are a
fifth to a half of any running text; a text in none of these languages has few of them, and is then taken for English,
whose stemmer leaves other words nearly alone. It knows nothing of stemming or indexes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["DEFAULT", "LANGUAGES", "SMALL_WORDS", "language_of"]

DEFAULT = "english"
_LEAST_SHARE = 0.05
"""Of a text's words that have to be small words of a language before it is taken for one."""

_SMALL_WORDS = {
    "english": """
        a an and are as at be but by for from had has have he her his if in into is it its no not of on or our she such
        that the their then there these they this to was we were what when where which who will with would you your
    """,
    "german": """
        aber als am an auch auf aus bei bis das dass dem den der des die doch durch ein eine einem einen einer eines er
        es für hat ich ihr im in ist kann mit nach nicht noch nur oder sein sich sie sind so über um und unter von vor
        war was welche welcher wenn wer werden wie wird wo wurde zu zum zur
    """,
    "french": """
        au aux avec ce ces cette comme dans de des du elle elles en est et être il ils je la le les leur lui mais ne
        nous on ou où par pas pour plus qu que quel quelle qui sa sans se ses son sont sur un une vous
    """,
    "spanish": """
        al como con cuando cuál de del desde donde el ella en entre es esta este está fue ha hasta hay la las le lo los
        más no o para pero por que qué se sin sobre son su sus un una y ya
    """,
    "italian": """
        agli al alla alle anche che chi ci come con cui da dal dalla dei del della delle di dove è e gli ha i il in la
        le lo ma nel nella non per più quale quando questo questa se si sono su sul sulla tra un una
    """,
    "portuguese": """
        ao aos as com como da das de do dos e ela ele em entre é foi há isso mais mas na não nas no nos o os ou para
        pela pelo por qual quando que quem se sem ser seu são sua também um uma
    """,
    "dutch": """
        aan als bij dat de deze die dit door een en er het hij hoe ik in is je kan maar meer met naar niet nog of om ook
        op over te tot uit van voor waar was wat welke werd wie wij worden wordt zijn zij zou
    """,
    "swedish": """
        att av de den det där efter ej eller en ett från för ha han har hon hur i inte kan man med men och om på sig sin
        som till under upp ut vad var vem vid vilka vilken vilket är över
    """,
    "danish": """
        af at blev da de den der det efter eller en er et for fra få han har hun hvad hvem hvilken hvor hvordan i ikke
        jeg kan man med men mod nu og om op på sig skal som til ud var ved vil være
    """,
    "norwegian": """
        av at ble da de den der det eller en er et etter for fra få han har hun hva hvem hvilken hvor hvordan i ikke jeg
        kan man med men mot nå og om opp på seg skal som til ut var ved vil være
    """,
    "finnish": """
        ei että hän he ja jo joka jos kanssa ketkä koska kuin kuka kun mikä mitä minä mutta myös ne niin oli olla on
        ovat se sekä sen siitä sinä tai tämä vain voi
    """,
}
SMALL_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
"""By language: words that tell nothing of what a text is about. They are neither indexed nor searched for."""
LANGUAGES = frozenset(SMALL_WORDS)
"""By the names that Snowball's stemmers have."""


def language_of(words: Iterable[str], among: Collection[str] = LANGUAGES) -> str:
    """Which language words in small letters are of, as far as these can be told; in doubt it is English."""
    counts = Counter(words)
    found = {language: sum(counts[word] for word in SMALL_WORDS[language]) for language in {*among, DEFAULT}}
    best = max(sorted(found), key=lambda language: (found[language], language == DEFAULT))
    return best if found[best] > _LEAST_SHARE * counts.total() else DEFAULT
