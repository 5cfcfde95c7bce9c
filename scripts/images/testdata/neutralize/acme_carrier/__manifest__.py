{
    "name": "acme_carrier",
    "author": "OdooOps",
    "license": "LGPL-3",
    "version": "19.0.1.0.0",
    "depends": ["base"],
}
