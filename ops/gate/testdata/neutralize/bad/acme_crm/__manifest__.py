{'name': 'acme_crm'}
