{
    "name": "OdooOps mail catcher",
    "summary": "Sends every mail to the catcher that odoo.conf names",
    "author": "OdooOps",
    "license": "LGPL-3",
    "version": "19.0.1.0.0",
    "depends": ["base"],
    # Not to be installed: it is loaded with the server, for all databases.
    "installable": False,
}
