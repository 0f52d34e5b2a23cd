"""Values of the catalog: nutrients, foods, portions, hits and where a figure comes from."""

import msgspec


class Nutrient(msgspec.Struct, frozen=True):
    """One nutrient. `decimals` is how many a person is shown; `sum_of` names the parts of a computed
    one ("-291" is subtracted). `in_sr28` is False where USDA SR28 has no value for any food.
    """

    id: str
    name: str
    unit: str
    group: str
    decimals: int
    in_sr28: bool = True
    sum_of: tuple[str, ...] = ()


class Portion(msgspec.Struct, frozen=True, array_like=True):
    """One household portion: `grams` is the weight of 1 `name` ("cup", "large", "oz").

    `usual` is the amount in which the source states it (0.5 cup, 3 oz, 22 chips): a good default.
    Identified by its sequence number, because twelve foods have two portions of equal text.
    """

    id: str
    name: str
    grams: float
    usual: float = 1.0


class Food(msgspec.Struct, frozen=True, array_like=True):
    """One food of the catalog. `known` counts the tracked nutrients that have a value."""

    id: str
    name: str
    source: str
    kcal_per_100g: float | None
    portions: tuple[Portion, ...]
    category: str
    known: int
    common_name: str = ""
    manufacturer: str = ""


class Hit(msgspec.Struct, frozen=True):
    """One food that a search found; a higher score comes first."""

    food: Food
    score: int


class Value(msgspec.Struct, frozen=True):
    """One known value per 100 g, to the source's digit, in the unit of its nutrient.

    `source_code` and `derivation_code` are USDA's (source 7 is an assumed zero). A value that Nutshell
    computed names what it comes from in `computed_from` and has no codes.
    """

    nutrient: str
    amount: float
    source_code: str
    derivation_code: str
    computed_from: tuple[str, ...] = ()


class Completeness(msgspec.Struct, frozen=True):
    """How much of a food is known: `known` of the `available` that SR28 has of the `tracked` ones."""

    known: int
    available: int
    tracked: int


class Rich(msgspec.Struct, frozen=True):
    """A food that is high in a nutrient: amounts in the nutrient's unit per 100 kcal and per 100 g."""

    food: Food
    per_100kcal: float
    per_100g: float


class Info(msgspec.Struct, frozen=True):
    """What an artifact is: for operators."""

    path: str
    version: str
    hash: str
    bytes: int
    foods: int
    values: int
    nutrients: int
    portions: int
