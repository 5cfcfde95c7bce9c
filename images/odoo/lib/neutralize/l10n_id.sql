UPDATE res_partner_bank
   SET l10n_id_qris_api_key = NULL, l10n_id_qris_mid = NULL;
