# Runs inside `odoo shell` of a neutralised database: mail as it leaves Odoo in
# all the ways there are. env is the shell's.
# ruff: noqa: F821
import smtplib


def mail(subject, server=None):
    return env["mail.mail"].create({
        "subject": subject, "body_html": "<p>text</p>", "email_from": "boss@example.com",
        "email_to": "customer@outside.example", "mail_server_id": server and server.id,
    })


def by_hand(port, encryption):
    """A server such as an administrator adds."""
    return env["ir.mail_server"].create({
        "name": encryption, "smtp_host": "smtp.outside.example", "smtp_port": port, "smtp_encryption": encryption,
        "smtp_authentication": "login", "smtp_user": "boss@outside.example", "smtp_pass": "secret",
    })


mail("at once").send(raise_exception=True)
mail("server by SSL", by_hand(465, "ssl_strict")).send(raise_exception=True)
starttls = by_hand(2525, "starttls_strict")
mail("server by STARTTLS", starttls).send(raise_exception=True)
starttls.test_smtp_connection()
with smtplib.SMTP_SSL("smtp.outside.example") as connection:
    connection.sendmail("boss@example.com", ["customer@outside.example"], "Subject: without Odoo\r\n\r\ntext")
mail("queued")
env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
env.cr.commit()
