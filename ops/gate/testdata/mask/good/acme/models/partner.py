from odoo import api, fields, models


class Partner(models.Model):
    _inherit = "res.partner"

    name = fields.Char(tracking=True)
    acme_id = fields.Many2one("acme.level")
    acme_ids = fields.One2many("acme.level", "partner_id")
    acme_ok = fields.Boolean()
    acme_initials = fields.Char(compute="_compute_acme_initials")
    acme_city = fields.Char(related="parent_id.city")
    acme_photo = fields.Image()

    @api.depends("name")
    def _compute_acme_initials(self):
        for partner in self:
            partner.acme_initials = partner.name[:1]


class Level(models.Model):
    _name = "acme.level"

    partner_id = fields.Many2one("res.partner")
    active = fields.Boolean(default=True)


class Report(models.Model):
    _name = "acme.report"
    _auto = False

    name = fields.Char(readonly=True)


class Counted(models.AbstractModel):
    _name = "acme.counted"

    acme_count = fields.Integer(compute="_compute_acme_count")


class Thing(models.Model):
    _name = "acme.thing"
    _inherit = "acme.counted"

    acme_count = fields.Integer(groups="base.group_user")
