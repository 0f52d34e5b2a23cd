"""Everyday foods of USDA SR28, so that a short query finds what people mean.

The list is ours; the order within it says nothing. Names stand beside the numbers for the reader, and
a test compares them with the source.
"""

_FIRST = """
01001 Butter, salted
01009 Cheese, cheddar
01053 Cream, fluid, heavy whipping
01077 Milk, whole, 3.25% milkfat, with added vitamin D
01085 Milk, nonfat, fluid, with added vitamin A and vitamin D (fat free or skim)
01123 Egg, whole, raw, fresh
01256 Yogurt, Greek, plain, nonfat
02010 Spices, cinnamon, ground
02030 Spices, pepper, black
02046 Mustard, prepared, yellow
02047 Salt, table
04025 Salad dressing, mayonnaise, regular
04053 Oil, olive, salad or cooking
05062 Chicken, broiler or fryers, breast, skinless, boneless, meat only, raw
05064 Chicken, broilers or fryers, breast, meat only, cooked, roasted
05168 Turkey, whole, meat only, cooked, roasted
05305 Ground turkey, raw
06559 Soup, tomato, canned, prepared with equal volume water, commercial
07022 Frankfurter, beef, unheated
07064 Pork sausage, link/patty, cooked, pan-fried
08037 Cereals ready-to-eat, granola, homemade
08120 Cereals, oats, regular and quick, not fortified, dry
09003 Apples, raw, with skin
09037 Avocados, raw, all commercial varieties
09040 Bananas, raw
09050 Blueberries, raw
09070 Cherries, sweet, raw
09132 Grapes, red or green (European type, such as Thompson seedless), raw
09148 Kiwifruit, green, raw
09150 Lemons, raw, without peel
09176 Mangos, raw
09200 Oranges, raw, all commercial varieties
09206 Orange juice, raw
09226 Papayas, raw
09236 Peaches, yellow, raw
09252 Pears, raw
09266 Pineapple, raw, all varieties
09279 Plums, raw
09298 Raisins, seedless
09302 Raspberries, raw
09316 Strawberries, raw
09326 Watermelon, raw
10134 Pork, cured, ham, boneless, extra lean (approximately 5% fat), roasted
10220 Pork, fresh, ground, cooked
10862 Pork, cured, bacon, pre-sliced, cooked, pan-fried
11011 Asparagus, raw
11052 Beans, snap, green, raw
11090 Broccoli, raw
11109 Cabbage, raw
11124 Carrots, raw
11135 Cauliflower, raw
11143 Celery, raw
11167 Corn, sweet, yellow, raw
11205 Cucumber, with peel, raw
11209 Eggplant, raw
11215 Garlic, raw
11233 Kale, raw
11252 Lettuce, iceberg (includes crisphead types), raw
11260 Mushrooms, white, raw
11282 Onions, raw
11304 Peas, green, raw
11333 Peppers, sweet, green, raw
11352 Potatoes, flesh and skin, raw
11403 Potatoes, french fried, all types, salt added in processing, frozen, home-prepared, oven heated
11457 Spinach, raw
11477 Squash, summer, zucchini, includes skin, raw
11507 Sweet potato, raw, unprepared
11529 Tomatoes, red, ripe, raw, year round average
11935 Catsup
12006 Seeds, chia seeds, dried
12014 Seeds, pumpkin and squash seed kernels, dried
12036 Seeds, sunflower seed kernels, dried
12061 Nuts, almonds
12078 Nuts, brazilnuts, dried, unblanched
12087 Nuts, cashew nuts, raw
12120 Nuts, hazelnuts or filberts
12142 Nuts, pecans
12155 Nuts, walnuts, english
12220 Seeds, flaxseed
13454 Beef, top sirloin, steak, separable lean only, trimmed to 0" fat, all grades, cooked, broiled
14003 Alcoholic beverage, beer, regular, all
14084 Alcoholic beverage, wine, table, all
14091 Beverages, almond milk, unsweetened, shelf stable
14096 Alcoholic beverage, wine, table, red
14148 Beverages, carbonated, cola, regular
14209 Beverages, coffee, brewed, prepared with tap water
14355 Beverages, tea, black, brewed, prepared with tap water
14411 Beverages, water, tap, drinking
15088 Fish, sardine, Atlantic, canned in oil, drained solids with bone
15121 Fish, tuna, light, canned in water, drained solids
15151 Crustaceans, shrimp, mixed species, cooked, moist heat (may have been previously frozen)
15236 Fish, salmon, Atlantic, farmed, raw
15237 Fish, salmon, Atlantic, farmed, cooked, dry heat
15262 Fish, tilapia, cooked, dry heat
16015 Beans, black, mature seeds, cooked, boiled, without salt
16057 Chickpeas (garbanzo beans, bengal gram), mature seeds, cooked, boiled, without salt
16070 Lentils, mature seeds, cooked, boiled, without salt
16087 Peanuts, all types, raw
16098 Peanut butter, smooth style, with salt
16120 Soymilk, original and vanilla, unfortified
16123 Soy sauce made from soy and wheat (shoyu)
16137 Hummus, home prepared
16426 Tofu, raw, firm, prepared with calcium sulfate
17225 Lamb, ground, cooked, broiled
18001 Bagels, plain, enriched, with calcium propionate (includes onion, poppy, sesame)
18029 Bread, french or vienna (includes sourdough)
18064 Bread, wheat
18069 Bread, white, commercially prepared (includes soft bread crumbs)
18075 Bread, whole-wheat, commercially prepared
18159 Cookies, chocolate chip, commercially prepared, regular, higher fat, enriched
18239 Croissants, butter
18293 Pancakes, plain, prepared from recipe
18364 Tortillas, ready-to-bake or -fry, flour, refrigerated
18365 Waffles, plain, frozen, ready-to-heat
19034 Snacks, popcorn, air-popped
19080 Candies, semisweet chocolate
19095 Ice creams, vanilla
19120 Candies, milk chocolate
19296 Honey
19335 Sugars, granulated
19411 Snacks, potato chips, plain, salted
19904 Chocolate, dark, 70-85% cacao solids
20038 Oats
20044 Rice, white, long-grain, regular, raw, enriched
20045 Rice, white, long-grain, regular, enriched, cooked
20081 Wheat flour, white, all-purpose, enriched, bleached
20121 Pasta, cooked, enriched, without added salt
20137 Quinoa, cooked
20421 Pasta, cooked, unenriched, without added salt
21107 Fast foods, hamburger; single, regular patty; plain
21299 Fast Food, Pizza Chain, 14" pizza, cheese topping, regular crust
23572 Beef, ground, 80% lean meat / 20% fat, raw
23573 Beef, ground, 80% lean meat / 20% fat, patty, cooked, broiled
"""
"""What a short word means first."""

