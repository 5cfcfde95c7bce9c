from odoo import fields, models


class Cron(models.Model):
    _inherit = "ir.cron"

    acme = fields.Boolean()

    def _notify_admin(self, message):
        return super()._notify_admin(message)


class Acme(models.Model):
    _name = "acme"

    def _run_job(self):
        """Another model's."""
