# SPDX-License-Identifier: Apache-2.0
"""The settings of a schema that herdgate printed, and files made from them: each breaks one rule of one setting.

Paths are those of the reference: "routes[].load.http.timeout".
"""

SAMPLES = {"match": "a:{id}", "url": "http://127.0.0.1:1/{id}", "upstream.url": "redis://127.0.0.1", "argv": ["cat"],
           "address": "127.0.0.1:0"}


class setting:
    def __init__(self, path, node, required):
        self.path, self.node, self.required = path, node, required
        self.name = path.rsplit(".", 1)[-1]


def alternatives(node):
    return [option for part in (node, *node.get("anyOf", []), *node.get("allOf", []))
            for option in ([part] if part is node else alternatives(part))]


def mapping(node):
    """The schema of a setting's settings, if it is a section or a list of sections."""
    for option in alternatives(node):
        if "properties" in option:
            return option
        if "properties" in option.get("items", {}):
            return option["items"]
    return None


def settings(schema, prefix=""):
    """All of them, in the order of the reference."""
    for name, node in schema["properties"].items():
        path = prefix + name
        yield setting(path, node, name in schema.get("required", []))
        if inner := mapping(node):
            is_list = node.get("type") == "array"
            yield from settings(inner, path + ("[]." if is_list else "."))


def uses(schema, value, prefix=""):
    """The paths of the settings that a document uses."""
    for name, node in schema["properties"].items():
        if not isinstance(value, dict) or name not in value:
            continue
        yield prefix + name
        if inner := mapping(node):
            is_list = node.get("type") == "array"
            for element in value[name] if is_list else [value[name]]:
                yield from uses(inner, element, prefix + name + ("[]." if is_list else "."))


def sample(path):
    name = path.rsplit(".", 1)[-1]
    return SAMPLES.get(path, SAMPLES.get(name, "x"))


def document(schema, target, value, drop=False, prefix=""):
    """The smallest document with `value` at the path `target` and all else as it must be; or without that setting."""
    made = {}
    for name, node in schema["properties"].items():
        path = prefix + name
        is_list = node.get("type") == "array"
        on_the_way = target.startswith(path + ("[]." if is_list else "."))
        if path == target:
            if not drop:
                made[name] = value
        elif on_the_way or name in schema.get("required", []):
            inner = mapping(node)
            if inner is None:
                made[name] = sample(path)
                continue
            element = document(inner, target, value, drop, path + ("[]." if is_list else "."))
            made[name] = [element] if is_list else element
    if schema.get("minProperties") and not made and not target.startswith(prefix):
        first, node = next(iter(schema["properties"].items()))
        made[first] = document(mapping(node), target, value, drop, prefix + first + ".")
    return made


def wrong_values(node):
    """What a setting must not be: pairs of a name for the case, and the value."""
    yield "null", None
    if mapping(node) or node.get("type") == "object":
        yield "text", "text"
        return
    if node.get("type") == "array":
        yield "no-list", "text"
        yield "mapping-in-list", [{"a": 1}]
        if node.get("minItems"):
            yield "empty-list", []
        node = node["items"]
        wrap = lambda value: [value]  # noqa: E731
    else:
        yield "list", ["text"]
        wrap = lambda value: value  # noqa: E731
    kinds = [option.get("$ref", "").rsplit("/", 1)[-1] for option in alternatives(node)]
    if any(kind.removeprefix("positive_") in ("duration", "size", "percent") for kind in kinds):
        yield "unit", wrap("5 parsecs")
        yield "no-unit", wrap(5)
    if any(kind.startswith("positive_") for kind in kinds):
        yield "zero", wrap(0)
    for option in alternatives(node):
        if "maximum" in option:
            yield "too-large", wrap(option["maximum"] + 1)
            yield "too-small", wrap(option["minimum"] - 1)
            yield "word", wrap("many")
        if option.get("type") == "boolean":
            yield "boolean", wrap("maybe")
        if "enum" in option:
            yield "choice", wrap("no-such-word")


def bad_documents(schema):
    """(name of the case, path of the setting, document), some for each setting."""
    for one in settings(schema):
        for kind, value in wrong_values(one.node):
            yield f"{one.path}-{kind}", one.path, document(schema, one.path, value)
        if one.required:
            yield f"{one.path}-missing", one.path, document(schema, one.path, None, drop=True)
        if mapping(one.node):
            inside = one.path + ("[]" if one.node.get("type") == "array" else "")
            made = document(schema, inside + ".", None)
            at = made
            for name in inside.split("."):
                at = at.setdefault(name.removesuffix("[]"), [{}] if name.endswith("[]") else {})
                at = at[0] if isinstance(at, list) else at
            at["no_such_setting"] = 1
            yield f"{one.path}-unknown", one.path, made
