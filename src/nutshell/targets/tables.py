"""The published reference intakes, re-keyed as facts, in the units of the tracked nutrients (SR28's).

How to read a line: nutrient ids, then for males, `;` females, `;` pregnancy, `;` lactation the steps
`from-age:value` in years of age (0.5: from six completed months, the tables' "7-12 months"). A missing age before
the first step means that there is no value. Females follow the males until their own first step; an empty
pregnancy or lactation part follows the females. A `*` marks an adequate intake (AI); `20-35` is a range.
`675,omega6` gives one line to two nutrients: the tables mean linoleic acid by "n-6 fatty acids".
"""

# RDA and AI per day. Dietary Reference Intakes, National Academies (NASEM, formerly IOM): calcium and vitamin D 2011;
# sodium and potassium 2019 (those of 2005 are withdrawn); water 2005; fibre, fatty acids, carbohydrate, protein
# 2002/2005; B vitamins and choline 1998; vitamins C and E, selenium 2000; vitamins A and K and trace elements 2001;
# magnesium, phosphorus, fluoride 1997. Fluoride in ug, copper in mg, water in g. The RDA of niacin is in niacin
# equivalents, that of vitamin E in alpha-tocopherol. Chloride, boron, nickel and vanadium are not tracked.
DRI_RDA = """
255 0:700* 0.5:800* 1:1300* 4:1700* 9:2400* 14:3300* 19:3700* ; 9:2100* 14:2300* 19:2700* ; 3000* ; 3800*
205 0:60* 0.5:95* 1:130 ; ; 175 ; 210
291 1:19* 4:25* 9:31* 14:38* 51:30* ; 9:26* 19:25* 51:21* ; 28* ; 29*
204 0:31* 0.5:30* 1:-
675,omega6 0:4.4* 0.5:4.6* 1:7* 4:10* 9:12* 14:16* 19:17* 51:14* ; 9:10* 14:11* 19:12* 51:11* ; 13* ; 13*
851,omega3 0:0.5* 1:0.7* 4:0.9* 9:1.2* 14:1.6* ; 9:1* 14:1.1* ; 1.4* ; 1.3*
203 0:9.1* 0.5:11 1:13 4:19 9:34 14:52 19:56 ; 14:46 ; 71 ; 71
320 0:400* 0.5:500* 1:300 4:400 9:600 14:900 ; 14:700 ; 14:750 19:770 ; 14:1200 19:1300
401 0:40* 0.5:50* 1:15 4:25 9:45 14:75 19:90 ; 14:65 19:75 ; 14:80 19:85 ; 14:115 19:120
328 0:10* 1:15 71:20
323 0:4* 0.5:5* 1:6 4:7 9:11 14:15 ; ; ; 19
430 0:2* 0.5:2.5* 1:30* 4:55* 9:60* 14:75* 19:120* ; 19:90*
404 0:0.2* 0.5:0.3* 1:0.5 4:0.6 9:0.9 14:1.2 ; 14:1 19:1.1 ; 1.4 ; 1.4
405 0:0.3* 0.5:0.4* 1:0.5 4:0.6 9:0.9 14:1.3 ; 14:1 19:1.1 ; 1.4 ; 1.6
406 0:2* 0.5:4* 1:6 4:8 9:12 14:16 ; 14:14 ; 18 ; 17
410 0:1.7* 0.5:1.8* 1:2* 4:3* 9:4* 14:5* ; ; 6* ; 7*
415 0:0.1* 0.5:0.3* 1:0.5 4:0.6 9:1 14:1.3 51:1.7 ; 14:1.2 19:1.3 51:1.5 ; 1.9 ; 2
416 0:5* 0.5:6* 1:8* 4:12* 9:20* 14:25* 19:30* ; ; 30* ; 35*
418 0:0.4* 0.5:0.5* 1:0.9 4:1.2 9:1.8 14:2.4 ; ; 2.6 ; 2.8
435 0:65* 0.5:80* 1:150 4:200 9:300 14:400 ; ; 600 ; 500
421 0:125* 0.5:150* 1:200* 4:250* 9:375* 14:550* ; 14:400* 19:425* ; 450* ; 550*
301 0:200* 0.5:260* 1:700 4:1000 9:1300 19:1000 71:1200 ; 51:1200
310 0:0.2* 0.5:5.5* 1:11* 4:15* 9:25* 14:35* 51:30* ; 9:21* 14:24* 19:25* 51:20* ; 14:29* 19:30* ; 14:44* 19:45*
312 0:0.2* 0.5:0.22* 1:0.34 4:0.44 9:0.7 14:0.89 19:0.9 ; ; 1 ; 1.3
313 0:10* 0.5:500* 1:700* 4:1000* 9:2000* 14:3000* 19:4000* ; 19:3000*
314 0:110* 0.5:130* 1:90 9:120 14:150 ; ; 220 ; 290
303 0:0.27* 0.5:11 1:7 4:10 9:8 14:11 19:8 ; 14:15 19:18 51:8 ; 27 ; 14:10 19:9
304 0:30* 0.5:75* 1:80 4:130 9:240 14:410 19:400 31:420 ; 14:360 19:310 31:320 ; 14:400 19:350 31:360
315 0:0.003* 0.5:0.6* 1:1.2* 4:1.5* 9:1.9* 14:2.2* 19:2.3* ; 9:1.6* 19:1.8* ; 2* ; 2.6*
316 0:2* 0.5:3* 1:17 4:22 9:34 14:43 19:45 ; ; 50 ; 50
305 0:100* 0.5:275* 1:460 4:500 9:1250 19:700
306 0:400* 0.5:860* 1:2000* 4:2300* 9:2500* 14:3000* 19:3400* ; 9:2300* 19:2600* ; 14:2600* 19:2900* ; 14:2500* 19:2800*
317 0:15* 0.5:20* 1:20 4:30 9:40 14:55 ; ; 60 ; 70
307 0:110* 0.5:370* 1:800* 4:1000* 9:1200* 14:1500*
309 0:2* 0.5:3 4:5 9:8 14:11 ; 14:9 19:8 ; 14:12 19:11 ; 14:13 19:12
"""

