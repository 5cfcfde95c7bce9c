package records

import (
	"cmp"
	"slices"
	"strings"
)

// Sorted returns the values of a map ordered by key, so that lists are stable.
func Sorted[K cmp.Ordered, V any](m map[K]V) []V {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	values := make([]V, len(keys))
	for i, k := range keys {
		values[i] = m[k]
	}
	return values
}

func cutLabel(name string) (label, parent string, found bool) {
	return strings.Cut(name, ".")
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }
