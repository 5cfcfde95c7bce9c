// Package provider serves Pulumi's ResourceProvider protocol for a handful of
// resource types. It knows the protocol's rules (previews, secrets, unknown
// values, automatic names, replacement) and nothing about any cloud; a type
// brings four methods, see [Resource], and the tables of package tables say
// what its properties are and what replaces it.
//
// It speaks raw gRPC on purpose: what a program sends passes through
// unchanged, so a refresh shows only drift that is there.
package provider
