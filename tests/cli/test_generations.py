"""Proves that `models use` changes the models of a shop, goes on after a kill -9, and is refused with what to do."""

import json
import shutil
import time

import pytest
from conftest import DEMO, ROOT, demo_rows, write_csv


@pytest.fixture
def models(tmp_path):
    """The default models, and a second embedder with a version of its own."""
    folder = tmp_path / "models"
    shutil.copytree(ROOT / "models", folder)
    shutil.copytree(folder / "embedder", folder / "second")
    card = folder / "second/model.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"version": "second"}))
    return folder


def vector_logs(shop):
    return sorted(str(log.relative_to(shop.data / "vectors")) for log in shop.data.rglob("vectors.log"))


def test_models_use_embeds_anew_and_is_remembered(shop, tmp_path, models):
    rows = demo_rows(20)
    shop.json("import", write_csv(tmp_path / "feed.csv", rows), "--models", models)
    pictures = shop.json("inspect")["pictures"]
    done = shop.json("models", "use", "second", "--models", models)
    assert done["generation"] == 2 and "@second" in done["embedder"]
    assert done["pictures"] == done["pictures_embedded"] == pictures
    assert "@second" in shop.json("inspect")["embedding_model"]
    assert vector_logs(shop) == ["2/vectors.log"]
    assert shop.run("verify").returncode == 0
    # No model is named: the data folder knows its own.
    answer = shop.json("search", rows[7]["image_link"], "--models", models)
    assert answer["objects"][-1]["products"][0]["id"] == rows[7]["id"]
    assert shop.json("import", tmp_path / "feed.csv", "--models", models)["unchanged"] == 20
    # The same again is nothing to do.
    again = shop.json("models", "use", "second", "--models", models)
    assert again["generation"] == 2 and again["pictures_embedded"] == 0


def test_models_use_takes_the_path_of_a_folder(shop, tmp_path, models):
    shop.json("import", write_csv(tmp_path / "feed.csv", demo_rows(2)))
    assert shop.json("models", "use", models / "second")["generation"] == 2
    assert "@second" in shop.json("inspect")["embedding_model"]
    shop.json("search", demo_rows(1)[0]["image_link"])


def test_models_use_shows_progress_in_lines(shop, tmp_path, models):
    shop.json("import", write_csv(tmp_path / "feed.csv", demo_rows(20)), "--models", models)
    done = shop.run("models", "use", "second", "--models", models)
    assert done.returncode == 0
    last = done.stderr.strip().splitlines()[-1]
    assert "40 of 40 pictures" in last and "left" in last, done.stderr
    assert done.stdout.startswith("generation 2: ")


def test_models_use_goes_on_where_a_killed_one_was(shop, models):
    shop.json("import", DEMO / "catalog.csv", "--models", models)
    pictures = shop.json("inspect")["pictures"]
    changing = shop.start("models", "use", "second", "--models", models)
    log = shop.data / "vectors/2/vectors.log"
    deadline = time.monotonic() + 120
    while changing.poll() is None and time.monotonic() < deadline:
        if log.exists() and log.stat().st_size > 100_000:  # some batches are in
            break
        time.sleep(0.02)
    changing.kill()
    changing.wait()
    # As it was: the old models, all products, sound.
    assert shop.json("inspect")["generation"] == 1
    assert shop.run("verify").returncode == 0
    row = demo_rows(1)[0]
    answer = shop.json("search", row["image_link"], "--models", models)
    assert answer["objects"][-1]["products"][0]["id"] == row["id"]
    # Another writer in between leaves what was begun.
    assert shop.json("import", DEMO / "catalog.csv", "--models", models)["failed"] == 0
    done = shop.json("models", "use", "second", "--models", models)
    assert done["pictures"] == pictures > done["pictures_embedded"] > 0
    assert shop.json("inspect")["generation"] == 2
    assert shop.run("verify").returncode == 0
    assert vector_logs(shop) == ["2/vectors.log"]


def test_models_use_refuses_what_is_no_model(shop, tmp_path, models):
    shop.json("import", write_csv(tmp_path / "feed.csv", demo_rows(1)), "--models", models)
    done = shop.run("models", "use", "nowhere", "--models", models)
    assert done.returncode == 1 and "nowhere" in done.stderr and "models list" in done.stderr
    assert shop.run("models", "use").returncode == 2
