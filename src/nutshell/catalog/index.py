"""Search as you type over food names: a prefix index with plurals, synonyms and small typos.

The index is a set of arrays that the artifact keeps. Terms are sorted, so the foods of all terms with
one prefix are one slice of the postings. A typo is found by deletion: query and stored prefix meet
where both lose at most one letter (Garbe, "SymSpell", 2012), and are then measured. Scores are whole
numbers and ties go to the smaller food number, so equal queries give equal answers everywhere.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from . import ranking, words
from .artifact import Array

_LAST = chr(0x10FFFF)
_SHORTEST_TYPO, _LONGEST_TYPO = 4, 12
_LENGTH_BITS = 4
_LONG_WORD = 7
_FORM_FACTOR = 97
_SPLIT_FACTOR = 90

Scores = np.ndarray[Any, np.dtype[np.int32]]


class Slice(NamedTuple):
    """Postings `start` to `end`. `length` is how many letters were typed; `factor` is in percent."""

    start: int
    end: int
    length: int
    factor: int = 100


def build(foods: Sequence[ranking.Described]) -> dict[str, Array]:
    """The arrays of the index. Food numbers are positions in `foods`, at most 65,535."""
    postings: dict[str, dict[int, int]] = {}
    for place, food in enumerate(foods):
        for word, weight in ranking.weights(food).items():
            postings.setdefault(word, {})[place] = weight
    terms = sorted(postings)
    counts = [len(postings[term]) for term in terms]
    rows = [(place, weight, len(term)) for term in terms for place, weight in sorted(postings[term].items())]
    columns = np.array(rows, np.int64)
    return {
        "terms": np.frombuffer("\n".join(terms).encode(), np.uint8),
        "posting_start": np.concatenate(([0], np.cumsum(counts))).astype(np.uint32),
        "posting_food": columns[:, 0].astype(np.uint16),
        "posting_weight": columns[:, 1].astype(np.uint8),
        "posting_length": np.minimum(columns[:, 2], 255).astype(np.uint8),
        "prior": np.array([ranking.prior(food) for food in foods], np.int32),
        **_typo_arrays(terms),
    }


def _typo_arrays(terms: Sequence[str]) -> dict[str, Array]:
    """Hashes of every stored prefix less at most one letter, sorted, with what they stand for."""
    pairs: set[tuple[int, int]] = set()
    seen: set[str] = set()
    for place, term in enumerate(terms):
        if not term.isalpha():
            continue
        for length in range(_SHORTEST_TYPO - 1, min(len(term), _LONGEST_TYPO) + 1):
            prefix = term[:length]
            if prefix not in seen:
                seen.add(prefix)
                pairs.update((key, place << _LENGTH_BITS | length) for key in _deletion_keys(prefix))
    columns = np.array(sorted(pairs), np.uint32).reshape(-1, 2)
    return {"typo_key": columns[:, 0], "typo_prefix": columns[:, 1]}


def _deletion_keys(text: str) -> set[int]:
    shorter = {text[:at] + text[at + 1 :] for at in range(len(text))}
    return {crc32(each.encode()) for each in shorter | {text}}


def distance(one: str, other: str) -> int:
    """Optimal string alignment distance: insertions, deletions, changes and swaps of neighbours."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            best = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                best = min(best, before[column - 2] + 1)
            current.append(best)
        before, last = last, current
    return last[-1]


