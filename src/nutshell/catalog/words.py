"""Words of food names and queries: folding, plurals, and the names that other people use."""

import re
import unicodedata
from itertools import pairwise

MAX_QUERY = 120
"""Characters of a query that are read; the rest is ignored."""
MAX_WORDS = 8

SOFT = frozenset({"with", "and", "of", "the", "in", "a", "an", "or", "for", "on", "from", "some", "my"})
"""Words that people type but that need not occur."""

ABSENT = "!"
DENIED = "-"
"""Begin an absent and a denied form. No letters, so that no word of a query begins with them by chance."""
_STARTS_LACK = frozenset({"without", "no"})

_WORD = re.compile(r"\w+(?:\.\d+)?")
_APOSTROPHES = str.maketrans("", "", "'\u2019`\u00b4")


def fold(text: str) -> str:
    """Lower case, without accents, with "w/" and "w/o" written out."""
    plain = text.translate(_APOSTROPHES).casefold()
    plain = plain.replace("w/o", "without ").replace("w/", "with ")
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(each for each in decomposed if not unicodedata.combining(each)).casefold()


def split(text: str) -> list[str]:
    """The words of a text, folded, in order."""
    return _WORD.findall(fold(text))


def name_words(name: str) -> list[str]:
    """The words of a food's name in the source, with its slips put right."""
    return [MISSPELT.get(word, word) for word in split(name)]


def query_words(query: str) -> list[str]:
    """The distinct words of a query, in order, at most `MAX_WORDS`."""
    return list(dict.fromkeys(split(query[:MAX_QUERY])))[:MAX_WORDS]


def required(typed: list[str]) -> list[str]:
    """The words that a food must have: all but the soft ones, unless there are only soft ones.

    A word after "without" becomes its absent form: only foods that say to be without it have that.
    """
    hard = [word for word in typed if word not in SOFT]
    needed: list[str] = []
    for before, word in pairwise(["", *hard]):
        if before == "without":
            needed[-1] = absent(word)
        else:
            needed.append(word)
    return needed or typed


def unwanted(typed: list[str]) -> list[str]:
    """The denied forms that exclude a food: "with skin" is not "without skin"."""
    said = [word for word in typed if word == "with" or word not in SOFT]
    return [DENIED + word for before, word in pairwise(said) if before == "with"]


def absent(word: str) -> str:
    """How the index spells that a food is without something."""
    return ABSENT + word


def absences(name: str) -> list[str]:
    """What a name says to be without: the absent form of each such word, and its denied form where
    the name does not have the word elsewhere ("with added vitamin D and without added vitamin A").
    """
    lacked, had = _lacked_and_had(name)
    return [absent(word) for word in lacked] + [DENIED + word for word in lacked if word not in had]


def _lacked_and_had(name: str) -> tuple[list[str], set[str]]:
    """The words from "without" or "no" to the next comma or "with", and all the others."""
    lacked: dict[str, None] = {}
    had: set[str] = set()
    for part in name.split(","):
        lacking = False
        for word in name_words(part):
            if word in _STARTS_LACK or word == "with":
                lacking = word != "with"
            elif lacking:
                lacked[word] = None
            else:
                had.add(word)
    return list(lacked), had


def forms(word: str) -> list[str]:
    """Other numbers of an English noun: eggs → egg, berry → berries, tomatos → tomato, tomatoes."""
    if len(word) < 3 or not word.isalpha():
        return []
    singular = _singulars(word)
    plural = [each for base in (word, *singular) for each in _plurals(base)]
    return list(dict.fromkeys(each for each in singular + plural if each != word))


def _singulars(word: str) -> list[str]:
    found = []
    if word.endswith("ies"):
        found.append(word[:-3] + "y")
    if word.endswith("ves"):
        found.append(word[:-3] + "f")
    if word.endswith(("oes", "shes", "ches", "xes", "sses")):
        found.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        found.append(word[:-1])
    return found


def _plurals(word: str) -> list[str]:
    if word.endswith("y"):
        return [word[:-1] + "ies", word + "s"]
    if word.endswith("f"):
        return [word[:-1] + "ves", word + "s"]
    return [word + "s", word + "es"]


def matches(query: str, name: str) -> bool:
    """Whether a name has every word of the query, as a prefix. For lists beside the catalog: own foods, recents."""
    named = split(name)
    typed = query_words(query)
    lacking = absences(name)
    if any(each in lacking for each in unwanted(typed)):
        return False
    return all(_found(word, named + lacking) for word in required(typed))


def _found(word: str, named: list[str]) -> bool:
    if word == "with":
        return word in named
    return any(each.startswith(word) for each in named) or any(form in named for form in forms(word))


MISSPELT: dict[str, str] = {
    "brsket": "brisket",
    "chuch": "chuck",
    "kellogs": "kelloggs",
    "staek": "steak",
    "turky": "turkey",
    "vitaman": "vitamin",
}
"""Slips in the source's own names: indexed as what was meant, so that a person's slip finds every food."""