# RDA (0-6 months: AI) in g per kg body weight and day: protein and indispensable amino acids that stand alone in the
# table (it gives methionine only with cysteine, phenylalanine only with tyrosine). IOM 2002/2005, chapter 10.
DRI_PER_KG = """
203 0:1.52* 0.5:1.2 1:1.05 4:0.95 14:0.85 19:0.8 ; ; 1.1 ; 1.3
501 0:0.028* 0.5:0.013 1:0.008 4:0.006 19:0.005 ; 14:0.005 ; 0.007 ; 0.009
502 0:0.073* 0.5:0.049 1:0.032 4:0.024 14:0.022 19:0.02 ; 9:0.022 14:0.021 19:0.02 ; 0.026 ; 0.03
503 0:0.088* 0.5:0.043 1:0.028 4:0.022 14:0.021 19:0.019 ; 9:0.021 14:0.019 ; 0.025 ; 0.03
504 0:0.156* 0.5:0.093 1:0.063 4:0.049 14:0.047 19:0.042 ; 9:0.047 14:0.044 19:0.042 ; 0.056 ; 0.062
505 0:0.107* 0.5:0.089 1:0.058 4:0.046 14:0.043 19:0.038 ; 9:0.043 14:0.04 19:0.038 ; 0.051 ; 0.052
510 0:0.087* 0.5:0.058 1:0.037 4:0.028 14:0.027 19:0.024 ; 9:0.027 14:0.024 ; 0.031 ; 0.035
512 0:0.036* 0.5:0.032 1:0.021 4:0.016 9:0.017 14:0.015 19:0.014 ; 9:0.015 14:0.014 ; 0.018 ; 0.019
"""

# Acceptable macronutrient distribution ranges, percent of the energy. IOM 2002/2005, chapter 11.
DRI_SHARE = """
203 1:5-20 4:10-30 19:10-35
205 1:45-65
204 1:30-40 4:25-35 19:20-35
"""

