"""`python -m bench`: load, measure, print. `--quick` takes a minute; `--data FOLDER` keeps what was loaded there."""

import shutil
from argparse import ArgumentParser, Namespace
from pathlib import Path

from . import figures
from .figures import Bench
from .load import load
from .plan import Plan
from .product import Product, new_folder
from .stack import Stacked, reachable_folder

NULL = {"PYTHONPATH": str(Path(__file__).parent / "null_envelope")}
ACCEPTED = {**NULL, "NUTSHELL_BENCH_NULL": "accepted"}
SMALL = Plan(people=100)
"""For comparing the real with the null envelope: both databases have the same size."""


def main() -> None:
    wanted = _parsed()
    folder = wanted.data or (reachable_folder() if wanted.stack else new_folder())
    try:
        _figures(folder, wanted)
        if not wanted.only and not wanted.stack:
            _encryption()
    finally:
        if wanted.data is None:
            shutil.rmtree(folder.parent)


def _parsed() -> Namespace:
    parser = ArgumentParser(prog="bench", description="Measures the running product.")
    parser.add_argument("--data", type=Path, help="data folder to load into and to leave; a temporary one without it")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=figures.ROUNDS)
    parser.add_argument("--only", default="", help="measure only the figures with this in their names")
    parser.add_argument("--stack", action="store_true", help="the production stack: PostgreSQL and two nodes")
    parser.add_argument("--quick", action="store_true", help="100 people and one round")
    found = parser.parse_args()
    if found.quick:
        found.people, found.rounds = SMALL.people, 1
    return found


def _figures(folder: Path, wanted: Namespace) -> None:
    product = Stacked(folder) if wanted.stack else Product(folder)
    print(f"first start, food catalog and certificates included: {product.start():.1f} s")
    try:
        bench = Bench(product, load(product, Plan(people=wanted.people)))
    finally:
        product.stop()
    print(f"cold start with this data: {product.start():.1f} s")
    try:
        bench.warm()
        figures.show(bench, wanted.rounds, wanted.only)
        figures.show_page(bench)
        figures.show_memory(product)
    finally:
        product.stop()


def _encryption() -> None:
    """Two products at once, one with the null envelope, measured in turn."""
    _show_refusal()
    products = [Product(new_folder()), Product(new_folder(), ACCEPTED)]
    try:
        for product in products:
            product.start()
        sealed, null = (Bench(product, load(product, SMALL)) for product in products)
        for bench in (sealed, null):
            bench.warm()
        figures.show_encryption(sealed, null)
    finally:
        for product in products:
            product.stop()
            shutil.rmtree(product.data.parent)


def _show_refusal() -> None:
    """The product does not start with the null envelope unless its self-test is silenced as well."""
    product = Product(new_folder(), NULL)
    try:
        product.start()
    except RuntimeError as refused:
        print(f"\nwith the null envelope alone: {str(refused).rpartition('nutshell: ')[2]}")
    else:
        product.stop()
        raise RuntimeError("The product started with a null envelope.")
    finally:
        shutil.rmtree(product.data.parent)


if __name__ == "__main__":
    main()