SYNONYMS: tuple[tuple[str, str], ...] = (
    # Words that a name has (all of them, in any order) and the words that are then understood too.
    ("catsup", "ketchup"),
    ("soymilk", "soy milk soya"),
    ("soy", "soya"),
    ("tofu", "bean curd"),
    ("shrimp", "prawn prawns seafood"),
    ("crayfish", "crawfish"),
    ("squid", "calamari"),
    ("yogurt", "yoghurt"),
    ("eggplant", "aubergine"),
    ("squash zucchini", "zucchini courgette"),
    ("arugula", "rocket"),
    ("coriander leaves", "cilantro"),
    ("cilantro", "coriander"),
    ("onions spring scallions", "green onion"),
    ("beets", "beetroot"),
    ("rutabagas", "swede"),
    ("endive", "chicory"),
    ("peppers sweet", "bell pepper capsicum"),
    ("peppers chili", "chilli chile"),
    ("corn sweet", "sweetcorn maize"),
    ("beans snap green", "string beans french beans"),
    ("beans mature seeds", "dried beans"),
    ("broadbeans", "fava beans broad"),
    ("chickpeas", "garbanzo chick peas"),
    ("peanuts", "groundnuts nuts"),
    ("lettuce cos romaine", "romaine"),
    ("oats", "oatmeal porridge"),
    ("oatmeal", "porridge oats"),
    ("frankfurter", "hot dog hotdog wiener"),
    ("carbonated beverage", "soda pop soft drink"),
    ("carbonated cola", "coke pepsi coca"),
    ("energy drink", "redbull"),
    ("potatoes french fried", "fries chips"),
    ("snacks potato chips", "crisps"),
    ("beef ground", "mince minced"),
    ("hamburger", "burger"),
    ("turkey ground", "mince minced"),
    ("chicken ground", "mince minced"),
    ("beef loin", "steak"),
    ("beef rib", "steak"),
    ("cookies", "biscuit biscuits"),
    ("crackers", "biscuit biscuits"),
    ("candies", "candy sweets"),
    ("candies chocolate", "chocolate bar"),
    ("jams preserves", "jam jelly marmalade"),
    ("sugars granulated", "white sugar table sugar"),
    ("sugars powdered", "icing sugar confectioners"),
    ("syrups maple", "maple syrup"),
    ("whole wheat", "wholemeal wholegrain wholewheat"),
    ("nonfat", "skim skimmed fat free"),
    ("lowfat", "low fat"),
    ("milk reduced fat milkfat", "semi skimmed"),
    ("milk whole milkfat", "full fat"),
    ("cream heavy whipping", "double cream"),
    ("cream fluid light", "single cream"),
    ("butter without salt", "unsalted"),
    ("without salt", "unsalted"),
    ("with salt", "salted"),
    ("meat only", "skinless"),
    ("raw", "uncooked fresh"),
    ("unprepared", "uncooked"),
    ("dry", "uncooked dried"),
    ("unenriched dry", "uncooked"),
    ("broiled", "grilled"),
    ("hard boiled", "boiled"),
    ("egg omelet", "omelette"),
    ("canned", "tinned"),
    ("plums dried prunes", "prune"),
    ("raisins", "sultana"),
    ("seeds flaxseed", "linseed flax"),
    ("salad dressing", "dressing"),
    ("salad dressing mayonnaise", "mayonnaise mayo"),
    ("mayonnaise", "mayo"),
    ("bread toasted", "toast"),
    ("spaghetti", "pasta noodles"),
    ("macaroni", "pasta noodles"),
    ("pasta", "spaghetti macaroni noodles"),
    ("pork cured bacon", "bacon rasher"),
    ("pork cured ham", "gammon"),
    ("bologna", "baloney"),
    ("fish tuna", "tunafish"),
    ("whiskey", "whisky"),
    ("spirits distilled", "liquor"),
    ("beverage wine", "alcohol"),
    ("tea brewed", "cup of tea"),
    ("coffee brewed", "black coffee americano"),
    ("coffee espresso", "expresso"),
    ("doughnuts", "donut donuts"),
    ("ice creams", "icecream"),
    ("pancakes", "flapjack"),
    ("gelatin desserts", "jello jelly"),
    ("tortillas", "wrap"),
    ("wheat bread pita", "pitta"),
    ("bread pita", "pitta"),
    ("muesli", "musli"),
    ("granola", "muesli"),
    ("papayas", "pawpaw"),
    ("clementines", "mandarin"),
    ("tangerines", "mandarin"),
    ("melons cantaloupe", "rockmelon"),
    ("kiwifruit", "kiwi"),
    ("blackberries", "bramble berries"),
    ("strawberries", "berries"),
    ("blueberries", "berries"),
    ("raspberries", "berries"),
    ("pecans", "pecan nuts"),
    ("almonds", "almond nuts"),
    ("walnuts", "walnut nuts"),
    ("cashew", "cashews"),
    ("leavening agents", "raising"),
    ("cornstarch", "corn flour cornflour starch"),
    ("all purpose flour", "plain flour"),
    ("formulated bar", "protein bar"),
    ("whey protein", "protein powder"),
)
