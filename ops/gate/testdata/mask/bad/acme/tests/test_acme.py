from odoo import fields, models


class OfATest(models.Model):
    _name = "acme.test"

    name = fields.Char()
