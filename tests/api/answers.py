"""What tests look at in answers."""


def product_id(name: str) -> str:
    return name.replace(" ", "-")


def found_ids(answer: dict) -> list[str]:
    """The products found for the last object: the whole picture or the selection."""
    return [product["id"] for product in answer["objects"][-1]["products"]]


def field_errors(problem: dict) -> dict[str, str]:
    return {error["field"]: error["value"] for error in problem["errors"]}
