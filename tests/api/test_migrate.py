"""A shop moves from its data folder to a real PostgreSQL and a real Milvus while it answers and changes, and back."""

import json
import pathlib
import subprocess

import pytest

from answers import found_ids, product_id
from pictures import PRODUCTS, photo
from postgres import find_programs
from program import PATIENCE_S, PROGRAM, Server

pytestmark = pytest.mark.skipif(find_programs() is None, reason="no PostgreSQL (Debian's package postgresql)")

PRODUCT = {"category": "Shapes", "price": "10.50", "currency": "EUR", "availability": "in_stock"}


def migrate(data: pathlib.Path, to: pathlib.Path, to_data: pathlib.Path, *options: object) -> dict:
    done = subprocess.run([PROGRAM, "migrate", "--json", "--data", data, "--to", to, "--to-data", to_data, *options],
                          capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def answers(server: Server) -> list[dict]:
    """What shoppers get, without what differs from run to run."""
    found = []
    for name in PRODUCTS:
        products = server.search(photo(name), k=4).json()["objects"][-1]["products"]
        found.append([{key: product[key] for key in ("id", "titles", "price", "category") if key in product}
                      for product in products])
    return found


def test_a_shop_moves_to_a_cluster_while_it_answers_and_back(cluster: pathlib.Path, tmp_path: pathlib.Path):
    old = Server(tmp_path / "old")
    for name in PRODUCTS:
        assert old.put(product_id(name), PRODUCT | {"title": name}, photo(name)).status == 201

    first = migrate(old.data, cluster, tmp_path / "new")
    assert first["products"] == first["products_written"] == len(PRODUCTS)
    assert first["vectors"] == first["vectors_written"] > 0 and first["same_hits"] == 1

    # Meanwhile the old shop went on: a product came, one went, one has another picture, one another price.
    assert old.put("late", PRODUCT | {"title": "late"}, photo(PRODUCTS[0])).status == 201
    assert old.ask("DELETE", f"/v1/products/{product_id(PRODUCTS[1])}").status == 204
    assert old.put(product_id(PRODUCTS[2]), PRODUCT | {"title": "other"}, photo(PRODUCTS[3])).status == 200
    assert old.put(product_id(PRODUCTS[4]), PRODUCT | {"title": PRODUCTS[4], "price": "1.00"},
                   photo(PRODUCTS[4])).status == 200
    again = migrate(old.data, cluster, tmp_path / "new")
    assert (again["products"], again["products_written"], again["products_removed"]) == (len(PRODUCTS), 3, 1)
    assert 0 < again["vectors_written"] < again["vectors"]
    assert migrate(old.data, cluster, tmp_path / "new")["products_written"] == 0

    new = Server(tmp_path / "new", "--config", cluster)
    assert answers(new) == answers(old)
    assert new.stop() == 0 and old.stop() == 0

    folder = tmp_path / "folder.toml"
    folder.write_text('vectors = "embedded"\nproducts = "sqlite"\n')
    back = migrate(tmp_path / "new", folder, tmp_path / "back", "--config", cluster)
    assert back["products_written"] == len(PRODUCTS) and back["same_hits"] == 1
    third = Server(tmp_path / "back")
    assert [found_ids(third.search(photo(name), k=1).json()) for name in PRODUCTS[:1]]
    assert third.stop() == 0


def test_a_move_that_was_cut_off_goes_on(cluster: pathlib.Path, tmp_path: pathlib.Path):
    old = Server(tmp_path / "old")
    for number in range(40):
        name = PRODUCTS[number % len(PRODUCTS)]
        assert old.put(f"p{number}", PRODUCT | {"title": name}, photo(name)).status == 201
    assert old.stop() == 0
    running = subprocess.Popen([PROGRAM, "migrate", "--data", old.data, "--to", cluster, "--to-data", tmp_path / "new"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    running.stderr.readline()  # the first progress
    running.kill()
    running.communicate()
    done = migrate(old.data, cluster, tmp_path / "new")
    assert done["products"] == 40 and done["same_hits"] == 1
    checked = subprocess.run([PROGRAM, "verify", "--data", tmp_path / "new", "--config", cluster], capture_output=True,
                             text=True, timeout=PATIENCE_S)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_shop_of_other_models_is_not_written_over(tmp_path: pathlib.Path):
    folder = tmp_path / "folder.toml"
    folder.write_text('products = "sqlite"\n')
    done = subprocess.run([PROGRAM, "migrate", "--data", tmp_path / "none", "--to", folder, "--to-data", tmp_path / "new"],
                          capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 1 and str(tmp_path / "none") in done.stderr
