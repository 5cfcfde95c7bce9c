{
    "name": "Acme Part",
    "summary": "Parts, their lines and who makes them",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "author": "Acme",
    "depends": ["base", "mail"],
    "data": [
        "security/ir.model.access.csv",
        "data/cron.xml",
        "views/part.xml",
    ],
    "installable": True,
}
