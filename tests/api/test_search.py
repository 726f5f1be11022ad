"""POST /v1/search and GET /v1/products/{id}/similar: photo in, products out."""

from urllib.parse import urlencode

import pytest
from PIL import Image

from answers import field_errors, found_ids, product_id
from pictures import PRODUCTS, encode, photo, product, rotated, unusual
from program import Form, Schemas, Server


def test_a_catalog_picture_finds_its_own_product_first(server: Server, schemas: Schemas):
    for name in PRODUCTS:
        answer = schemas.check(server.search(photo(name)), "SearchAnswer")
        assert (answer["width"], answer["height"]) == (256, 256)
        assert answer["objects"][-1]["class"] == "whole picture"
        assert answer["objects"][-1]["box"] == [0, 0, 256, 256]
        best = answer["objects"][-1]["products"][0]
        assert best["id"] == product_id(name)
        assert best["score"] > 0.98
        assert best["title"] == name
        assert best["currency"] == "EUR"


def test_every_object_lists_each_product_once_and_best_first(server: Server):
    for found in server.search(photo(), k=500).json()["objects"]:
        ids = [match["id"] for match in found["products"]]
        scores = [match["score"] for match in found["products"]]
        assert sorted(ids) == sorted(product_id(name) for name in PRODUCTS)
        assert scores == sorted(scores, reverse=True)


def test_form_and_raw_bytes_answer_the_same(server: Server):
    form = server.ask("POST", "/v1/search", Form([("photo", photo()), ("k", "2")])).json()
    raw = server.search(photo(), k=2).json()
    octets = server.search(photo(), "application/octet-stream", k=2).json()
    assert form["objects"] == raw["objects"] == octets["objects"]
    assert len(form["objects"][-1]["products"]) == 2


def test_a_field_of_the_form_wins_over_the_query(server: Server):
    answer = server.ask("POST", "/v1/search?k=1", Form([("k", "3"), ("photo", photo())]))
    assert len(found_ids(answer.json())) == 3


def test_a_token_searches_another_box_without_a_second_upload(server: Server, schemas: Schemas):
    sheet = Image.new("RGB", (512, 256), "white")
    sheet.paste(product("red ring"), (0, 0))
    sheet.paste(product("green box"), (256, 0))
    first = server.search(encode(sheet, quality=95)).json()
    for box, name in (("0,0,256,256", "red ring"), ("256,0,256,256", "green box")):
        again = schemas.check(server.ask("POST", f"/v1/search?photo={first['photo']}&box={box}"), "SearchAnswer")
        assert again["photo"] == first["photo"]
        assert [found["class"] for found in again["objects"]] == ["selection"]
        assert found_ids(again)[0] == product_id(name)


def test_a_box_that_sticks_out_is_cut_off(server: Server):
    answer = server.search(photo(), box="128,128,1000,1000").json()
    assert answer["objects"][0]["box"] == [128, 128, 128, 128]


def test_filters_keep_what_matches_and_fill_up_to_k(server: Server):
    def ids(**query: object) -> set[str]:
        return set(found_ids(server.search(photo("red ring"), **query).json()))

    assert ids(category="Shapes") == {product_id(name) for name in PRODUCTS}
    assert ids(category=["Shapes > ring", "Shapes > box"]) == {"red-ring", "green-box"}
    assert ids(brand="Brush") == {product_id(name) for name in PRODUCTS[1::2]}
    assert ids(color=["White", "Green"]) == {"red-ring", "green-box", "blue-disc"}
    assert ids(availability="out_of_stock") == {"red-ring"}
    assert ids(currency="EUR", price_min="11.50", price_max="12.50") == {"green-box", "blue-disc"}
    assert ids(currency="USD", price_min="0") == set()
    assert ids(category="Shapes > r") == set()
    assert ids(min_score="1") <= {"red-ring"}
    assert len(ids(brand="Pen", k=3)) == 3
    assert ids(words=PRODUCTS[0].upper()) == {product_id(PRODUCTS[0])}
    assert ids(words="brus") == {product_id(name) for name in PRODUCTS[1::2]}
    assert ids(words="nothing of this name") == set()


def pages(server: Server, first: dict, path: str, **query: object) -> list[list[str]]:
    """The product ids of a list page by page, until there is no next."""
    found, page = [], first
    while True:
        found.append([product["id"] for product in page["products"]])
        if page["next"] is None:
            return found
        answer = server.ask("POST" if "search" in path else "GET", path + urlencode(query | {"cursor": page["next"]})).json()
        page = answer["objects"][0] if "objects" in answer else answer


