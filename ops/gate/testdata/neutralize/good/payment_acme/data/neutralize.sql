UPDATE ir_config_parameter SET value = 'test' WHERE key = 'payment_acme.mode';
