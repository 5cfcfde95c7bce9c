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
//
// On loopback, and there alone, the API also answers /_local/…, without a
// token: GET summary counts everything there is, so that a test can count
// before and after; POST faults takes one disturbance as JSON and DELETE
// faults ends all. A fault strikes the next count (1) requests whose method
// and path prefix match, after latency_ms: it answers status (429, 500, …), or
// cuts the connection before or after the request was carried out, or only
// delays.
//
//	{"method": "POST", "path": "/v2/droplets", "count": 3, "status": 429}
//	{"path": "/v2/domains", "latency_ms": 5000}
//	{"method": "DELETE", "cut": "after"}
package localcloud
