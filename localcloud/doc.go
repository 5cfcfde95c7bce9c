// Package localcloud is the embedded default cloud: a DigitalOcean on this
// computer, and the little of AWS that the second backup repository needs. It
// serves the DigitalOcean API, Spaces (S3), S3 and IAM of AWS, DNS, an image
// registry, an ACME server and a front for the browser, and makes the records
// of its API take effect on machines.
//
// The declared stacks must not notice: whatever they need of the real cloud is
// served under the real names. The package therefore imports nothing else of
// this project and grants nothing the real cloud would refuse.
//
//	api        the DigitalOcean API over the records
//	records    what the cloud remembers; survives a kill
//	spaces     S3 with the account's keys and grants, and S3 as AWS has it
//	iam        users of the AWS account, their policies and keys
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
//
// A fault that names a storage, spaces or aws, lasts until faults are cleared
// and strikes one bucket or all: it is down, a blackhole, slow (latency_ms,
// bytes_per_second each way), out of quota for writes, or says slowdown (503).
//
//	{"storage": "aws", "kind": "down"}
//	{"storage": "spaces", "bucket": "odooops-production-wal-1234", "kind": "quota"}
//	{"storage": "aws", "kind": "slow", "bytes_per_second": 65536}
//
// POST storage/CLOUD/BUCKET/corrupt flips a bit of a stored object, {"key":
// "…"}, or of one of its versions, {"key": "…", "version": "…"}.
package localcloud
