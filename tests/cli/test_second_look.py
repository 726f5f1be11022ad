"""Proves what the second look promises: of packages that differ in their print alone, the right one comes first."""

import random

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


def test_leaves_the_order_to_the_embedding_when_switched_off(shop, feed, tmp_path):
    summary = shop.json("import", feed, "--second-look-pictures", "0")
    assert summary["pictures_without_second_look"] == PACKAGES
    photo = tmp_path / "photo.jpg"
    phone_photo(package(3)).save(photo)
    products = shop.json("search", photo, "--whole")["objects"][-1]["products"]
    assert not any(product["same_item"] for product in products)
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
