"""Proves that prices are shown and compared in the shopper's currency, and that a bad file of rates changes nothing."""

import datetime

import pytest
from answers import found_ids, product_id
from pictures import PRODUCTS, photo
from program import Schemas, Server


def days_ago(count: int) -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=count)


def ecb(day: datetime.date, **rates: str) -> bytes:
    cubes = "".join(f"<Cube currency='{currency}' rate='{rate}'/>" for currency, rate in rates.items())
    return (f"<Envelope xmlns='http://www.ecb.int/vocabulary/2002-08-01/eurofxref'><Cube>"
            f"<Cube time='{day}'>{cubes}</Cube></Cube></Envelope>").encode()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory):
    """Two products: 10.50 and 11.50 euro."""
    server = Server(tmp_path_factory.mktemp("rates") / "data")
    for number, name in enumerate(PRODUCTS[:2]):
        server.put(product_id(name), {"title": name, "price": f"{10 + number}.50", "currency": "EUR"}, photo(name))
    yield server
    assert server.stop() == 0, server.log()


def put(server: Server, file: bytes):
    return server.ask("PUT", "/v1/rates", file, Content_Type="application/xml")


def converted(server: Server, currency: str) -> dict | None:
    answer = server.search(photo(PRODUCTS[0]), currency=currency).json()
    return answer["objects"][-1]["products"][0]["converted"]


def test_without_rates_the_original_price_stands_alone(shop: Server, schemas: Schemas):
    answer = shop.search(photo(PRODUCTS[0]), currency="CHF")
    best = schemas.check(answer, "SearchAnswer")["objects"][-1]["products"][0]
    assert (best["price"], best["currency"]) == ("10.50", "EUR")
    assert best["converted"] == {"status": "no_rate", "price": None, "currency": None, "rate_date": None}


def test_prices_come_in_the_shoppers_currency_with_the_original_beside(shop: Server, schemas: Schemas):
    day = days_ago(1)
    done = schemas.check(put(shop, ecb(day, USD="1.0856", JPY="163.2")), "RatesImport")
    assert done == {"taken": 2, "older": 0}
    answer = schemas.check(shop.search(photo(PRODUCTS[0]), currency="USD"), "SearchAnswer")
    best = answer["objects"][-1]["products"][0]
    assert (best["price"], best["currency"]) == ("10.50", "EUR")
    assert best["converted"] == {"status": "approximate", "price": "11.40", "currency": "USD", "rate_date": str(day)}
    assert converted(shop, "JPY")["price"] == "1714"
    assert converted(shop, "EUR") is None


def test_a_product_by_itself_comes_in_the_shoppers_currency_too(shop: Server, schemas: Schemas):
    assert put(shop, ecb(days_ago(1), USD="1.0856")).status == 200
    address = f"/v1/products/{product_id(PRODUCTS[0])}"
    product = schemas.check(shop.get(address + "?currency=USD"), "Product")
    assert product["price"] == "10.50" and product["converted"]["price"] == "11.40"
    assert schemas.check(shop.get(address + "?currency=EUR"), "Product")["converted"] is None
    assert schemas.check(shop.get(address), "Product")["converted"] is None
    schemas.check_problem(shop.get(address + "?currency=euro"), 400, "invalid_argument")


def test_a_price_range_compares_converted_prices(shop: Server):
    put(shop, ecb(days_ago(1), USD="1.0856"))

    def ids(low: str, high: str) -> set[str]:
        return set(found_ids(shop.search(photo(PRODUCTS[0]), currency="USD", price_min=low, price_max=high).json()))

    assert ids("11.40", "11.40") == {product_id(PRODUCTS[0])}  # 10.50 euro
    assert ids("11.41", "12.48") == {product_id(PRODUCTS[1])}  # 12.484...
    assert ids("0", "100") == {product_id(name) for name in PRODUCTS[:2]}


def test_a_rate_of_last_week_gives_no_price(shop: Server):
    put(shop, ecb(days_ago(8), GBP="0.85"))
    assert converted(shop, "GBP") == {"status": "stale_rate", "price": None, "currency": None, "rate_date": str(days_ago(8))}
    assert found_ids(shop.search(photo(PRODUCTS[0]), currency="GBP", price_min="0").json()) == []


def test_pegs_go_on_with_their_base(shop: Server, schemas: Schemas):
    put(shop, ecb(days_ago(1), USD="1.0856"))
    put(shop, b"currency,base,rate,date\nAED,USD,3.6725,\n")
    assert converted(shop, "AED") == {"status": "approximate", "price": "41.86", "currency": "AED", "rate_date": str(days_ago(1))}
    rates = schemas.check(shop.get("/v1/rates"), "Rates")["rates"]
    assert {"currency": "AED", "base": "USD", "rate": "3.6725", "date": None} in rates


def test_an_older_file_does_not_take_rates_back(shop: Server):
    put(shop, ecb(days_ago(1), USD="1.0856"))
    assert put(shop, ecb(days_ago(3), USD="1.05")).json() == {"taken": 0, "older": 1}
    assert converted(shop, "USD")["price"] == "11.40"


@pytest.mark.parametrize("file, word", [
    (b"", "currency,base,rate,date"), (b"<html></html>", "Cube"), (b"\xff\xfe\x00", "neither"),
    (b"Date,USD\n2026-11-20,abc\n", "abc"), (b"currency,base,rate,date\nUSX,EUR,1,\n", "USX")])
def test_a_bad_file_says_why_and_changes_nothing(shop: Server, schemas: Schemas, file: bytes, word: str):
    before = shop.get("/v1/rates").json()
    assert word in schemas.check_problem(put(shop, file), 400, "invalid_argument")["detail"]
    assert shop.get("/v1/rates").json() == before


def test_rates_outlive_a_restart(tmp_path):
    server = Server(tmp_path / "data")
    put(server, ecb(days_ago(1), USD="1.0856"))
    assert server.stop() == 0
    server = Server(tmp_path / "data")
    assert [rate["rate"] for rate in server.get("/v1/rates").json()["rates"]] == ["1.0856"]
    assert server.stop() == 0
