package api

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/records"
)

func (a *API) tags() {
	valid := regexp.MustCompile(`^[\p{L}\p{N}_:-]{1,255}$`)
	a.read("GET /v2/tags", func(c *call) (any, error) {
		names := make(map[string]godo.Tag, len(c.state.Tags))
		for name := range c.state.Tags {
			names[name] = renderTag(c.state, name)
		}
		return page(c, "tags", records.Sorted(names))
	})
	a.write("POST /v2/tags", http.StatusCreated, func(c *call) (any, error) {
		var in godo.TagCreateRequest
		if err := c.body(&in); err != nil {
			return nil, err
		}
		if !valid.MatchString(in.Name) {
			return nil, unprocessable("Tag names may contain letters, numbers, colons, dashes and underscores, not %q", in.Name)
		}
		c.state.Tags[in.Name] = true // creating it again is no error
		return object{"tag": renderTag(c.state, in.Name)}, nil
	})
	a.read("GET /v2/tags/{tag}", func(c *call) (any, error) {
		name, err := c.tag()
		if err != nil {
			return nil, err
		}
		return object{"tag": renderTag(c.state, name)}, nil
	})
	a.write("DELETE /v2/tags/{tag}", http.StatusNoContent, func(c *call) (any, error) {
		name, err := c.tag()
		if err != nil {
			return nil, err
		}
		delete(c.state.Tags, name)
		for _, d := range c.state.Droplets {
			d.Tags = without(d.Tags, name)
		}
		for _, v := range c.state.Volumes {
			v.Tags = without(v.Tags, name)
		}
		for _, f := range c.state.Firewalls {
			f.Tags = without(f.Tags, name)
		}
		c.then(a.firewallsChanged)
		return nil, nil
	})
	a.write("POST /v2/tags/{tag}/resources", http.StatusNoContent, func(c *call) (any, error) { return nil, a.tagResources(c, with) })
	a.write("DELETE /v2/tags/{tag}/resources", http.StatusNoContent, func(c *call) (any, error) { return nil, a.tagResources(c, without) })
}

func (c *call) tag() (string, error) {
	name := c.PathValue("tag")
	if !c.state.Tags[name] {
		return "", notFound()
	}
	return name, nil
}

// tagResources applies the tag to the listed droplets and volumes, or takes it away.
func (a *API) tagResources(c *call, edit func([]string, string) []string) error {
	tag, err := c.tag()
	if err != nil {
		return err
	}
	var in struct {
		Resources []struct {
			ID   json.RawMessage `json:"resource_id"` // droplets come as text or as number
			Type string          `json:"resource_type"`
		} `json:"resources"`
	}
	if err := c.body(&in); err != nil {
		return err
	}
	for _, r := range in.Resources {
		var id string
		if json.Unmarshal(r.ID, &id) != nil {
			id = string(r.ID)
		}
		switch r.Type {
		case "droplet":
			n, _ := strconv.Atoi(id) // what is no number is no droplet
			d, ok := c.state.Droplets[n]
			if !ok {
				return missing("Droplet", id)
			}
			d.Tags = edit(d.Tags, tag)
		case "volume":
			v, ok := c.state.Volumes[id]
			if !ok {
				return missing("Volume", id)
			}
			v.Tags = edit(v.Tags, tag)
		default:
			return unprocessable("resource_type %q can't be tagged here: it is droplet or volume", r.Type)
		}
	}
	c.then(a.firewallsChanged)
	return nil
}

func renderTag(s *records.State, name string) godo.Tag {
	droplets, volumes := &godo.TaggedDropletsResources{}, &godo.TaggedVolumesResources{}
	for _, d := range s.Droplets {
		if d.HasTag(name) {
			droplets.Count++
		}
	}
	for _, v := range s.Volumes {
		for _, t := range v.Tags {
			if t == name {
				volumes.Count++
			}
		}
	}
	return godo.Tag{Name: name, Resources: &godo.TaggedResources{
		Count: droplets.Count + volumes.Count, Droplets: droplets, Volumes: volumes,
		Images: &godo.TaggedImagesResources{}, VolumeSnapshots: &godo.TaggedVolumeSnapshotsResources{}, Databases: &godo.TaggedDatabasesResources{},
	}}
}
