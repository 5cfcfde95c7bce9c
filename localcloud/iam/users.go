package iam

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/odooops/odooops/localcloud/records"
	"github.com/odooops/odooops/localcloud/spaces"
)

// Key is what an access key may do, at S3 too: the account's may do
// everything, an inactive one doesn't exist.
func (s *Server) Key(id string) (access spaces.Access, ok bool) {
	s.Store.View(func(state *records.State) {
		if a := state.Account; id == a.AWSAccessKey {
			access, ok = spaces.Access{Secret: a.AWSSecretKey, Full: true}, true
			return
		}
		u := ownerOf(state, id)
		if u == nil {
			return
		}
		var policies []policy
		for _, text := range u.Policies {
			if p, err := parsePolicy(text); err == nil { // was checked when it came
				policies = append(policies, p)
			}
		}
		k := u.Keys[id]
		access = spaces.Access{Secret: k.Secret, Policy: func(action, resource string) bool {
			return allowed(policies, action, resource)
		}}
		ok = k.Status == active
	})
	return access, ok
}

func ownerOf(s *records.State, id string) *records.AWSUser {
	for _, u := range s.AWSUsers {
		if u.Keys[id] != nil {
			return u
		}
	}
	return nil
}

const (
	active   = "Active"
	inactive = "Inactive"
	maxKeys  = 2
)

type operation struct {
	writes bool
	do     func(*call) (any, error)
}

// actions by service, as its requests are signed for.
func actions() map[string]map[string]operation {
	read := func(do func(*call) (any, error)) operation { return operation{false, do} }
	change := func(do func(*call) (any, error)) operation { return operation{true, do} }
	none := func(list string) operation { return read(userHasNo(list)) }
	return map[string]map[string]operation{
		"sts": {"GetCallerIdentity": read(callerIdentity)},
		"iam": {
			"CreateUser": change(createUser), "GetUser": read(getUser), "DeleteUser": change(deleteUser),
			"ListUsers": read(listUsers),
			"TagUser":   change(tagUser), "UntagUser": change(untagUser), "ListUserTags": read(listUserTags),
			"PutUserPolicy": change(putUserPolicy), "GetUserPolicy": read(getUserPolicy),
			"DeleteUserPolicy": change(deleteUserPolicy), "ListUserPolicies": read(listUserPolicies),
			"CreateAccessKey": change(createAccessKey), "UpdateAccessKey": change(updateAccessKey),
			"DeleteAccessKey": change(deleteAccessKey), "ListAccessKeys": read(listAccessKeys),
			// What a forced deletion looks for first.
			"ListGroupsForUser": none("Groups"), "ListAttachedUserPolicies": none("AttachedPolicies"),
			"ListMFADevices": none("MFADevices"), "ListSSHPublicKeys": none("SSHPublicKeys"),
			"ListSigningCertificates": none("Certificates"), "ListServiceSpecificCredentials": none("ServiceSpecificCredentials"),
			"ListVirtualMFADevices": read(func(*call) (any, error) { return list("VirtualMFADevices", nil), nil }),
			"DeleteLoginProfile":    read(noLoginProfile), "GetLoginProfile": read(noLoginProfile),
		},
	}
}

func text(name, value string) element { return element{name, []any{value}} }

func date(name string, t time.Time) element { return text(name, t.UTC().Format(time.RFC3339)) }

// list is a whole one: nothing here has a second page.
func list(name string, members []element) []element {
	inner := []any{}
	for _, m := range members {
		inner = append(inner, m)
	}
	return []element{{name, inner}, text("IsTruncated", "false")}
}

func member(inner ...element) element { return element{"member", []any{inner}} }

func arnOf(s *records.State, u *records.AWSUser) string {
	return "arn:aws:iam::" + s.Account.AWSAccount + ":user" + u.Path + u.Name
}

func noSuch(kind, name string) error {
	return refuse(http.StatusNotFound, "NoSuchEntity", "The %s with name %s cannot be found.", kind, name)
}

func (c *call) user() (*records.AWSUser, error) {
	name := c.Get("UserName")
	if name == "" && c.caller != nil {
		return c.caller, nil
	}
	u := c.state.AWSUsers[name]
	if u == nil {
		return nil, noSuch("user", name)
	}
	return u, nil
}

func userHasNo(name string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		_, err := c.user()
		return list(name, nil), err
	}
}

