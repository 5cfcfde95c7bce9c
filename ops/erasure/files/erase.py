# Runs in Odoo's shell; env is the shell's, ENTRIES are what to erase. Prints
# one JSON line that begins with the mark. Done again, it finds nothing to do.
# It never prints what was in a record.

TEXT = ("char", "text", "html", "binary", "image", "json", "properties")


def belongs_to_a_module(record):
    return env["ir.model.data"].sudo().search_count([  # noqa: F821
        ("model", "=", record._name), ("res_id", "=", record.id), ("module", "not in", ("__export__", "__import__"))])


def traces(record):
    """What hangs on a record without a foreign key."""
    domain = [("model", "=", record._name), ("res_id", "=", record.id)]
    if "mail.message" in env:  # noqa: F821
        env["mail.message"].sudo().search(domain).unlink()  # noqa: F821
    env["ir.attachment"].sudo().with_context(active_test=False).search(  # noqa: F821
        [("res_model", "=", record._name), ("res_id", "=", record.id), "|", ("res_field", "=", False), ("res_field", "!=", False)]).unlink()
    if record._name == "res.partner" and "mail.message" in env:  # noqa: F821
        env.cr.execute("UPDATE mail_message SET email_from = NULL WHERE author_id = %s", [record.id])  # noqa: F821
        env.invalidate_all()  # noqa: F821


def anonymise(record):
    word = f"erased-{record.id}"
    values = {}
    for name, field in record._fields.items():
        if not field.store or field.related or (field.compute and field.readonly) or name in ("create_date", "write_date"):
            continue
        if field.type in TEXT:
            values[name] = word if field.required and field.type in ("char", "text", "html") else False
        elif field.type == "date" and not field.required:
            values[name] = False
    named = record._rec_name
    if named in values and record._fields[named].type == "char":
        values[named] = word
    if record._name == "res.users":
        values["login"] = word
    if "active" in record._fields and record._fields["active"].store:
        values["active"] = False
    record.with_context(active_test=True, tracking_disable=True, mail_notrack=True, no_vat_validation=True).write(values)


def erase(entry):
    if entry["model"] not in env:  # noqa: F821
        return "gone"
    record = env[entry["model"]].sudo().with_context(active_test=False, tracking_disable=True).browse(entry["id"]).exists()  # noqa: F821
    if not record:
        return "gone"
    # After a restore ids are given out again: a record that is younger than
    # the erasure is somebody else's.
    if entry.get("at") and record.create_date and record.create_date.strftime("%Y-%m-%dT%H:%M:%SZ") > entry["at"]:
        return "another"
    if belongs_to_a_module(record):
        return "refused"
    if CHECK:  # noqa: F821
        return "there"
    users = env["res.users"].sudo().with_context(active_test=False).search(  # noqa: F821
        [("partner_id", "=", record.id)]) if record._name == "res.partner" else []
    if any(belongs_to_a_module(user) for user in users):
        return "refused"
    partner = record.partner_id if record._name == "res.users" else None
    if partner:
        done = remove(record)
        return done if erase({"model": "res.partner", "id": partner.id}) != "refused" else "refused"
    for user in users:
        remove(user)
    return remove(record)


def remove(record):
    try:
        with env.cr.savepoint():  # noqa: F821
            traces(record)
            record.unlink()
            env.flush_all()  # noqa: F821
        return "deleted"
    except Exception:  # what refuses is named nowhere in common: a rule, a key, a journal
        env.invalidate_all()  # noqa: F821
        env.clear()  # noqa: F821
    traces(record)
    anonymise(record)
    env.flush_all()  # noqa: F821
    return "anonymised"


import json  # noqa: E402

answers = [erase(entry) for entry in ENTRIES]  # noqa: F821
env.cr.commit()  # noqa: F821
print("odooops-erased:" + json.dumps(answers), flush=True)
