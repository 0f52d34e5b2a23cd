import re, time, pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from tests.doors.web.people import *

pytestmark = pytest.mark.django_db(databases=["default", "records"])
FOODS = [
    "sr28:08120",
    "sr28:01123",
    "sr28:09040",
    "sr28:16057",
    "sr28:11457",
    "sr28:11529",
    "sr28:01019",
    "sr28:04053",
    "sr28:18075",
    "sr28:15076",
    "sr28:11356",
    "sr28:11091",
    "sr28:12061",
    "sr28:01116",
]


def test_look(alice):
    for back in range(6):
        for i, f in enumerate(FOODS):
            log(
                alice,
                f,
                "60",
                "g",
                back=back,
                meal=["breakfast", "lunch", "dinner", "snacks"][i // 4],
                time=f"{7 + 4 * (i // 4):02d}:30",
            )
    alice.post(f"{day_url()}/entries", {"name": "Birthday cake at work", "energy": "320", "meal": "snacks"})
    alice.post(
        "/settings/profile",
        {"birth_date": "1992-03-14", "sex": "female", "height": "168", "weight": "62", "activity": "light"},
    )
    r = log(alice, EGG, "2", "1", meal="lunch")
    for url in [
        r.url,
        day_url(),
        day_url(),
        day_url() + "/add",
        day_url() + "/add?q=yogurt&open=sr28:01116",
        day_url() + "/nutrients",
        day_url() + "/nutrients?span=30",
        "/trends?span=365",
        "/foods/sr28:01116",
        "/access",
        "/settings/targets",
        "/settings/profile",
        "/settings",
        "/foods",
    ]:
        with CaptureQueriesContext(connections["default"]) as a, CaptureQueriesContext(connections["records"]) as b:
            t = time.perf_counter()
            r = alice.get(url)
            t = time.perf_counter() - t
        import gzip

        print(
            url.ljust(60)[:60],
            r.status_code,
            len(r.content),
            len(gzip.compress(r.content)),
            "accounts",
            len(a),
            "records",
            len(b),
            f"{t * 1000:.0f} ms",
        )
        name = re.sub(r"\W+", "_", url)[:50]
        open(f"/tmp/web/{name}.html", "w").write(text_of(r))
        if url == day_url():
            for q in a.captured_queries + b.captured_queries:
                print("   ", q["sql"][:150])
