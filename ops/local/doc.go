// Package local runs the local cloud of a checkout as a daemon: starts it,
// finds it again, stops it, takes everything away. What the cloud is, it does
// not know: the process it starts is `odooops local serve`.
package local
