{
    "name": "OdooOps unchanged fixture",
    "summary": "A module that the images' test leaves alone",
    "author": "OdooOps",
    "license": "LGPL-3",
    "version": "19.0.1.0.0",
    "depends": ["odooops_fixture"],
}
