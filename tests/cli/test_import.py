"""Proves what `snapshelf import` promises: nothing lost, nothing done twice, bad input reported and passed over."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time

import pytest
from conftest import DEMO, demo_rows, write_csv


def test_adds_every_product_once(shop, tmp_path):
    feed = write_csv(tmp_path / "feed.csv", demo_rows(12))
    summary = shop.json("import", feed)
    assert (summary["added"], summary["failed"]) == (12, 0)
    assert shop.json("inspect")["products"] == 12
    assert shop.run("verify").returncode == 0


def test_embeds_nothing_again_when_nothing_changed(shop, tmp_path):
    feed = write_csv(tmp_path / "feed.csv", demo_rows(6))
    shop.json("import", feed)
    again = shop.json("import", feed)
    assert (again["unchanged"], again["added"], again["updated"], again["pictures_embedded"]) == (6, 0, 0, 0)


def test_does_not_embed_a_picture_again_that_only_moved(shop, tmp_path):
    rows = demo_rows(3)
    shop.json("import", write_csv(tmp_path / "feed.csv", rows))
    for row in rows:
        row["image_link"] = shutil.copy(row["image_link"], tmp_path)
    again = shop.json("import", write_csv(tmp_path / "moved.csv", rows))
    assert (again["unchanged"], again["pictures_embedded"]) == (3, 0)


def test_updates_a_changed_row_without_embedding(shop, tmp_path):
    rows = demo_rows(3)
    shop.json("import", write_csv(tmp_path / "feed.csv", rows))
    rows[1]["price"] = "1.23"
    again = shop.json("import", write_csv(tmp_path / "feed2.csv", rows))
    assert (again["updated"], again["unchanged"], again["pictures_embedded"]) == (1, 2, 0)


def test_replaces_the_vectors_of_a_changed_picture(shop, tmp_path):
    rows = demo_rows(2)
    for row in rows:
        row["additional_image_link"] = ""
    picture = tmp_path / "changing.jpg"
    shutil.copy(rows[0]["image_link"], picture)
    rows[0]["image_link"] = str(picture)
    feed = write_csv(tmp_path / "feed.csv", rows)
    shop.json("import", feed)
    other = demo_rows(40)[39]["image_link"]
    shutil.copy(other, picture)
    again = shop.json("import", feed)
    assert (again["updated"], again["pictures_embedded"]) == (1, 1)
    found = shop.json("search", other, "--whole", "-k", "1")["objects"][-1]["products"][0]
    assert found["id"] == rows[0]["id"] and found["score"] > 0.99
    assert shop.run("verify").returncode == 0


def test_removes_what_the_feed_no_longer_has(shop, tmp_path):
    rows = demo_rows(5)
    shop.json("import", write_csv(tmp_path / "feed.csv", rows))
    done = shop.json("import", write_csv(tmp_path / "less.csv", rows[:3]), "--remove-missing")
    assert (done["unchanged"], done["removed"]) == (3, 2)
    assert shop.json("inspect")["products"] == 3
    assert shop.run("verify").returncode == 0


def test_keeps_everything_when_the_feed_is_empty(shop, tmp_path):
    rows = demo_rows(2)
    shop.json("import", write_csv(tmp_path / "feed.csv", rows))
    (tmp_path / "empty.csv").write_text("id,title,image_link\n")
    done = shop.run("import", tmp_path / "empty.csv", "--remove-missing")
    assert done.returncode == 1 and "empty" in done.stderr
    assert shop.json("inspect")["products"] == 2


def test_reads_jsonl(shop, tmp_path):
    rows = demo_rows(3)
    lines = [{**row, "additional_image_link": row["additional_image_link"].split("|")} for row in rows]
    lines[0]["title"] = {"en": "A thing", "de": "Ein Ding"}
    feed = tmp_path / "feed.jsonl"
    feed.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert shop.json("import", feed)["added"] == 3


def test_reads_a_folder_of_pictures(shop, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for row in demo_rows(3):
        shutil.copy(row["image_link"], folder)
    assert shop.json("import", folder)["added"] == 3


def test_reports_bad_rows_with_line_id_and_reason_and_goes_on(shop, tmp_path):
    rows = demo_rows(6)
    rows[1]["price"] = "cheap"
    rows[2]["image_link"], rows[2]["additional_image_link"] = "missing.jpg", ""
    rows[3]["currency"] = "XYZ"
    rows[4]["id"] = rows[0]["id"]
    (tmp_path / "broken.jpg").write_bytes(b"not a picture")
    rows[5]["image_link"], rows[5]["additional_image_link"] = "broken.jpg", ""
    feed = write_csv(tmp_path / "feed.csv", rows)
    done = shop.run("import", feed, "--json")
    summary = json.loads(done.stdout)
    assert done.returncode == 0 and (summary["added"], summary["failed"]) == (1, 5)
    report = pathlib.Path(summary["report"]).read_text()
    for line, row, reason in [(3, rows[1], "cheap"), (4, rows[2], "missing.jpg"), (5, rows[3], "XYZ"),
                              (6, rows[4], "earlier row"), (7, rows[5], "broken.jpg")]:
        matching = [entry for entry in report.splitlines() if entry.startswith(f"feed.csv:{line}\t{row['id']}\t")]
        assert any(reason in entry for entry in matching), (line, reason, report)
        assert f"feed.csv:{line}" in done.stderr


def test_keeps_the_good_pictures_of_a_row(shop, tmp_path):
    rows = demo_rows(1)
    rows[0]["additional_image_link"] = "missing.jpg"
    summary = shop.json("import", write_csv(tmp_path / "feed.csv", rows))
    assert (summary["added"], summary["failed"], summary["pictures_failed"]) == (1, 0, 1)


def test_keeps_the_old_product_when_its_new_picture_is_broken(shop, tmp_path):
    rows = demo_rows(1)
    rows[0]["additional_image_link"] = ""
    shop.json("import", write_csv(tmp_path / "feed.csv", rows))
    (tmp_path / "broken.jpg").write_bytes(b"")
    rows[0]["image_link"] = "broken.jpg"
    shop.run("import", write_csv(tmp_path / "feed2.csv", rows))
    assert shop.json("inspect")["products"] == 1
    assert shop.run("verify").returncode == 0


def committed_products(shop) -> int:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{shop.data}/products.db?mode=ro", uri=True)) as database:
            return database.execute("SELECT count(*) FROM products").fetchone()[0]
    except sqlite3.OperationalError:  # no database, or no table yet
        return 0


def test_goes_on_where_a_killed_import_was(shop):
    importing = shop.start("import", DEMO / "catalog.csv")
    deadline = time.monotonic() + 120
    while importing.poll() is None and committed_products(shop) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    importing.kill()
    importing.wait()
    before = shop.json("inspect")["products"]
    assert shop.run("verify").returncode in (0, 1)  # orphans may lie there until the next writer
    done = shop.json("import", DEMO / "catalog.csv")
    assert done["failed"] == 0
    assert done["unchanged"] >= before > 0
    assert done["added"] + done["unchanged"] + done["updated"] == done["rows"]
    assert shop.run("verify").returncode == 0


def test_refuses_a_second_process_on_the_same_folder(shop, tmp_path):
    shop.json("import", write_csv(tmp_path / "feed.csv", demo_rows(1)))
    serving = shop.start("serve", "--port", "0")
    assert "http://" in serving.stdout.readline()
    try:
        done = shop.run("import", DEMO / "catalog.csv")
        assert done.returncode == 1
        assert str(serving.pid) in done.stderr and "use" in done.stderr
    finally:
        serving.terminate()
        assert serving.wait(60) == 0


def test_refuses_a_store_of_a_newer_format(shop, tmp_path):
    shop.json("import", write_csv(tmp_path / "feed.csv", demo_rows(1)))
    (shop.data / "STORE").write_text('{"format":99}\n')
    for command in (["inspect"], ["import", tmp_path / "feed.csv"]):
        done = shop.run(*command)
        assert done.returncode == 1 and "99" in done.stderr and "newer" in done.stderr


def test_stops_with_a_clear_error_when_the_disk_is_full(shop, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("Skipped: mounting a small tmpfs needs root")
    shop.data.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", shop.data], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"Skipped: no tmpfs can be mounted here: {mounted.stderr.strip()}")
    try:
        feed = write_csv(tmp_path / "feed.csv", demo_rows(100))
        done = shop.run("import", feed, "--report", tmp_path / "report.tsv")
        assert done.returncode == 1
        assert "full" in done.stderr or "No space" in done.stderr, done.stderr
        kept = shop.json("inspect")["products"]
        assert kept < 100
        subprocess.run(["mount", "-o", "remount,size=200m", shop.data], check=True)
        done = shop.json("import", feed)
        assert done["failed"] == 0 and done["added"] == 100 - kept
        assert shop.run("verify").returncode == 0
    finally:
        subprocess.run(["umount", shop.data], check=True)
