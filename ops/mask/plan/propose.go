package plan

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/catalog"
)

// hints by name, the first that fits. Only for text.
var hints = []struct {
	name  *regexp.Regexp
	class string
}{
	{regexp.MustCompile(`password|passwd|secret|token|api_?key|private_key|credential|^key$|_pass$|signature_key`), "secret"},
	{regexp.MustCompile(`email_(from|to|cc)$|reply_to`), "fake mailbox"},
	{regexp.MustCompile(`e?mail`), "fake email"},
	{regexp.MustCompile(`phone|mobile|fax|^number$`), "fake phone"},
	{regexp.MustCompile(`iban|acc_number`), "fake iban"},
	{regexp.MustCompile(`^vat|_vat$|tax_id`), "fake vat"},
	{regexp.MustCompile(`^login|_login$`), "fake login"},
	{regexp.MustCompile(`street`), "fake street"},
	{regexp.MustCompile(`city`), "fake city"},
	{regexp.MustCompile(`^zip|_zip$`), "fake zip"},
	{regexp.MustCompile(`^ip$|ip_address`), "fake ip"},
	{regexp.MustCompile(`url|website|link`), "fake url"},
	{regexp.MustCompile(`(partner|employee|contact|customer|author|holder|user)_?name$`), "fake name"},
	{regexp.MustCompile(`barcode|serial|ssn|passport|permit|license|^ref$|_ref$`), "fake code"},
	{regexp.MustCompile(`body|html|note|comment|description|message|summary`), "redact"},
	{regexp.MustCompile(`^name$|title|subject`), "fake text"},
	{regexp.MustCompile(`^(state|type|kind|status|lang|tz|model|res_model|position|color)$|_(state|type|status|mode|method|policy|model|code)$`), "keep"},
}

// Propose is a class for a human to review, by the column's name and type.
func Propose(table string, c *catalog.Column) string {
	if c.Transient {
		return "null # the model is transient: truncate " + table
	}
	switch c.Family {
	case catalog.Int, catalog.Number, catalog.Enum:
		return "keep"
	case catalog.Date:
		if strings.Contains(c.Name, "birth") {
			return "fake date"
		}
		return "keep"
	case catalog.Bytes, catalog.Other:
		return "null"
	case catalog.Inet:
		return "fake ip"
	}
	for _, h := range hints {
		// What a user's own field is called says little of what is typed into it.
		if h.name.MatchString(c.Name) && !(h.class == "keep" && strings.HasPrefix(c.Name, "x_")) {
			return h.class
		}
	}
	if c.Alone {
		return "fake text"
	}
	return "redact"
}

// YAML are the proposals as sections of a manifest, one per module.
func YAML(all []mask.Unclassified) string {
	all = slices.Clone(all)
	sort.SliceStable(all, func(i, j int) bool {
		if all[i].Module != all[j].Module {
			return all[i].Module < all[j].Module
		}
		return all[i].Table < all[j].Table
	})
	var b strings.Builder
	module, table := "\x00", ""
	for _, u := range all {
		if u.Module != module {
			module, table = u.Module, ""
			fmt.Fprintf(&b, "module: %s\ntables:\n", module)
		}
		if u.Table != table {
			table = u.Table
			fmt.Fprintf(&b, "  %s:\n", table)
		}
		fmt.Fprintf(&b, "    %s: %s\n", u.Column, u.Proposal)
	}
	return b.String()
}
