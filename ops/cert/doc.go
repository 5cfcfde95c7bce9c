// Package cert gets the previews' wildcard certificate and puts it on their
// host. It runs in core: proving that the zone is ours takes a token that may
// write DNS, which no host and no pull request's job has. The host's files are
// the only truth about what is served, so a renewal works from an empty clone.
// It keeps no certificate of its own; the account's key it keeps is worth
// nothing but the authority's patience.
package cert
