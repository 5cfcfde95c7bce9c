// Package e2e tries the project as a newcomer and an operator would: a fresh
// copy of the checkout, the commands of the README, booted machines, real Odoo
// and real Postgres. It needs root and looks at results from the outside only:
// exit codes, printed JSON, HTTP, SSH, the S3 bucket.
package e2e
