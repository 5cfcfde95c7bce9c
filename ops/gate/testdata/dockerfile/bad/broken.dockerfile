FRM odoo
