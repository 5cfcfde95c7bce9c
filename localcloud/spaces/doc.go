// Package spaces is the local cloud's object storage: the part of S3 that
// Spaces has and the stacks, their tools and provider plugins use. Objects are
// files, their index is one bbolt database; both survive a kill.
//
// It grants what the real Spaces grants and nothing finer: the account's key
// and fullaccess keys may do everything; other keys read, or read and write,
// the objects of the buckets they name.
//
// A Server with AWS set is S3 as AWS has it: keys are held to the policies of
// their users, action by action, buckets are in the region they were made in,
// and Object Lock retains versions.
//
// It must not answer what it does not
// do with success: what is unknown is NotImplemented. Lifecycle, CORS,
// encryption and the like are the exception: their documents are kept and read
// back, and nothing acts on them.
//
// It is not an embedded gateway because the one that fits, versitygw, changes
// the process's working directory and allows one instance a process, and knows
// no lifecycle rules; the libraries keep no versions on disk.
package spaces