# UL: what everybody eats and drinks, supplements included. Retinol is preformed vitamin A, folic acid (431) the added
# form of folate, so their limits count all of it.
DRI_UL = """
319 0:600 4:900 9:1700 14:2800 19:3000
401 1:400 4:650 9:1200 14:1800 19:2000
328 0:25 0.5:38 1:63 4:75 9:100
415 1:30 4:40 9:60 14:80 19:100
431 1:300 4:400 9:600 14:800 19:1000
421 1:1000 9:2000 14:3000 19:3500
301 0:1000 0.5:1500 1:2500 9:3000 19:2500 51:2000
312 1:1 4:3 9:5 14:8 19:10
313 0:700 0.5:900 1:1300 4:2200 9:10000
314 1:200 4:300 9:600 14:900 19:1100
303 0:40 14:45
315 1:2 4:3 9:6 14:9 19:11
316 1:300 4:600 9:1100 14:1700 19:2000
305 1:3000 9:4000 71:3000 ; ; 3500
317 0:45 0.5:60 1:90 4:150 9:280 14:400
309 0:4 0.5:5 1:7 4:12 9:23 14:34 19:40
"""

# UL of preformed vitamin A, of synthetic vitamin E, niacin and folic acid, and of magnesium from supplements only:
# a day's total of the nutrient must not be held against them.
DRI_SUPPLEMENT_UL = """
320 0:600 4:900 9:1700 14:2800 19:3000
323 1:200 4:300 9:600 14:800 19:1000
406 1:10 4:15 9:20 14:30 19:35
435 1:300 4:400 9:600 14:800 19:1000
304 1:65 4:110 9:350
"""

# Chronic disease risk reduction intake: reduce intakes above it. NASEM 2019.
DRI_CDRR = """
307 1:1200 4:1500 9:1800 14:2300
"""

# PRI and AI per day. EFSA, Dietary reference values for nutrients: summary report (2017, updated 2019); nothing below
# six months. Zinc at 600 mg phytate a day, a mixed diet; iron of women from 51 is that after the menopause; sodium from
# one year stands with the maxima ("safe and adequate"). DHA alone has a value to 24 months only (EFSA 2010, fats).
EFSA_PRI = """
255 0.5:900* 1:1150* 2:1300* 4:1600* 9:2100* 14:2500* ; 9:1900* 14:2000* ; 2300* ; 2700*
291 1:10* 4:14* 7:16* 11:19* 15:21* 18:25*
320 0.5:250 4:300 7:400 11:600 15:750 ; 15:650 ; 700 ; 1300
401 0.5:20 4:30 7:45 11:70 15:100 18:110 ; 15:90 18:95 ; 105 ; 155
328 0.5:10* 1:15*
323 0.5:5* 1:6* 3:9* 10:13* ; 10:11*
430 0.5:10* 1:12* 4:20* 7:30* 11:45* 15:65* 18:70*
405 0.5:0.4* 1:0.6 4:0.7 7:1 11:1.4 15:1.6 ; ; 1.9 ; 2
410 0.5:3* 1:4* 11:5* ; ; 5* ; 7*
415 0.5:0.3* 1:0.6 4:0.7 7:1 11:1.4 15:1.7 ; 15:1.6 ; 1.8 ; 1.7
416 0.5:6* 1:20* 4:25* 11:35* 18:40* ; ; 40* ; 45*
418 0.5:1.5* 7:2.5* 11:3.5* 15:4* ; ; 4.5* ; 5*
435 0.5:80* 1:120 4:140 7:200 11:270 15:330 ; ; 600* ; 500
421 0.5:160* 1:140* 4:170* 7:250* 11:340* 15:400* ; ; 480* ; 520*
301 0.5:280* 1:450 4:800 11:1150 18:1000 25:950
312 0.5:0.4* 1:0.7* 3:1* 10:1.3* 18:1.6* ; 10:1.1* 18:1.3* ; 1.5* ; 1.5*
313 0.5:400* 1:600* 4:1000* 7:1500* 11:2200* 15:3200* 18:3400* ; 4:900* 7:1400* 11:2300* 15:2800* 18:2900*
314 0.5:70* 1:90* 11:120* 15:130* 18:150* ; ; 200* ; 200*
303 0.5:11 1:7 7:11 ; 12:13 18:16 51:11 ; 16 ; 16
304 0.5:80* 1:170* 3:230* 10:300* 18:350* ; 10:250* 18:300*
315 0.5:0.25* 1:0.5* 4:1* 7:1.5* 11:2* 15:3*
316 0.5:10* 1:15* 4:20* 7:30* 11:45* 15:65*
305 0.5:160* 1:250* 4:440* 11:640* 18:550*
306 0.5:750* 1:800* 4:1100* 7:1800* 11:2700* 15:3500* ; ; 3500* ; 4000*
307 0.5:200* 1:-
317 0.5:15* 4:20* 7:35* 11:55* 15:70* ; ; 70* ; 85*
309 0.5:2.9 1:4.3 4:5.5 7:7.4 11:10.7 15:14.2 18:11.7 ; 15:11.9 18:9.3 ; 10.9 ; 12.2
621 0.5:0.1* 2:-
"""

