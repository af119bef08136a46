"""Whether a word can be Vietnamese. The language is written in syllables, and those that can be are few.

The rules are those of the national orthography (onset, rhyme, one tone; a rhyme that ends in c, ch, p or t takes only
the tones sắc and nặng), as taught from Đoàn Thiện Thuật, Ngữ âm tiếng Việt, 1977.
"""

import unicodedata
from functools import lru_cache

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ONSET_LIST = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RHYME_LIST = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu "
    "i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu y yêm yên yêng yêt yêu ych ynh yt ym yn "
    "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong oong "
    "ooc op ot ô ôc ôi ôm ôn ông ôp ôt ôông ơ ơi ơm ơn ơp ơt "
    "u ua uân uâng uât uây uc uê uêch uênh uêt ui um un ung uôc uôi uôm uôn uông uôt up ut uơ uy uya uych uyên uyêt "
    "uynh uyt uyu uyp ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu"
)
_ONSETS, _RHYMES = _ONSET_LIST.split(), frozenset(_RHYME_LIST.split())


def _bases() -> frozenset[str]:
    """Every syllable without its tone."""
    found = set(_RHYMES)
    for onset in _ONSETS:
        for rhyme in _RHYMES:
            if onset == "qu":
                if rhyme[0] in "aăâeêiyơ":
                    found.add(onset + rhyme)
            elif onset == "gi":
                found.add(onset + (rhyme[1:] if rhyme[0] == "i" else rhyme))
            elif onset in {"k", "gh", "ngh"}:
                if rhyme[0] in "eêiy":
                    found.add(onset + rhyme)
            elif onset in {"c", "g", "ng"}:
                if rhyme[0] not in "eêiy" or rhyme in {"i", "in", "iêng"}:
                    found.add(onset + rhyme)
            else:
                found.add(onset + rhyme)
    return frozenset(found)


_BASES = _bases()


@lru_cache(maxsize=50_000)
def is_syllable(word: str) -> bool:
    """Whether a word of letters, in any case and in NFC, is a possible syllable."""
    if len(word) > 7:
        return False
    bare, tone = [], ""
    for letter in unicodedata.normalize("NFD", word.lower()):
        if letter in _TONES:
            if tone:
                return False
            tone = letter
        else:
            bare.append(letter)
    base = unicodedata.normalize("NFC", "".join(bare))
    return base in _BASES and not (base.endswith(("c", "ch", "p", "t")) and tone not in ("\u0301", "\u0323"))
