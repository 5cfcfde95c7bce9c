from odoo import fields, models


class Vault(models.Model):
    _name = "acme.vault"

    name = fields.Char()
    access_token = fields.Char()
    password = fields.Char(compute="_compute_password")
    has_password = fields.Boolean()
