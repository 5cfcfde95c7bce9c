from odoo.tests import HttpCase, TransactionCase, tagged


class TestWord(TransactionCase):
    def test_word_is_known(self):
        word = self.env["ir.config_parameter"].get_param("odooops_fixture.word")
        self.assertIn(word, ("first", "second"))


@tagged("post_install", "-at_install")
class TestPage(HttpCase):
    def test_login_page_answers(self):
        self.assertEqual(self.url_open("/web/login").status_code, 200)
