package spaces

// Access is what a key may do.
type Access struct {
	Secret string
	// Full keys may do everything, also make and remove buckets.
	Full bool
	// Buckets names what a limited key may do: true is read and write.
	Buckets map[string]bool
}

// right is what an operation asks for.
type right int

const (
	read  right = iota // objects and their lists
	write              // put and delete objects
	admin              // buckets and their settings
)

// allow refuses what the key may not do. A bucket that is not granted looks
// the same whether it exists or not.
func (a Access) allow(bucket string, want right) error {
	if a.Full {
		return nil
	}
	mayWrite, granted := a.Buckets[bucket]
	if !granted || want == admin || want == write && !mayWrite {
		return accessDenied("The key has no grant for this.")
	}
	return nil
}
