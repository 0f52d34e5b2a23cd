"""One loader process: `python -m bench.fill PLAN PART PARTS`, with the settings of the running product."""

import json
import sys

import django
import msgspec

from .plan import Plan

if __name__ == "__main__":
    django.setup(set_prefix=False)
    from . import people

    plan, part, parts = Plan(*json.loads(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
    for number in range(part, plan.people, parts):
        print(msgspec.json.encode(people.made(plan, number)).decode(), flush=True)
