"""Proves that the server tells which languages and currencies a shopper may choose, and that the page has them all."""

import json
import pathlib
import re

from program import Schemas, Server

WEB = pathlib.Path(__file__).parents[2] / "web/src"


def test_the_languages_are_those_of_the_page(server: Server, schemas: Schemas):
    items = schemas.check(server.get("/v1/languages"), "Languages")["items"]
    codes = [item["code"] for item in items]
    assert codes[0] == "en"
    assert sorted(codes) == sorted(path.stem for path in (WEB / "locales").glob("*.json"))
    assert [item["code"] for item in items if item["direction"] == "rtl"] == ["ar", "he"]
    assert {"code": "nb", "name": "Norsk bokmål", "direction": "ltr"} in items


def test_the_currencies_are_those_of_the_page(server: Server, schemas: Schemas):
    items = schemas.check(server.get("/v1/currencies"), "Currencies")["items"]
    source = (WEB / "shared/locale.ts").read_text(encoding="utf-8")
    listed = re.search(r"kCurrencies = \(([^)]*)\)", source)
    assert listed is not None
    assert [item["code"] for item in items] == re.findall(r"\b[A-Z]{3}\b", listed.group(1))
    assert len(items) == 35
    assert [item["code"] for item in items if item["digits"] == 0] == ["JPY", "ISK", "KRW", "CLP"]


def test_every_currency_that_is_offered_can_be_asked_for(server: Server):
    for item in server.get("/v1/currencies").json()["items"]:
        answer = server.get(f"/v1/products/none/similar?currency={item['code']}")
        assert json.loads(answer.body)["code"] == "not_found", item