# PRI of protein in g per kg body weight and day; what pregnancy and lactation add stands in EFSA_PROTEIN_EXTRA.
EFSA_PER_KG = """
203 0.5:1.31 1:1.14 1.5:1.03 2:0.97 3:0.9 4:0.86 5:0.85 6:0.89 7:0.91 8:0.92 10:0.91 12:0.9 14:0.89 15:0.88 16:0.87 17:0.86 18:0.83 ; 11:0.9 12:0.89 13:0.88 14:0.87 15:0.85 16:0.84 17:0.83
"""  # noqa: E501 - one line a nutrient

# PRI in mg per MJ of energy that the body needs: thiamin, niacin (equivalents).
EFSA_PER_MJ = """
404 0.5:0.1
406 0.5:1.6
"""

# Reference intake ranges and AI, percent of the energy.
EFSA_SHARE = """
205 1:45-60
204 0.5:40* 1:35-40 4:20-35
675,omega6 0.5:4*
851,omega3 0.5:0.5*
"""

# UL. SCF and EFSA, Overview on tolerable upper intake levels (version 4, 2018), with the opinions of 2023 and 2024 on
# vitamins A, B6, D and E, folate and selenium, and of 2025 on fluoride (EFSA Journal 23(7):9478). Calcium and copper:
# adults; copper not in pregnancy and lactation.
# Niacin has two limits that differ ninetyfold by form, so none is given here.
EFSA_UL = """
319 0.5:600 1:800 4:1100 7:1500 11:2000 15:2600 18:3000
328 0:25 0.5:35 1:50 11:100
323 0.5:60 1:100 4:120 7:160 11:220 15:260 18:300
415 0.5:2.5 1:3.2 4:4.5 7:6.1 11:8.6 15:10.7 18:12
431 0.5:200 4:300 7:400 11:600 15:800 18:1000
301 18:2500
312 1:1 4:2 7:3 11:4 18:5 ; ; 0:- ; 0:-
313 0:1000 1:1600 4:2000 9:-
314 1:200 4:250 7:300 11:450 15:500 18:600
316 1:100 4:200 7:250 11:400 15:500 18:600
317 0.5:55 1:70 4:95 7:130 11:180 15:230 18:255
309 1:7 4:10 7:13 11:18 15:22 18:25
"""

EFSA_SUPPLEMENT_UL = """
320 0.5:600 1:800 4:1100 7:1500 11:2000 15:2600 18:3000
435 0.5:200 4:300 7:400 11:600 15:800 18:1000
304 4:250
"""

# Safe levels of intake, where the data gave no UL: iron 2024, manganese 2023 (adults), fluoride 2025 (above 8 years).
EFSA_SAFE = """
313 9:3300
303 1:10 4:15 7:20 11:30 15:35 18:40
315 18:8
"""

# Safe and adequate intake of sodium, EFSA 2019: an adequate intake that is also not to be passed.
EFSA_SODIUM = """
307 1:1100 4:1300 7:1700 11:2000
"""

# Caffeine of adults in mg, EFSA 2015 (safety of caffeine). No other body of the two has a figure, so both use it.
CAFFEINE_SAFE = """
262 18:400 ; ; 200 ; 200
"""

# Saturated fatty acids at most this percentage of the energy from two years of age, WHO guideline 2023; DRI and EFSA
# say "as low as possible".
WHO_SHARE = """
606 2:0-10
"""
