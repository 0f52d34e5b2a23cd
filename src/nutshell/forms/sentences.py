"""What a person reads at a field that is not right: one sentence a field, which says what to do."""

NEEDED = "This is needed."
UNKNOWN = "This field is not known here. Remove it."
TWICE = "This field is given twice. Give it once."
NUMBER = "Give a number, such as 1.5 or 1/2."
TEXT = "Give a text."
CONTROL = "Remove the control characters from this text."
LONG = "This text is too long. Shorten it."
CHOICE = "Choose one of the values that are offered."
DATE = "Give a date from 1900 to 2199, as year-month-day."
TIME = "Give a time from 00:00 to 23:59."
TRUTH = "Answer with true or false."
LIST = "Give a list of the right length."
OTHER = "This is not right. Look at it again."
ID = "This is not an id that Nutshell makes."

AMOUNT = "Give an amount above 0 and at most 100,000."
VALUE = "Give a number from 0 to 1,000,000, or leave it empty if you do not know it."
WATER = "Give an amount above 0 and at most 10,000 ml."
FOOD = "This is not the id of a food."
MEAL = "Name a meal in at most 40 characters."
NAME = "Give a name of at most 200 characters."
ENTRY_NOTE = "Keep this note under 500 characters."
DAY_NOTE = "Keep this note under 10,000 characters."
ENTRIES = "Choose between 1 and 500 entries."
NO_FOOD = "Choose at least one food."
SERVINGS = "Give each serving a name and its weight in grams, above 0 and at most 100,000."
BARCODE = "A barcode has 8, 12, 13 or 14 digits. Check them."
NUTRIENTS = "Give the nutrients by their ids, each with a number from 0 to 1,000,000."
TREND_NUTRIENTS = "Choose one to ten nutrients by their ids."
QUERY = "Search for at most 200 characters."
LIMIT = "Ask for 1 to 50 foods."
TOKEN_NAME = "Give the token a name of at most 80 characters."  # noqa: S105
SCOPES = "Choose what the token may reach: all, or collections such as diary:read."
PASSWORD = "Enter your password."  # noqa: S105
WEEKDAYS = "Choose at least one day of the week."
HEIGHT = "Give a height from 30 to 280 cm."
WEIGHT = "Give a weight from 1 to 650 kg."
BODY_FAT = "Give a body fat from 2 to 75 percent."
BUDGET = "Give an energy budget from 300 to 15,000 kcal."
BMR = "Give a resting energy from 200 to 6,000 kcal."
FACTOR = "Give an activity factor from 0 to 2.5."
RATE = "Give a rate from -1.5 to 1.5 kg a week."
RATIO = "Give parts of the energy from 0 to 100 %."
GRAMS = "Give grams from 0 to 3,000 g a day."
NET_CARBS = "Give net carbohydrate from 0 to 100 g a day."
PROTEIN_PER_KG = "Give protein from 0.5 to 4 g per kg of body weight."
DAY_TAKEN = "A day of the week belongs to one plan. Take it out of the other."
DISPLAY_NAME = "Give a name of at most 60 characters, or none."
LIMITS = "Give each limit a nutrient and numbers from 0 to 1,000,000."
MEALS = "Name 1 to 12 meals, each in at most 40 characters."
ZONE = "Choose a time zone from the list."

BY_FIELD = {
    "height": HEIGHT,
    "weight": WEIGHT,
    "goal_weight": WEIGHT,
    "body_fat": BODY_FAT,
    "own_budget": BUDGET,
    "own_bmr": BMR,
    "activity_factor": FACTOR,
    "rate": RATE,
    "limits": LIMITS,
    "meals": MEALS,
    "zone": ZONE,
}
"""For types of other rooms, which carry limits but no sentences."""
