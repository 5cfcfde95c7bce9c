UPDATE pos_payment_method
   SET dpopay_test_mode = true, dpopay_client_id = NULL, dpopay_client_secret = NULL, dpopay_bearer_token = NULL;
