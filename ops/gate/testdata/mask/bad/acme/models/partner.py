from odoo import fields, models


class Nameable(models.AbstractModel):
    _name = "acme.nameable"

    nickname = fields.Char()


class Partner(models.Model):
    _inherit = ["res.partner", "acme.nameable"]
    _name = "res.partner"

    acme_points = fields.Integer()
    acme_city = fields.Char(related="parent_id.city", store=True)
    acme_slogan: str = fields.Char(translate=True)
    acme_photo = fields.Image(attachment=False)


class Level(models.Model):
    _name = "acme.level"
    _table = "acme_lvl"

    birthday = fields.Date()
    acme_partner_id = fields.Many2one("res.partner", company_dependent=True)


class Wizard(models.TransientModel):
    _name = "acme.wizard"

    email = fields.Char()
