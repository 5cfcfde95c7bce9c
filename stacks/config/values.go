package config

import (
	"encoding/json"
	"strconv"
)

// number and list read what the table has checked already.

func number(v string) int {
	n, _ := strconv.Atoi(v)
	return n
}

func list(v string) []string {
	var l []string
	_ = json.Unmarshal([]byte(v), &l)
	return l
}
