-- Logins would go to the company's directory, with its password.
DELETE FROM res_company_ldap;
