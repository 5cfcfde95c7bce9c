// Package ttl ends what is past its time: previews and stagings whose expiry
// is over, previews whose pull request is closed, and what a killed run left
// without a stack. It would rather leave something than take what is not its
// own: a backend that can't be read, is empty of its zone's host, or is not
// the marked one removes nothing; an expiry that is missing or no time is
// reported and never taken for forever. It destroys through the engine and
// declares nothing.
package ttl
