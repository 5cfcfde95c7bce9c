package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
)

// table prints rows under a header, aligned.
func table(w io.Writer, header []string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ToUpper(strings.Join(header, "\t")))
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	_ = t.Flush()
}

// printOutputs prints a stack's outputs, one a line.
func printOutputs(w io.Writer, outputs map[string]any) {
	keys := make([]string, 0, len(outputs))
	for k := range outputs {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	rows := make([][]string, 0, len(keys))
	for _, k := range keys {
		text, ok := outputs[k].(string)
		if !ok {
			b, err := json.Marshal(outputs[k])
			if err != nil {
				continue
			}
			text = string(b)
		}
		rows = append(rows, []string{k, text})
	}
	table(w, []string{"output", "value"}, rows)
}
