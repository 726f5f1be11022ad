"""Proves what `snapshelf rates` promises."""


def test_imports_and_lists_the_rates_of_a_file(shop, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("currency,base,rate,date\nAED,USD,3.6725,\nUSD,EUR,1.0856,2026-11-20\n")
    assert shop.run("rates", "import", file).stdout == "2 rates taken over\n"
    lines = shop.run("rates", "list").stdout.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [["AED", "USD", "3.6725"], ["USD", "EUR", "1.0856"]]
    file.write_text("Date,USD\n2026-11-18,1.05\n")
    assert "1 left out: older" in shop.run("rates", "import", file).stdout


def test_a_bad_file_is_named_with_its_line(shop, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("currency,base,rate,date\nAED,USD,free,\n")
    done = shop.run("rates", "import", file)
    assert done.returncode == 1
    assert "bad.csv" in done.stderr and "line 2" in done.stderr and '"free"' in done.stderr
    assert shop.run("rates", "import", tmp_path / "none.csv").returncode == 1
