{'name': 'payment_acme'}