_NEXT = """
01012 Cheese, cottage, creamed, large or small curd
01015 Cheese, cottage, lowfat, 2% milkfat
01016 Cheese, cottage, lowfat, 1% milkfat
01017 Cheese, cream
01019 Cheese, feta
01022 Cheese, gouda
01026 Cheese, mozzarella, whole milk
01028 Cheese, mozzarella, part skim milk
01029 Cheese, mozzarella, low moisture, part-skim
01032 Cheese, parmesan, grated
01033 Cheese, parmesan, hard
01040 Cheese, swiss
01049 Cream, fluid, half and half
01056 Cream, sour, cultured
01079 Milk, reduced fat, fluid, 2% milkfat, with added vitamin A and vitamin D
01082 Milk, lowfat, fluid, 1% milkfat, with added vitamin A and vitamin D
01088 Milk, buttermilk, fluid, cultured, lowfat
01105 Milk, chocolate beverage, hot cocoa, homemade
01116 Yogurt, plain, whole milk, 8 grams protein per 8 ounce
01117 Yogurt, plain, low fat, 12 grams protein per 8 ounce
01118 Yogurt, plain, skim milk, 13 grams protein per 8 ounce
01124 Egg, white, raw, fresh
01125 Egg, yolk, raw, fresh
01128 Egg, whole, cooked, fried
01129 Egg, whole, cooked, hard-boiled
01130 Egg, whole, cooked, omelet
01131 Egg, whole, cooked, poached
01132 Egg, whole, cooked, scrambled
01145 Butter, without salt
01287 Yogurt, Greek, plain, lowfat
01293 Yogurt, Greek, plain, whole milk
02009 Spices, chili powder
02014 Spices, cumin seed
02015 Spices, curry powder
02021 Spices, ginger, ground
02025 Spices, nutmeg, ground
02027 Spices, oregano, dried
02028 Spices, paprika
02043 Spices, turmeric, ground
02044 Basil, fresh
02048 Vinegar, cider
02050 Vanilla extract
02053 Vinegar, distilled
04042 Oil, peanut, salad or cooking
04044 Oil, soybean, salad or cooking
04047 Oil, coconut
04058 Oil, sesame, salad or cooking
04582 Oil, canola
05011 Chicken, broilers or fryers, meat only, raw
05013 Chicken, broilers or fryers, meat only, roasted
05057 Chicken, broilers or fryers, breast, meat and skin, raw
05060 Chicken, broilers or fryers, breast, meat and skin, cooked, roasted
05066 Chicken, broilers or fryers, drumstick, meat and skin, raw
05069 Chicken, broilers or fryers, drumstick, meat and skin, cooked, roasted
05091 Chicken, broilers or fryers, thigh, meat and skin, raw
05094 Chicken, broilers or fryers, thigh, meat and skin, cooked, roasted
05096 Chicken, broilers or fryers, dark meat, thigh, meat only, raw
05098 Chicken, broilers or fryers, thigh, meat only, cooked, roasted
05100 Chicken, broilers or fryers, wing, meat and skin, raw
05103 Chicken, broilers or fryers, wing, meat and skin, cooked, roasted
05220 Turkey, breast, from whole bird, meat only, roasted
05306 Ground turkey, cooked
05747 Chicken, broiler or fryers, breast, skinless, boneless, meat only, cooked, grilled
06150 Sauce, barbecue
06164 Sauce, salsa, ready-to-serve
06172 Soup, stock, chicken, home-prepared
06194 Soup, chicken broth, ready-to-serve
06419 Soup, chicken noodle, canned, prepared with equal volume water
06931 Sauce, pasta, spaghetti/marinara, ready-to-serve
07013 Bratwurst, pork, cooked
07028 Ham, sliced, packaged (96% fat free, water added)
07029 Ham, sliced, regular (approximately 11% fat)
07057 Pepperoni, beef and pork, sliced
07069 Salami, cooked, beef and pork
07072 Salami, dry or hard, pork, beef
07081 Turkey breast, sliced, prepackaged
08020 Cereals ready-to-eat, KELLOGG, KELLOGG'S Corn Flakes
08029 Cereals ready-to-eat, POST Bran Flakes
08065 Cereals ready-to-eat, KELLOGG, KELLOGG'S RICE KRISPIES
08121 Cereals, oats, regular and quick, unenriched, cooked with water (includes boiling and microwaving), without salt
08123 Cereals, oats, instant, fortified, plain, prepared with water (boiling water added or microwaved)
09004 Apples, raw, without skin
09016 Apple juice, canned or bottled, unsweetened, without added ascorbic acid
09021 Apricots, raw
09042 Blackberries, raw
09078 Cranberries, raw
09079 Cranberries, dried, sweetened
09087 Dates, deglet noor
09089 Figs, raw
09094 Figs, dried, uncooked
09111 Grapefruit, raw, pink and red and white, all areas
09152 Lemon juice, raw
09159 Limes, raw
09160 Lime juice, raw
09181 Melons, cantaloupe, raw
09184 Melons, honeydew, raw
09191 Nectarines, raw
09209 Orange juice, chilled, includes from concentrate
09218 Tangerines, (mandarin oranges), raw
09277 Plantains, raw
09286 Pomegranates, raw
09412 Pears, raw, bartlett
09433 Clementines, raw
10060 Pork, fresh, loin, tenderloin, separable lean only, raw
10061 Pork, fresh, loin, tenderloin, separable lean only, cooked, roasted
10062 Pork, fresh, loin, top loin (chops), boneless, separable lean and fat, raw
10068 Pork, fresh, loin, top loin (chops), boneless, separable lean only, cooked, broiled
10123 Pork, cured, bacon, unprepared
10219 Pork, fresh, ground, raw
11053 Beans, snap, green, cooked, boiled, drained, without salt
11080 Beets, raw
11081 Beets, cooked, boiled, drained
11091 Broccoli, cooked, boiled, drained, without salt
11098 Brussels sprouts, raw
11112 Cabbage, red, raw
11116 Cabbage, chinese (pak-choi), raw
11119 Cabbage, chinese (pe-tsai), raw
11125 Carrots, cooked, boiled, drained, without salt
11165 Coriander (cilantro) leaves, raw
11168 Corn, sweet, yellow, cooked, boiled, drained, without salt
11216 Ginger root, raw
11246 Leeks, (bulb and lower leaf-portion), raw
11251 Lettuce, cos or romaine, raw
11253 Lettuce, green leaf, raw
11278 Okra, raw
11283 Onions, cooked, boiled, drained, without salt
11291 Onions, spring or scallions (includes tops and bulb), raw
11297 Parsley, fresh
11305 Peas, green, cooked, boiled, drained, without salt
11367 Potatoes, boiled, cooked without skin, flesh, without salt
11370 Potatoes, hash brown, home-prepared
11371 Potatoes, mashed, home-prepared, whole milk and margarine added
11422 Pumpkin, raw
11429 Radishes, raw
11458 Spinach, cooked, boiled, drained, without salt
11485 Squash, winter, butternut, raw
11508 Sweet potato, cooked, baked in skin, flesh, without salt
11540 Tomato juice, canned, with salt added
11546 Tomato products, canned, paste, without salt added
11549 Tomato products, canned, sauce
11670 Peppers, hot chili, green, raw
11674 Potatoes, baked, flesh and skin, without salt
11821 Peppers, sweet, red, raw
11937 Pickles, cucumber, dill or kosher dill
11960 Carrots, baby, raw
11979 Peppers, jalapeno, raw
12085 Nuts, cashew nuts, dry roasted, without salt added
12104 Nuts, coconut meat, raw
12117 Nuts, coconut milk, raw (liquid expressed from grated meat and water)
12131 Nuts, macadamia nuts, raw
12135 Nuts, mixed nuts, dry roasted, with peanuts, without salt added
12151 Nuts, pistachio nuts, raw
12166 Seeds, sesame butter, tahini, from roasted and toasted kernels (most common type)
12195 Nuts, almond butter, plain, without salt added
13065 Beef, flank, steak, separable lean and fat, trimmed to 0" fat, choice, raw
14006 Alcoholic beverage, beer, light
14037 Alcoholic beverage, distilled, all (gin, rum, vodka, whiskey) 80 proof
14066 Beverages, Protein powder whey based
14106 Alcoholic beverage, wine, table, white
14136 Beverages, carbonated, ginger ale
14146 Beverages, carbonated, low calorie, cola or pepper-type, with aspartame, without caffeine
14210 Beverages, coffee, brewed, espresso, restaurant-prepared
14214 Beverages, coffee, instant, regular, powder
14242 Cranberry juice cocktail, bottled
14278 Beverages, tea, green, brewed, regular
14293 Lemonade, frozen concentrate, white, prepared with water
14381 Beverages, tea, herb, other than chamomile, brewed
14429 Beverages, water, tap, municipal
14555 Water, bottled, generic
15015 Fish, cod, Atlantic, raw
15016 Fish, cod, Atlantic, cooked, dry heat
15046 Fish, mackerel, Atlantic, raw
15050 Fish, mackerel, Pacific and jack, mixed species, raw
15076 Fish, salmon, Atlantic, wild, raw
15085 Fish, salmon, sockeye, raw
15086 Fish, salmon, sockeye, cooked, dry heat
15110 Fish, swordfish, raw
15117 Fish, tuna, fresh, bluefin, raw
15119 Fish, tuna, light, canned in oil, drained solids
15127 Fish, tuna, fresh, yellowfin, raw
15147 Crustaceans, lobster, northern, raw
15149 Crustaceans, shrimp, mixed species, raw (may have been previously frozen)
15157 Mollusks, clam, mixed species, raw
15164 Mollusks, mussel, blue, raw
15167 Mollusks, oyster, eastern, wild, raw
16006 Beans, baked, canned, plain or vegetarian
16028 Beans, kidney, all types, mature seeds, cooked, boiled, without salt
16033 Beans, kidney, red, mature seeds, cooked, boiled, without salt
16043 Beans, pinto, mature seeds, cooked, boiled, without salt
16056 Chickpeas (garbanzo beans, bengal gram), mature seeds, raw
16069 Lentils, raw
16085 Peas, green, split, mature seeds, raw
16107 Sausage, meatless
16112 Miso
16127 Tofu, soft, prepared with calcium sulfate and magnesium chloride (nigari)
16139 Soymilk, original and vanilla, with added calcium, vitamins A and D
16390 Peanuts, all types, dry-roasted, without salt
16397 Peanut butter, chunk style, without salt
16424 Soy sauce made from soy and wheat (shoyu), low sodium
17224 Lamb, ground, raw
18033 Bread, italian
18036 Bread, multi-grain, toasted (includes whole-grain)
18041 Bread, pita, white, enriched
18042 Bread, pita, whole-wheat
18060 Bread, rye
18070 Bread, white, commercially prepared, toasted
18076 Bread, whole-wheat, commercially prepared, toasted
18079 Bread crumbs, dry, grated, plain
18151 Cookies, brownies, commercially prepared
18178 Cookies, oatmeal, commercially prepared, regular
18228 Crackers, saltines (includes oyster, soda, soup)
18235 Crackers, whole-wheat
18274 Muffins, blueberry, commercially prepared (Includes mini-muffins)
18342 Rolls, dinner, plain, commercially prepared (includes brown-and-serve)
18363 Tortillas, ready-to-bake or -fry, corn
18367 Waffles, plain, prepared from recipe
19015 Snacks, granola bars, hard, plain
19047 Snacks, pretzels, hard, plain, salted
19056 Snacks, tortilla chips, plain, white corn, salted
19125 Chocolate-flavored hazelnut spread
19165 Cocoa, dry powder, unsweetened
19270 Ice creams, chocolate
19297 Jams and preserves
19300 Jellies
19334 Sugars, brown
19336 Sugars, powdered
19353 Syrups, maple
19912 Sweetener, syrup, agave
20006 Barley, pearled, cooked
20013 Bulgur, cooked
20027 Cornstarch
20029 Couscous, cooked
20035 Quinoa, uncooked
20036 Rice, brown, long-grain, raw
20037 Rice, brown, long-grain, cooked
20040 Rice, brown, medium-grain, raw
20080 Wheat flour, whole-grain
20110 Noodles, egg, enriched, cooked
20120 Pasta, dry, enriched
20134 Rice noodles, cooked
20420 Pasta, dry, unenriched
21089 Fast foods, cheeseburger; single, regular patty; plain
21138 Fast foods, potato, french fried in vegetable oil
21224 Pizza, cheese topping, regular crust, frozen, cooked
21302 Fast Food, Pizza Chain, 14" pizza, pepperoni topping, regular crust
23557 Beef, ground, 95% lean meat / 5% fat, raw
23562 Beef, ground, 90% lean meat / 10% fat, raw
23567 Beef, ground, 85% lean meat / 15% fat, raw
23568 Beef, ground, 85% lean meat / 15% fat, patty, cooked, broiled
"""
"""Other forms and foods that are logged often."""


def _numbers(text: str) -> list[str]:
    return [line[:5] for line in text.split("\n") if line]


EVERYDAY: dict[str, int] = dict.fromkeys(_numbers(_NEXT), 200) | dict.fromkeys(_numbers(_FIRST), 400)
"""NDB number → what is added to a food's score."""
