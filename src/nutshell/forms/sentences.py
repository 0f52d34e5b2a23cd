"""What a person reads at a field that is not right: one sentence a field, which says what to do."""

from nutshell.common.texts import N_

NEEDED = N_("This is needed.")
UNKNOWN = N_("This field is not known here. Remove it.")
TWICE = N_("This field is given twice. Give it once.")
NUMBER = N_("Give a number, such as 1.5 or 1/2.")
TEXT = N_("Give a text.")
CONTROL = N_("Remove the control characters from this text.")
LONG = N_("This text is too long. Shorten it.")
CHOICE = N_("Choose one of the values that are offered.")
DATE = N_("Give a date from 1900 to 2199, as year-month-day.")
TIME = N_("Give a time from 00:00 to 23:59.")
TRUTH = N_("Answer with true or false.")
LIST = N_("Give a list of the right length.")
OTHER = N_("This is not right. Look at it again.")
ID = N_("This is not an id that Nutshell makes.")

AMOUNT = N_("Give an amount above 0 and at most 100,000.")
VALUE = N_("Give a number from 0 to 1,000,000, or leave it empty if you do not know it.")
WATER = N_("Give an amount above 0 and at most 10,000 ml.")
FOOD = N_("This is not the id of a food.")
MEAL = N_("Name a meal in at most 40 characters.")
NAME = N_("Give a name of at most 200 characters.")
ENTRY_NOTE = N_("Keep this note under 500 characters.")
DAY_NOTE = N_("Keep this note under 10,000 characters.")
ENTRIES = N_("Choose between 1 and 500 entries.")
NO_FOOD = N_("Choose at least one food.")
SERVINGS = N_("Give each serving a name and its weight in grams, above 0 and at most 100,000.")
BARCODE = N_("A barcode has 8, 12, 13 or 14 digits. Check them.")
NUTRIENTS = N_("Give the nutrients by their ids, each with a number from 0 to 1,000,000.")
TREND_NUTRIENTS = N_("Choose one to ten nutrients by their ids.")
QUERY = N_("Search for at most 200 characters.")
LIMIT = N_("Ask for 1 to 50 foods.")
LINES = N_("Ask for 1 to 500 lines.")
TOKEN_NAME = N_("Give the token a name of at most 80 characters.")
SCOPES = N_("Choose what the token may reach: all, or collections such as diary:read.")
PASSWORD = N_("Enter your password.")
UNDO_DAYS = N_("Give 0 to 14 days: so long it can be taken back.")
RECOVERY_CODE = N_("Enter your recovery code: eight groups of four signs.")
PRF = N_("Give the 32 bytes of the passkey's PRF in base64url.")
WEEKDAYS = N_("Choose at least one day of the week.")
HEIGHT = N_("Give a height from 30 to 280 cm.")
WEIGHT = N_("Give a weight from 1 to 650 kg.")
BODY_FAT = N_("Give a body fat from 2 to 75 percent.")
BUDGET = N_("Give an energy budget from 300 to 15,000 kcal.")
BMR = N_("Give a resting energy from 200 to 6,000 kcal.")
FACTOR = N_("Give an activity factor from 0 to 2.5.")
RATE = N_("Give a rate from -1.5 to 1.5 kg a week.")
RATIO = N_("Give parts of the energy from 0 to 100 %.")
GRAMS = N_("Give grams from 0 to 3,000 g a day.")
NET_CARBS = N_("Give net carbohydrate from 0 to 100 g a day.")
PROTEIN_PER_KG = N_("Give protein from 0.5 to 4 g per kg of body weight.")
DAY_TAKEN = N_("A day of the week belongs to one plan. Take it out of the other.")
COLLECTIONS = N_("Choose what to share.")
LABEL = N_("Give this a name of 1 to 60 characters, for your own list.")
EMAIL = N_("Give an e-mail address, or none to pass the link on yourself.")
DISPLAY_NAME = N_("Give a name of at most 60 characters, or none.")
LIMITS = N_("Give each limit a nutrient and numbers from 0 to 1,000,000.")
MEALS = N_("Name 1 to 12 meals, each in at most 40 characters.")
ZONE = N_("Choose a time zone from the list.")

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

STUDY_TITLE = N_("Give the study a title of at most 120 characters.")
STUDY_TEXT = N_("Write a text of at most 20,000 characters.")
CONTACT = N_("Say in at most 300 characters whom participants can reach, and how.")
STUDY_NUTRIENTS = N_("Choose one to ten nutrients.")
FILE = N_("Choose a PDF file of at most 1 MB.")
TERMS = N_("Send back the hash of what was read: `terms` of the study.")
ETHICS_NUMBER = N_("Give the number of the approval.")
RECIPIENT = N_("Give the public key that files are encrypted to; it begins with age1.")
PSEUDONYM = N_("Choose one of the participants.")
MESSAGE = N_("Write a message of at most 4,000 characters.")
WISH = N_("Choose whether earlier releases may keep your data.")
CLINIC_NAME = N_("Give the clinic a name of at most 80 characters.")
CLIENT_NAME = N_("Give a name of at most 80 characters.")
GROUP = N_("Give the group a name of at most 40 characters, or none.")
ROLE = N_("Choose a role.")
CLINICAL_NOTE = N_("Write a note of at most 8,000 characters.")
REASON = N_("Say in 10 to 500 characters why it must be opened now. The client reads it.")
COMMENT = N_("Say in at most 500 characters what you found.")
TABLE = N_("Send a table (CSV, UTF-8) with the columns name, email and group.")
CONTACT_NEEDED = N_("Choose somebody with whom you share.")
CONTACT_DAYS = N_("Let them wait 1 to 30 days.")
