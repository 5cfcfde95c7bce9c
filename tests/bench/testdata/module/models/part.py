from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class Part(models.Model):
    _name = "acme_part.part"
    _description = "Part"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    state = fields.Selection([("draft", "Draft"), ("made", "Made"), ("gone", "Gone")], default="draft", tracking=True)
    maker_id = fields.Many2one("res.partner", string="Made by")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    line_ids = fields.One2many("acme_part.line", "part_id")
    weight = fields.Float(compute="_compute_weight", store=True)
    note = fields.Html()

    @api.depends("line_ids.weight")
    def _compute_weight(self):
        for part in self:
            part.weight = sum(part.line_ids.mapped("weight"))

    @api.constrains("code")
    def _check_code(self):
        for part in self:
            if part.code and self.search_count([("code", "=", part.code), ("id", "!=", part.id)]):
                raise ValidationError(_("The code %s is taken.", part.code))

    def action_make(self):
        self.filtered(lambda p: p.state == "draft").write({"state": "made"})

    def action_drop(self):
        self.write({"state": "gone", "active": False})

    @api.model
    def _cron_forget(self, limit=500):
        """Deletes what is gone, some at a time."""
        gone = self.with_context(active_test=False).search([("state", "=", "gone")], limit=limit)
        gone.unlink()


class Line(models.Model):
    _name = "acme_part.line"
    _description = "Line of a part"

    part_id = fields.Many2one("acme_part.part", required=True, ondelete="cascade")
    name = fields.Char(required=True)
    quantity = fields.Float(default=1.0)
    unit_weight = fields.Float()
    weight = fields.Float(compute="_compute_weight", store=True)

    @api.depends("quantity", "unit_weight")
    def _compute_weight(self):
        for line in self:
            line.weight = line.quantity * line.unit_weight
