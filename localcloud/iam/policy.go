package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// policy is a policy document, as far as this cloud evaluates one.
type policy struct {
	Version   string
	ID        string `json:"Id,omitempty"`
	Statement statements
}

type statement struct {
	Sid      string `json:",omitempty"`
	Effect   string
	Action   oneOrMore
	Resource oneOrMore
}

type statements []statement

func (s *statements) UnmarshalJSON(text []byte) error {
	var list []statement
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		text = append(append([]byte("["), text...), ']')
	}
	err := strict(text, &list)
	*s = list
	return err
}

// oneOrMore is a list that may be written as its only element.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(o))
}

// strict refuses Condition, NotAction and the like: what isn't evaluated must
// not look granted or denied.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func parsePolicy(text string) (p policy, err error) {
	if err := strict([]byte(text), &p); err != nil {
		return p, err
	}
	if p.Version != "2012-10-17" || len(p.Statement) == 0 {
		return p, fmt.Errorf("a policy has the Version 2012-10-17 and statements")
	}
	for _, s := range p.Statement {
		if s.Effect != "Allow" && s.Effect != "Deny" || len(s.Action) == 0 || len(s.Resource) == 0 {
			return p, fmt.Errorf("a statement has an Effect, Allow or Deny, actions and resources")
		}
	}
	return p, nil
}

// allowed is IAM's rule: a Deny ends it, else an Allow is needed.
func allowed(policies []policy, action, resource string) bool {
	granted := false
	for _, p := range policies {
		for _, s := range p.Statement {
			if !anyMatches(s.Action, action, strings.ToLower) || !anyMatches(s.Resource, resource, strings.Clone) {
				continue
			}
			if s.Effect == "Deny" {
				return false
			}
			granted = true
		}
	}
	return granted
}

func anyMatches(patterns []string, name string, fold func(string) string) bool {
	for _, p := range patterns {
		if matches(fold(p), fold(name)) {
			return true
		}
	}
	return false
}

// matches knows * and ?, which also stand for slashes and colons.
func matches(pattern, name string) bool {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '*' {
			for j := len(name); j >= 0; j-- {
				if matches(pattern[i+1:], name[j:]) {
					return true
				}
			}
			return false
		}
		if name == "" || pattern[i] != '?' && pattern[i] != name[0] {
			return false
		}
		name = name[1:]
	}
	return name == ""
}
