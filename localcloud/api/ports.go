package api

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"
)

// ParsePorts reads a rule's ports: "all", "" and "0" are all (0, 0), "22" is
// one, "8000-9000" a range.
func ParsePorts(text string) (from, to int, err error) {
	if text == "" || text == "all" || text == "0" {
		return 0, 0, nil
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, err = strconv.Atoi(first)
	if err == nil {
		to, err = strconv.Atoi(last)
	}
	if err != nil || from < 1 || to > 65535 || from > to {
		return 0, 0, fmt.Errorf("firewall rule ports must be a port, a range such as 8000-9000, or all, not %q", text)
	}
	return from, to, nil
}

func sameInbound(a, b godo.InboundRule) bool   { return reflect.DeepEqual(a, b) }
func sameOutbound(a, b godo.OutboundRule) bool { return reflect.DeepEqual(a, b) }
