from tests.doors.web.people import *
import pytest
from datetime import timedelta
pytestmark = pytest.mark.django_db(databases=["default", "records"])
def test_x(alice):
    (url,) = entry_urls(text_of(alice.get(log(alice, EGG, "2", "1").url)))
    tomorrow = today() + timedelta(days=1)
    r=alice.post(url, {"act": "weekly", "weekday": [str(tomorrow.weekday())]})
    print(r.status_code, r.get("Location"))
    import re
    print(re.findall(r'class="error"[^>]*>([^<]+)|<p><a href="#f[^>]*>([^<]+)', text_of(r)))
    print("Every week" in text_of(alice.get("/foods")))
    p=text_of(alice.get(day_url(-1))); print(re.findall(r'<section class="again.*?</section>',p, re.S))
