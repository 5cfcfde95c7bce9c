"""The installed modules: which they are, and their content, by hash: what
odoo-update compares, and the parameter of the database it is recorded in."""

import hashlib
import os

PARAMETER = "odooops.modules"


def read_configuration(config):
    """Has Odoo find the modules of this configuration's addons path."""
    import odoo.modules.module
    import odoo.tools

    odoo.tools.config.parse_config([f"--config={config}"])
    odoo.modules.module.initialize_sys_path()


def installed(cursor, *states):
    cursor.execute(
        "SELECT name FROM ir_module_module WHERE state = ANY(%s) ORDER BY name", (["installed", "to upgrade", *states],)
    )
    return [name for (name,) in cursor]


def content(path):
    """The hash of a module's files: their names and what is in them."""
    whole = hashlib.sha256()
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(f for f in folders if f != "__pycache__")
        for file in sorted(f for f in files if not f.endswith(".pyc")):
            full = os.path.join(folder, file)
            with open(full, "rb") as opened:
                digest = hashlib.file_digest(opened, "sha256")
            whole.update(os.path.relpath(full, path).encode() + b"\0" + digest.digest())
    return whole.hexdigest()[:16]


def contents(names):
    """The hash of each module, and None for one that this image lacks. Odoo's
    configuration must have been read."""
    from odoo.modules.module import Manifest  # only there after Odoo's own start

    found = {}
    for name in names:
        manifest = Manifest.for_addon(name, display_warning=False)
        found[name] = content(manifest.path) if manifest else None
    return found
