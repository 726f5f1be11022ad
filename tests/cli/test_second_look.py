"""Proves what the second look promises: of packages that differ in their print alone, the right one comes first."""

import math
import random
import statistics

import pytest
from PIL import Image, ImageDraw, ImageFilter

from conftest import write_csv

PACKAGES = 24


def package(number: int) -> Image.Image:
    """A box with a blue band and many small marks, the same for all but for where the marks stand."""
    dice = random.Random(number)
    image = Image.new("RGB", (420, 300), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 400, 280), fill=(240, 225, 190))
    draw.rectangle((20, 110, 400, 190), fill=(60, 90, 170))
    for _ in range(90):
        x, y, size = dice.randrange(30, 375), dice.randrange(30, 260), dice.randrange(6, 16)
        shape = dice.choice((draw.rectangle, draw.ellipse))
        shape((x, y, x + size, y + size * dice.uniform(0.5, 1)), fill=dice.choice(("black", "white", "darkred")))
    return image


def phone_photo(picture: Image.Image) -> Image.Image:
    """Turned, smaller, somewhat blurred, before a grey wall."""
    turned = picture.resize((360, 257)).rotate(9, Image.Resampling.BICUBIC, expand=True, fillcolor=(120, 120, 118))
    scene = Image.new("RGB", (480, 400), (120, 120, 118))
    scene.paste(turned, (40, 30))
    return scene.filter(ImageFilter.GaussianBlur(0.6))


@pytest.fixture
def feed(tmp_path):
    rows = []
    for number in range(PACKAGES):
        path = tmp_path / f"package{number}.png"
        package(number).save(path)
        rows.append({"id": f"p{number}", "title": f"Package {number}", "image_link": str(path)})
    return write_csv(tmp_path / "feed.csv", rows)


def best(shop, photo) -> dict:
    return shop.json("search", photo, "--whole")["objects"][-1]["products"][0]


def test_puts_the_same_print_first_and_says_so(shop, feed, tmp_path):
    summary = shop.json("import", feed)
    assert summary["pictures_without_second_look"] == 0
    for number in (3, 11, 17):
        photo = tmp_path / "photo.jpg"
        phone_photo(package(number)).save(photo)
        first = best(shop, photo)
        assert (first["id"], first["same_item"]) == (f"p{number}", True)


def in_phone_photo(x: float, y: float) -> tuple[float, float]:
    """Where phone_photo puts a spot of its picture."""
    turn, (width, height) = math.radians(9), (360, 257)
    cos, sin = math.cos(turn), math.sin(turn)
    turned_width, turned_height = cos * width + sin * height, sin * width + cos * height
    right, down = x * width / 420 - width / 2, y * height / 300 - height / 2
    return 40 + turned_width / 2 + cos * right + sin * down, 30 + turned_height / 2 - sin * right + cos * down


@pytest.mark.parametrize("box", [None, (30, 20, 300, 300)])
def test_tells_where_the_same_print_was_found(shop, feed, tmp_path, box):
    shop.json("import", feed)
    photo = tmp_path / "photo.jpg"
    phone_photo(package(11)).save(photo)
    area = ["--whole"] if box is None else ["--box", ",".join(map(str, box))]
    matches = shop.json("search", photo, *area)["objects"][-1]["products"][0]["matches"]
    assert (matches["picture_width"], matches["picture_height"]) == (420, 300)
    assert 10 <= len(matches["spots"]) <= 30
    errors = [math.dist(in_phone_photo(picture_x, picture_y), (x, y)) for x, y, picture_x, picture_y in matches["spots"]]
    assert statistics.median(errors) < 3 and max(errors) < 20, errors


def test_leaves_the_order_to_the_embedding_when_switched_off(shop, feed, tmp_path):
    summary = shop.json("import", feed, "--second-look-pictures", "0")
    assert summary["pictures_without_second_look"] == PACKAGES
    photo = tmp_path / "photo.jpg"
    phone_photo(package(3)).save(photo)
    products = shop.json("search", photo, "--whole")["objects"][-1]["products"]
    assert not any(product["same_item"] or product["matches"] for product in products)
    assert all(product["score"] <= 1 for product in products)


def test_says_how_many_pictures_go_without_in_a_large_catalog(shop, feed, tmp_path):
    shop.json("import", feed)
    package(PACKAGES).save(tmp_path / "one_more.png")
    more = write_csv(tmp_path / "more.csv", [{"id": "more", "title": "More", "image_link": "one_more.png"}])
    done = shop.run("import", more, "--second-look-pictures", PACKAGES)
    assert done.returncode == 0
    assert "1 pictures go without a second look" in done.stdout and "--second-look-pictures" in done.stdout


def test_a_print_that_no_product_has_is_not_the_same_item(shop, feed, tmp_path):
    shop.json("import", feed)
    photo = tmp_path / "photo.jpg"
    phone_photo(package(1000)).save(photo)
    assert not best(shop, photo)["same_item"]
