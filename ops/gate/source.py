# Tells what Python files declare, without running them. Stdin is a JSON array
# of paths; stdout is a JSON array with an object for each: the classes that
# are Odoo's models, or an error.
import ast
import json
import sys


def text(node):
    """A string, or None for what is not one as it stands."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def texts(node):
    if isinstance(node, (ast.List, ast.Tuple)):
        return [t for t in map(text, node.elts) if t]
    if isinstance(node, ast.Dict):
        return [t for t in map(text, filter(None, node.keys)) if t]
    one = text(node)
    return [one] if one else []


def constant(node):
    return node.value if isinstance(node, ast.Constant) else "?"


def assigned(body):
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value
        elif isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def field(name, call):
    """fields.Char(...), however fields was imported."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    if not isinstance(call.func.value, ast.Name) or call.func.value.id != "fields":
        return None
    return {
        "name": name, "type": call.func.attr, "line": call.lineno,
        "options": {k.arg: constant(k.value) for k in call.keywords if k.arg},
    }


def model(node):
    found = {"line": node.lineno, "kind": "", "name": "", "inherit": [], "table": "", "auto": True, "fields": [], "methods": {}}
    for base in node.bases:
        if isinstance(base, ast.Attribute):
            found["kind"] = base.attr
        elif isinstance(base, ast.Name):
            found["kind"] = base.id
    for name, value in assigned(node.body):
        if name == "_name":
            found["name"] = text(value) or ""
        elif name == "_inherit":
            found["inherit"] = texts(value)
        elif name == "_table":
            found["table"] = text(value) or ""
        elif name == "_auto":
            found["auto"] = constant(value) is not False
        else:
            one = field(name, value)
            if one:
                found["fields"].append(one)
    for part in node.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found["methods"][part.name] = part.lineno
    if found["kind"] in ("Model", "TransientModel", "AbstractModel") or found["name"] or found["inherit"]:
        return found
    return None


def read(path):
    try:
        with open(path, "rb") as opened:
            tree = ast.parse(opened.read())
    except SyntaxError as error:
        return {"error": f"{error.msg}", "line": error.lineno or 0, "models": []}
    except (OSError, ValueError) as error:
        return {"error": str(error), "line": 0, "models": []}
    return {"models": [m for m in (model(n) for n in ast.walk(tree) if isinstance(n, ast.ClassDef)) if m]}


json.dump([read(path) for path in json.load(sys.stdin)], sys.stdout)