def test_the_cursor_leads_through_all_products_of_an_object(server: Server, schemas: Schemas):
    whole = found_ids(server.search(photo("red ring"), k=500).json())
    answer = schemas.check(server.search(photo("red ring"), k=3), "SearchAnswer")
    found = pages(server, answer["objects"][-1], f"/v1/search?photo={answer['photo']}&", k=3)
    assert [len(page) for page in found[:-1]] == [3] * (len(found) - 1)
    assert sum(found, []) == whole


def test_the_cursor_leads_through_similar_products(server: Server, schemas: Schemas):
    whole = [product["id"] for product in server.get("/v1/products/blue-disc/similar?k=100").json()["products"]]
    first = schemas.check(server.get("/v1/products/blue-disc/similar?k=2"), "SimilarAnswer")
    assert sum(pages(server, first, "/v1/products/blue-disc/similar?", k=2), []) == whole


def test_a_cursor_is_refused_where_it_does_not_belong(server: Server, schemas: Schemas):
    answer = server.search(photo("red ring"), k=1).json()
    cursor = answer["objects"][-1]["next"]
    by_token = f"/v1/search?photo={answer['photo']}&"
    for answer in (server.ask("POST", by_token + "cursor=1"), server.ask("POST", by_token + f"cursor={cursor}&box=1,1,9,9"),
                   server.search(photo(), cursor=cursor), server.get(f"/v1/products/blue-disc/similar?cursor={cursor}")):
        assert "cursor" in schemas.check_problem(answer, 400, "invalid_argument")["detail"] or "next" in answer.json()["detail"]


def test_products_come_by_price(server: Server):
    def prices(order: str) -> list[float]:
        found = server.search(photo("red ring"), order=order).json()["objects"][-1]["products"]
        return [float(product["price"]) for product in found]

    assert prices("price") == sorted(prices("likeness"))
    assert prices("-price") == sorted(prices("likeness"), reverse=True)


