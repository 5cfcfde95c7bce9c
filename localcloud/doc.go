// Package localcloud is the embedded default cloud: a DigitalOcean on this
// computer. It serves the DigitalOcean API, Spaces (S3), DNS, an image
// registry, an ACME server and a front for the browser, and makes the records
// of its API take effect on machines.
//
// The declared stacks must not notice: whatever they need of the real cloud is
// served under the real names. The package therefore imports nothing else of
// this project and grants nothing the real cloud would refuse.
//
//	api        the DigitalOcean API over the records
//	records    what the cloud remembers; survives a kill
//	spaces     S3 with the account's keys and grants
//	names      DNS for the zones in the records
//	trust      the cloud's own certificate authority
//	registry   container images
//	acme       a certificate authority that speaks ACME
//	front      http://NAME.odooops.localhost for the browser
//	docker     machines: droplets as containers
package localcloud
