"""Shoppers who ask without pause, and an import beside them, while parts of a shop die and come back."""

import http.client
import threading
import time
from dataclasses import dataclass, field

from answers import found_ids, product_id
from pictures import PRODUCTS, photo
from program import Answer, Server

PRODUCT = {"category": "Shapes", "price": "10.50", "currency": "EUR", "availability": "in_stock"}


def put(server: Server, name: str, picture: str | None = None) -> Answer:
    return server.put(product_id(name), PRODUCT | {"title": name}, photo(picture or name))


@dataclass
class Shoppers:
    """Ask without pause, as behind a balancer: who gets no answer, or 503, is sent to the other server once."""

    servers: list[Server]
    wanted: str  # the drawing that they search, which is in the shop
    import_pause_s: float = 0  # between two products of the import
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    put: list[str] = field(default_factory=list)
    seconds: list[tuple[float, float]] = field(default_factory=list)  # of each query: when it began, how long it took
    done: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def _try(self, number: int, ask) -> Answer | str:
        said: Answer | str = ""
        for turn in range(2):
            try:
                said = ask(self.servers[(number + turn) % 2])
            except (OSError, http.client.HTTPException) as error:
                said = repr(error)
            if isinstance(said, Answer) and said.status != 503:
                break
        return said

    def query(self, number: int):
        while not self.done:
            start = time.monotonic()
            answer = self._try(number, lambda server: server.search(photo(self.wanted), k=1))
            with self.lock:
                self.asked += 1
                self.seconds.append((start, time.monotonic() - start))
                if not isinstance(answer, Answer) or answer.status != 200:
                    self.failed.append(f"search: {answer}")
                elif found_ids(answer.json()) != [product_id(self.wanted)]:
                    self.failed.append(f"found {found_ids(answer.json())}")
            number += 1

    def import_(self):
        number = 0
        while not self.done:
            name = f"new {number}"
            answer = self._try(number, lambda server: put(server, name, PRODUCTS[1 + number % 5]))
            with self.lock:
                if isinstance(answer, Answer) and answer.status in (200, 201):
                    self.put.append(product_id(name))
                else:
                    self.failed.append(f"put: {answer}")
            number += 1
            time.sleep(self.import_pause_s)

    def await_more(self):
        end, written = self.asked + 6, len(self.put) + 2
        while (self.asked < end or len(self.put) < written) and not self.failed:
            time.sleep(0.01)  # polling, not a guess