class Index:
    """The opened index. Immutable, hence safe to share between threads."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._terms = arrays["terms"].tobytes().decode().split("\n")
        self._start: list[int] = arrays["posting_start"].tolist()
        self._food = arrays["posting_food"]
        self._weight = arrays["posting_weight"]
        self._length = arrays["posting_length"]
        self._prior = arrays["prior"]
        self._typo_key = arrays["typo_key"]
        self._typo_prefix = arrays["typo_prefix"]

    def search(self, query: str, limit: int) -> list[tuple[int, int]]:
        """(food number, score) of the best `limit` foods that have all words, best first."""
        typed = words.query_words(query)
        if not typed or limit <= 0:
            return []
        needed = words.required(typed)
        total = self._all_of(needed)
        for word in words.unwanted(typed):
            total = np.where(self._score(self._starting(word, len(word), 100)), 0, total)
        return self._best(total // len(needed), limit)

    def _all_of(self, needed: Sequence[str]) -> Scores:
        if len(needed) == 1:
            return self._word(needed[0])
        total = self._combine(self._word(word) for word in needed)
        for joined in _joined(needed):
            if all(self._spelled(word) for word in joined):
                written = self._combine(self._exact(word) for word in joined)
                total = np.maximum(total, written * len(needed) // len(joined))
        return total if total.any() else self._combine(self._loosely(word) for word in needed)

    def _combine(self, scores: Iterable[Scores]) -> Scores:
        total = np.zeros(len(self._prior), np.int32)
        everywhere = np.ones(len(self._prior), np.bool_)
        for each in scores:
            total += each
            everywhere &= each > 0
        return total * everywhere

    def _word(self, word: str) -> Scores:
        """The score of each food for one word: as typed, else as two words, else with a typo."""
        if slices := self._spelled(word):
            return self._score(slices)
        if parts := self._split(word):
            return self._combine(self._score([part]) for part in parts) // len(parts)
        return self._score(self._misspelled(word))

    def _exact(self, word: str) -> Scores:
        return self._score(self._spelled(word))

    def _loosely(self, word: str) -> Scores:
        return self._score(self._spelled(word) + self._misspelled(word))

    def _spelled(self, word: str) -> list[Slice]:
        if word == "with":  # never the beginning of "without"
            return self._whole(word, 100)
        found = self._starting(word, len(word), 100)
        for form in words.forms(word):
            found += self._whole(form, _FORM_FACTOR)
        return found

    def _starting(self, prefix: str, typed: int, factor: int) -> list[Slice]:
        low = bisect_left(self._terms, prefix)
        high = bisect_left(self._terms, prefix + _LAST, low)
        return [Slice(self._start[low], self._start[high], typed, factor)] if high > low else []

    def _whole(self, term: str, factor: int) -> list[Slice]:
        place = bisect_left(self._terms, term)
        if place == len(self._terms) or self._terms[place] != term:
            return []
        return [Slice(self._start[place], self._start[place + 1], len(term), factor)]

    def _split(self, word: str) -> list[Slice]:
        """Two words written as one: "icecream"."""
        for at in range(3, len(word) - 2):
            left, right = self._whole(word[:at], _SPLIT_FACTOR), self._whole(word[at:], _SPLIT_FACTOR)
            if left and right:
                return left + right
        return []

    def _misspelled(self, word: str) -> list[Slice]:
        """Stored prefixes at the least distance from a word of four letters or more."""
        if not word.isalpha() or not _SHORTEST_TYPO <= len(word) <= _LONGEST_TYPO + 1:
            return []
        measured = [(distance(word, prefix), prefix) for prefix in self._near(word)]
        least = min(measured, default=(3, ""))[0]
        if least > (2 if len(word) >= _LONG_WORD else 1):
            return []
        nearest = [prefix for far, prefix in measured if far == least]
        # A slip at the very first letter is rare, so it counts only where nothing else is near.
        nearest = [prefix for prefix in nearest if prefix[0] == word[0]] or nearest
        return [piece for prefix in sorted(nearest) for piece in self._meant(prefix, len(word), 75 - 10 * least)]

    def _meant(self, prefix: str, typed: int, factor: int) -> list[Slice]:
        """What a corrected word finds: all that begins with it and, where it is a whole word, its other forms."""
        found = self._starting(prefix, typed, factor)
        if self._whole(prefix, factor):
            found += [piece for form in words.forms(prefix) for piece in self._whole(form, factor)]
        return found

    def _near(self, word: str) -> set[str]:
        keys = np.array(sorted(_deletion_keys(word)), np.uint32)
        low = self._typo_key.searchsorted(keys, "left")
        high = self._typo_key.searchsorted(keys, "right")
        found = [each for start, end in zip(low, high, strict=True) for each in self._typo_prefix[start:end].tolist()]
        return {self._terms[each >> _LENGTH_BITS][: each & (1 << _LENGTH_BITS) - 1] for each in found}

    def _score(self, slices: Iterable[Slice]) -> Scores:
        """The best score, 1 to 100 times ten, of each food over some postings; 0 where there is none."""
        best = np.zeros(len(self._prior), np.int32)
        for start, end, length, factor in slices:
            complete = 600 + 400 * min(length, 255) // np.maximum(self._length[start:end].astype(np.int32), length)
            scored = self._weight[start:end] * complete * factor // 10_000
            np.maximum.at(best, self._food[start:end], np.maximum(scored, 1))
        return best

    def _best(self, total: Scores, limit: int) -> list[tuple[int, int]]:
        found = np.flatnonzero(total)
        score = total[found] + self._prior[found]
        # One whole number per food: score first, then the smaller food number.
        rank = score.astype(np.int64) * len(self._prior) - found
        if len(found) > limit:
            kept = np.argpartition(-rank, limit - 1)[:limit]
            found, score, rank = found[kept], score[kept], rank[kept]
        order = np.argsort(-rank)
        return list(zip(found[order].tolist(), score[order].tolist(), strict=True))


def _joined(needed: Sequence[str]) -> Iterable[list[str]]:
    """One word written as two: "butter milk"."""
    for at in range(len(needed) - 1):
        yield [*needed[:at], needed[at] + needed[at + 1], *needed[at + 2 :]]
