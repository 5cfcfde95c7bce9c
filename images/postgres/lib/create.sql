-- Once, in a new cluster. Odoo's role owns its one database and can make no
-- other. It may still connect to the database postgres: its bus notifies there.
\getenv superuser_password superuser_password
\getenv odoo_password odoo_password
\getenv database database
\getenv odoo_user odoo_user
ALTER ROLE postgres PASSWORD :'superuser_password';
CREATE ROLE :"odoo_user" LOGIN PASSWORD :'odoo_password';
CREATE DATABASE :"database" OWNER :"odoo_user" TEMPLATE template0;
REVOKE CONNECT ON DATABASE :"database" FROM PUBLIC;
\connect :"database"
CREATE EXTENSION pg_trgm;
CREATE EXTENSION unaccent;
