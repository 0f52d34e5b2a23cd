"""Whatever is typed, search answers, keeps its limit and forgets no food whose words were begun."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nutshell.catalog import words
from nutshell.catalog.index import distance
from nutshell.catalog.queries import Catalog

KNOWN_WORDS = st.sampled_from(
    ["egg", "with", "without", "w/o", "raw", "salt", "chiken", "brest", "the", "of", "milk", "2%", "!salt", "no", "-"]
)
QUERIES = st.one_of(st.text(max_size=300), st.lists(KNOWN_WORDS, max_size=12).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(query=QUERIES, limit=st.integers(-5, 40))
def test_any_text_is_answered_within_the_limit_and_twice_alike(catalog: Catalog, query: str, limit: int) -> None:
    hits = catalog.search(query, limit)
    assert len(hits) <= max(limit, 0)
    assert len({hit.food.id for hit in hits}) == len(hits)
    assert hits == catalog.search(query, limit)


@settings(max_examples=100, deadline=None)
@given(place=st.integers(0, 8788), data=st.data())
def test_every_beginning_of_a_word_of_its_name_finds_a_food(catalog: Catalog, place: int, data: st.DataObject) -> None:
    food_id = catalog.ids()[place]
    spoken = [word for word in words.name_words(catalog.food(food_id).name) if word not in words.SOFT]
    word = data.draw(st.sampled_from(spoken))
    begun = word[: data.draw(st.integers(1, len(word)))]
    if begun not in words.SOFT:
        assert food_id in {hit.food.id for hit in catalog.search(begun, len(catalog))}


@settings(max_examples=100, deadline=None)
@given(place=st.integers(0, 8788))
def test_the_whole_name_finds_the_food(catalog: Catalog, place: int) -> None:
    food = catalog.food(catalog.ids()[place])
    typed = " ".join(dict.fromkeys(words.name_words(food.name)))
    assert food.id in {hit.food.id for hit in catalog.search(typed, len(catalog))}


@settings(max_examples=100, deadline=None)
@given(word=st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12), data=st.data())
def test_one_slip_is_at_a_distance_of_one(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    assert distance(word, word[:at] + word[at + 1 :]) == 1
    assert distance(word, swapped) == (swapped != word)


@settings(max_examples=150, deadline=None)
@given(query=st.text(max_size=200), name=st.text(max_size=200))
def test_matching_a_name_never_fails(query: str, name: str) -> None:
    assert words.matches(query, name) in (True, False)
    assert words.matches("", name)