def test_facets_count_what_is_alike_and_passes(server: Server, schemas: Schemas):
    def facets(**query: object) -> dict:
        return schemas.check(server.search(photo("red ring"), k=1, facets="true", **query), "SearchAnswer")["objects"][-1]["facets"]

    whole = facets()
    assert whole["products"] == len(PRODUCTS) == sum(entry["count"] for entry in whole["categories"])
    assert {"value": "out_of_stock", "count": 1} in whole["availability"]
    price = whole["price"]
    assert [price["currency"], price["min"], price["max"]] == ["EUR", "10.50", f"{9 + len(PRODUCTS)}.50"]
    ranges = price["ranges"]
    assert sum(found["count"] for found in ranges) == len(PRODUCTS)
    assert [ranges[0]["min"], ranges[-1]["max"]] == [price["min"], price["max"]]
    for found in ranges:
        in_range = facets(price_min=found["min"], price_max=found["max"], currency="EUR")
        assert in_range["products"] == found["count"]
    assert facets(brand="Brush")["brands"] == [{"value": "Brush", "count": len(PRODUCTS) // 2}]
    assert facets(color="White")["colors"] == [{"value": value, "count": count} for value, count in [("White", 2), ("Blue", 1), ("Red", 1)]]
    assert server.search(photo()).json()["objects"][-1]["facets"] is None


def test_the_best_object_is_answered_before_the_others(server: Server, schemas: Schemas):
    """Two things on one photo; asked for in two steps they are the same as in one."""
    picture = Image.new("RGB", (600, 300), "white")
    for number, name in enumerate(("red ring", "blue disc")):
        picture.paste(product(name), (20 + 300 * number, 20))
    sent = encode(picture, quality=92)
    whole = schemas.check(server.search(sent, k=3), "SearchAnswer")
    best = schemas.check(server.search(sent, k=3, objects="best"), "SearchAnswer")
    others = schemas.check(server.ask("POST", f"/v1/search?photo={best['photo']}&k=3&objects=others"), "SearchAnswer")
    assert [found["box"] for found in best["objects"]] == [found["box"] for found in whole["objects"]]
    assert [found["searched"] for found in best["objects"]] == [True] + [False] * (len(whole["objects"]) - 1)
    assert all(not found["products"] and found["next"] is None for found in best["objects"][1:])
    assert best["objects"][:1] + others["objects"] == whole["objects"]
    selection = f"/v1/search?photo={best['photo']}&box=0,0,300,300&objects="
    assert server.ask("POST", selection + "others").json()["objects"] == []
    assert len(server.ask("POST", selection + "best").json()["objects"]) == 1


def test_titles_are_in_the_language_asked_for(tmp_path):
    server = Server(tmp_path / "data")
    server.put("cup", {"title": "Cup", "titles": {"de": "Tasse"}}, photo("red ring"))

    def title(**query: str) -> tuple[str, str | None]:
        best = server.search(photo("red ring"), **query).json()["objects"][-1]["products"][0]
        return best["title"], best["title_language"]

    assert title() == title(lang="fi") == ("Cup", None)
    assert title(lang="de-CH") == ("Tasse", "de")
    assert server.stop() == 0


def test_similar_leaves_the_product_itself_out(server: Server, schemas: Schemas):
    answer = schemas.check(server.get("/v1/products/blue-disc/similar?k=3"), "SimilarAnswer")
    ids = [match["id"] for match in answer["products"]]
    assert len(ids) == 3
    assert "blue-disc" not in ids


@pytest.mark.parametrize("kind", sorted(unusual()))
def test_unusual_photos_are_searched(server: Server, schemas: Schemas, kind: str):
    answer = schemas.check(server.search(unusual()[kind], "image/png"), "SearchAnswer")
    assert answer["objects"][-1]["class"] == "whole picture"
    assert len(found_ids(answer)) == len(PRODUCTS)


@pytest.mark.parametrize("kind", ["alpha", "webp", "progressive", "palette"])
def test_formats_of_the_same_drawing_find_the_same_product(server: Server, kind: str):
    assert found_ids(server.search(unusual()[kind]).json())[0] == "blue-disc"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sizes_and_boxes_are_those_of_the_upright_photo(server: Server, orientation: int):
    answer = server.search(rotated(orientation)).json()
    size = (300, 200) if orientation < 5 else (200, 300)
    assert (answer["width"], answer["height"]) == size
    assert answer["objects"][-1]["box"] == [0, 0, *size]


def test_without_any_object_the_whole_picture_is_searched(server: Server):
    answer = server.search(encode(Image.new("RGB", (320, 240), "white"))).json()
    assert [found["class"] for found in answer["objects"]] == ["whole picture"]
    assert len(found_ids(answer)) == len(PRODUCTS)


@pytest.mark.parametrize(("query", "wrong"), [
    ({"k": 0}, "k"), ({"k": 10**6}, "k"), ({"k": "many"}, "k"), ({"min_score": 2}, "min_score"),
    ({"availability": "soon"}, "availability"), ({"category": ""}, "category"), ({"colour": "red"}, "colour"),
    ({"currency": "XQQ", "price_min": 1}, "currency"), ({"price_min": 1}, "price_min"),
    ({"currency": "EUR", "price_max": "cheap"}, "price_max"),
    ({"currency": "EUR", "price_min": 5, "price_max": 4}, "price_min"), ({"box": "1,2,3"}, "box"),
    ({"box": "0,0,0,10"}, "box"), ({"k": [1, 2]}, "k"), ({"order": "colour"}, "order"), ({"objects": "first"}, "objects"), ({"facets": "yes"}, "facets"),
    ({"lang": "de_AT"}, "lang"), ({"lang": ""}, "lang"), ({"cursor": "abc"}, "cursor"),
])
def test_bad_parameters_are_named(server: Server, schemas: Schemas, query: dict, wrong: str):
    problem = schemas.check_problem(server.search(photo(), **query), 400, "invalid_argument")
    assert wrong in field_errors(problem)
    assert wrong in problem["detail"]


def test_bad_parameters_of_similar_are_named(server: Server, schemas: Schemas):
    problem = schemas.check_problem(server.get("/v1/products/blue-disc/similar?k=0"), 400, "invalid_argument")
    assert field_errors(problem) == {"k": "0"}


def test_a_box_outside_the_photo_is_refused_with_its_size(server: Server, schemas: Schemas):
    problem = schemas.check_problem(server.search(photo(), box="300,300,10,10"), 400, "invalid_argument")
    assert "256x256" in problem["detail"]


def test_unknown_token_and_product_are_not_found(server: Server, schemas: Schemas):
    schemas.check_problem(server.ask("POST", "/v1/search?photo=" + "0" * 32), 404, "not_found")
    schemas.check_problem(server.get("/v1/products/none/similar"), 404, "not_found")


def test_photo_and_token_together_are_refused(server: Server, schemas: Schemas):
    schemas.check_problem(server.search(photo(), photo="0" * 32), 400, "invalid_argument")
