# SPDX-License-Identifier: Apache-2.0
"""The little shop that the origin serves: products, categories with the tags of their lists, stock, users.

Every answer tells which one it is: "load" counts the calls for the same path, "version" is the origin's option.
"""

import json
import urllib.parse


def products(name):
    """A product whose name begins with "no-" does not exist."""
    if name.startswith("no-"):
        return None
    return {}, []


def categories(name):
    """A list of three products, tagged with each of them."""
    listed = [f"{name}-{number}" for number in (1, 2, 3)]
    return {"products": listed}, [f"product:{one}" for one in listed]


def stock(name):
    return {"left": 7}, []


def users(name):
    return {"name": f"User {name}", "address": {"city": "Utrecht"}, "phone": None}, []


COLLECTIONS = {"products": products, "categories": categories, "stock": stock, "users": users}


def item(collection, name, load, version):
    """The fields of one thing, and its tags; None if there is none."""
    made = COLLECTIONS[collection](name)
    return made and ({"id": name, "load": load, "version": version, **made[0]}, made[1])


def answer(path, query, load, version):
    """What `path` is answered with, and its tags; None if there is nothing. `/products?ids=a,b`: a list, as for a batch."""
    start, _, name = path.rpartition("/")
    if path == "/products" and query.get("ids"):
        made = [item("products", one, load, version) for one in query["ids"].split(",")]
        return [one[0] for one in made if one], []
    if start[1:] not in COLLECTIONS or not name:
        return None
    return item(start[1:], urllib.parse.unquote(name), load, version)


def body(content, size):
    """Compact JSON, an object padded to `size` bytes at least."""
    made = json.dumps(content, separators=(",", ":")).encode()
    missing = size - len(made)
    if missing <= 0 or not isinstance(content, dict):
        return made
    padded = {**content, "padding": "x" * max(0, missing - len(',"padding":""'))}
    return json.dumps(padded, separators=(",", ":")).encode()
