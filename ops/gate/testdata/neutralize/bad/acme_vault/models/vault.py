from odoo import fields, models


class Vault(models.Model):
    _name = "acme.vault"

    name = fields.Char()
    api_key = fields.Char(groups="base.group_system")
