from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase


class TestPart(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part = cls.env["acme_part.part"].create({"name": "Wheel", "code": "W1", "line_ids": [
            (0, 0, {"name": "Rim", "quantity": 1, "unit_weight": 2.5}),
            (0, 0, {"name": "Spoke", "quantity": 32, "unit_weight": 0.01}),
        ]})

    def test_weight(self):
        self.assertAlmostEqual(self.part.weight, 2.82)

    def test_code_is_unique(self):
        with self.assertRaises(ValidationError):
            self.part.copy({"code": "W1"})

    def test_drop(self):
        self.part.action_drop()
        self.env["acme_part.part"]._cron_forget()
        self.assertFalse(self.part.exists())
