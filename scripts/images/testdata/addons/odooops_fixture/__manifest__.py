{
    "name": "OdooOps fixture",
    "summary": "A module that the images' test changes, breaks and mends",
    "author": "OdooOps",
    "license": "LGPL-3",
    "version": "19.0.1.0.0",
    "depends": ["base"],
    "data": ["data.xml"],
}
