"""One server with a few drawn products for most tests; a test that needs another starts its own."""

import json
import pathlib
import shutil

import pytest

from answers import product_id
from milvus import Milvus, milvus_server
from pictures import PRODUCTS, photo
from postgres import Postgres, postgres_server
from program import ROOT, Schemas, Server


@pytest.fixture(scope="session")
def import_root(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("feeds")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, import_root: pathlib.Path):
    web = tmp_path_factory.mktemp("web")
    (web / "index.html").write_text("<!doctype html><title>shop</title>")
    running = Server(tmp_path_factory.mktemp("shop") / "data", "--import-root", import_root, "--web", web)
    for number, name in enumerate(PRODUCTS):
        answer = running.put(product_id(name), {
            "title": name, "category": "Shapes > " + name.split()[1], "brand": "Brush" if number % 2 else "Pen",
            "color": name.split()[0].capitalize() + ("/White" if number in (0, 2) else ""),
            "price": f"{10 + number}.50", "currency": "EUR",
            "availability": "out_of_stock" if number == 0 else "in_stock"}, photo(name))
        assert answer.status == 201, answer.body
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture(scope="session")
def schemas(server: Server) -> Schemas:
    return Schemas(server.get("/openapi.json").json())


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The default models, and a second embedder with a version of its own."""
    folder = tmp_path_factory.mktemp("models") / "models"
    shutil.copytree(ROOT / "models", folder)
    shutil.copytree(folder / "embedder", folder / "second")
    card = folder / "second/model.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"version": "second"}))
    return folder


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory):
    with milvus_server(tmp_path_factory.mktemp("milvus") / "server") as running:
        if running.missing:
            pytest.skip(running.missing)
        yield running


@pytest.fixture
def database():
    with postgres_server() as running:
        yield running


@pytest.fixture
def cluster(milvus: Milvus, database: Postgres, tmp_path: pathlib.Path) -> pathlib.Path:
    """The config file of a shop on both, which is new for each test."""
    path = tmp_path / "cluster.toml"
    path.write_text(f'''
vectors = "milvus"
products = "postgres"
[postgres]
url = "{database.url()}"
recover_wait_ms = 60000
''' + milvus.config(collection=f"shop_{database.port}"))
    return path
