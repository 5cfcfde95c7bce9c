from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    acme_part_ids = fields.One2many("acme_part.part", "maker_id")
    acme_part_count = fields.Integer(compute="_compute_acme_part_count")

    def _compute_acme_part_count(self):
        counts = dict(self.env["acme_part.part"]._read_group([("maker_id", "in", self.ids)], ["maker_id"], ["__count"]))
        for partner in self:
            partner.acme_part_count = counts.get(partner, 0)
