"""Sends every SMTP connection of this process to the catcher.

Odoo takes the server of a mail from the mail itself, from any active row of
ir.mail_server, and only then from odoo.conf; a module may call smtplib by
itself. So not Odoo is told, but Python's SMTP client: whichever host and port
are asked for, in clear or with TLS, with or without a login, the catcher gets
it. A setting that can't be read means that no mail leaves, not that all does.
"""

import logging
import smtplib

from odoo.tools import config

_logger = logging.getLogger(__name__)


def address(setting):
    host, colon, port = (setting or "").rpartition(":")
    if not (host and colon and port.isdigit()):
        return None
    return host, int(port)


def install():
    setting = config.get("mail_catcher")
    catcher = address(setting)
    connect = smtplib.SMTP.connect

    def to_catcher(self, host="localhost", port=0, source_address=None):
        if catcher is None:
            raise OSError(f"mail_catcher = {setting!r} in odoo.conf is not host:port, and no mail may go elsewhere")
        _logger.info("mail for %s:%s goes to the catcher %s", host, port or self.default_port, setting)
        return connect(self, *catcher)

    def no_tls(self, *_, **__):
        self.ehlo_or_helo_if_needed()
        return 220, b"the catcher takes it in clear"

    def no_login(self, *_, **__):
        self.ehlo_or_helo_if_needed()
        return 235, b"the catcher knows no accounts"

    smtplib.SMTP.connect = smtplib.LMTP.connect = to_catcher
    smtplib.SMTP_SSL._get_socket = smtplib.SMTP._get_socket
    smtplib.SMTP.starttls = no_tls
    smtplib.SMTP.login = smtplib.SMTP.auth = no_login
    _logger.info("every mail goes to the catcher %s", setting)
