package previewhost

import (
	"fmt"
	"sort"
	"strings"
)

// Refusal says why there is no place, and who could make room.
type Refusal struct {
	Reason   string     `json:"reason"` // memory, disk, template
	NeededMB int        `json:"neededMb"`
	UsedMB   int        `json:"usedMb"`
	BudgetMB int        `json:"budgetMb"`
	FreeMB   int        `json:"freeMb"`    // of the disk
	KeepMB   int        `json:"reserveMb"` // of the disk, that stays free
	Others   []Admitted `json:"others"`
	Template string     `json:"template"`
}

func (r *Refusal) Error() string {
	switch r.Reason {
	case "template":
		if r.Template == "" || r.Template == Newest {
			return "the preview host has no complete template"
		}
		return "the preview host has no template " + r.Template
	case "disk":
		return fmt.Sprintf("the preview host has %d MB of disk free, and keeps %d MB%s", r.FreeMB, r.KeepMB, r.candidates())
	}
	return fmt.Sprintf("the preview host has no room: %d MB wanted, %d of %d MB are taken%s",
		r.NeededMB, r.UsedMB, r.BudgetMB, r.candidates())
}

// Next is what to run.
func (r *Refusal) Next() string {
	if r.Reason == "template" && r.Template != "" && r.Template != Newest {
		return "give --reset-data: what its data rests on is gone, and it takes the newest instead"
	}
	if r.Reason == "template" {
		return "run odooops template publish --fresh, or use --data demo"
	}
	if len(r.Others) == 0 {
		return "give the preview host a larger size, or less previewMb"
	}
	return "run odooops ttl sweep, or end one of them: odooops pr down --number " +
		strings.TrimPrefix(r.byExpiry()[0].Stack, "preview-pr-")
}

// byExpiry puts what ends soonest first, then what is oldest.
func (r *Refusal) byExpiry() []Admitted {
	list := append([]Admitted(nil), r.Others...)
	sort.Slice(list, func(i, j int) bool {
		if list[i].ExpiresAt != list[j].ExpiresAt {
			return list[i].ExpiresAt < list[j].ExpiresAt
		}
		return list[i].Created < list[j].Created
	})
	return list
}

// shown bounds the candidates in an error.
const shown = 5

func (r *Refusal) candidates() string {
	var b strings.Builder
	for i, a := range r.byExpiry() {
		if i == shown {
			fmt.Fprintf(&b, "\n  and %d more", len(r.Others)-shown)
			break
		}
		fmt.Fprintf(&b, "\n  %s: %d MB", a.Stack, a.MB)
		if a.DiskMB > 0 {
			fmt.Fprintf(&b, ", %d MB of disk", a.DiskMB)
		}
		fmt.Fprintf(&b, ", since %s, expires %s", a.Created, a.ExpiresAt)
		if a.Owner != "" {
			fmt.Fprintf(&b, ", of %s", a.Owner)
		}
	}
	return b.String()
}