func noLoginProfile(c *call) (any, error) {
	return nil, noSuch("login profile", c.Get("UserName"))
}

func callerIdentity(c *call) (any, error) {
	id, arn := c.state.Account.AWSAccount, "arn:aws:iam::"+c.state.Account.AWSAccount+":root"
	if c.caller != nil {
		id, arn = c.caller.ID, arnOf(c.state, c.caller)
	}
	return []element{text("Arn", arn), text("UserId", id), text("Account", c.state.Account.AWSAccount)}, nil
}

func shown(s *records.State, u *records.AWSUser) []element {
	return []element{
		text("Path", u.Path), text("UserName", u.Name), text("UserId", u.ID),
		text("Arn", arnOf(s, u)), date("CreateDate", u.Created), {"Tags", []any{tags(u)}},
	}
}

func tags(u *records.AWSUser) (out []element) {
	for _, k := range slices.Sorted(maps.Keys(u.Tags)) {
		out = append(out, member(text("Key", k), text("Value", u.Tags[k])))
	}
	return out
}

func createUser(c *call) (any, error) {
	name, path := c.Get("UserName"), c.Get("Path")
	if name == "" || len(name) > 64 {
		return nil, refuse(http.StatusBadRequest, "ValidationError", "a user's name has 1 to 64 characters")
	}
	if c.state.AWSUsers[name] != nil {
		return nil, refuse(http.StatusConflict, "EntityAlreadyExists", "User with name %s already exists.", name)
	}
	if path == "" {
		path = "/"
	}
	u := &records.AWSUser{
		Name: name, Path: path, ID: "AIDA" + rand.Text()[:16], Created: c.now,
		Tags: map[string]string{}, Policies: map[string]string{}, Keys: map[string]*records.AWSKey{},
	}
	c.state.AWSUsers[name] = u
	addTags(c.Values, u)
	return element{"User", []any{shown(c.state, u)}}, nil
}

func addTags(in url.Values, u *records.AWSUser) {
	for i := 1; in.Has("Tags.member." + strconv.Itoa(i) + ".Key"); i++ {
		prefix := "Tags.member." + strconv.Itoa(i)
		u.Tags[in.Get(prefix+".Key")] = in.Get(prefix + ".Value")
	}
}

func getUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return element{"User", []any{shown(c.state, u)}}, nil
}

func listUsers(c *call) (any, error) {
	var all []element
	for _, u := range records.Sorted(c.state.AWSUsers) {
		all = append(all, member(shown(c.state, u)...))
	}
	return list("Users", all), nil
}

func deleteUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if len(u.Keys) > 0 || len(u.Policies) > 0 {
		return nil, refuse(http.StatusConflict, "DeleteConflict", "Cannot delete entity, must delete access keys and policies first.")
	}
	delete(c.state.AWSUsers, u.Name)
	return nil, nil
}

func tagUser(c *call) (any, error) {
	u, err := c.user()
	if err == nil {
		addTags(c.Values, u)
	}
	return nil, err
}

func untagUser(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	for i := 1; c.Has("TagKeys.member." + strconv.Itoa(i)); i++ {
		delete(u.Tags, c.Get("TagKeys.member."+strconv.Itoa(i)))
	}
	return nil, nil
}

func listUserTags(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return list("Tags", tags(u)), nil
}

func putUserPolicy(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if _, err := parsePolicy(c.Get("PolicyDocument")); err != nil {
		return nil, refuse(http.StatusBadRequest, "MalformedPolicyDocument", "The local cloud evaluates Effect, Action and Resource of a policy: %v", err)
	}
	u.Policies[c.Get("PolicyName")] = c.Get("PolicyDocument")
	return nil, nil
}

func getUserPolicy(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	name := c.Get("PolicyName")
	document, ok := u.Policies[name]
	if !ok {
		return nil, noSuch("user policy", name)
	}
	return []element{text("UserName", u.Name), text("PolicyName", name), text("PolicyDocument", url.QueryEscape(document))}, nil
}

func deleteUserPolicy(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	name := c.Get("PolicyName")
	if _, ok := u.Policies[name]; !ok {
		return nil, noSuch("user policy", name)
	}
	delete(u.Policies, name)
	return nil, nil
}

func listUserPolicies(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	var names []element
	for _, name := range slices.Sorted(maps.Keys(u.Policies)) {
		names = append(names, text("member", name))
	}
	return list("PolicyNames", names), nil
}
