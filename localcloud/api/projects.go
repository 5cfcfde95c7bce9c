package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/digitalocean/godo"
	"github.com/google/uuid"

	"github.com/odooops/odooops/localcloud/records"
)

func (a *API) projects() {
	a.read("GET /v2/projects", func(c *call) (any, error) {
		list := []godo.Project{}
		for _, p := range records.Sorted(c.state.Projects) {
			list = append(list, p.Project)
		}
		return page(c, "projects", list)
	})
	a.write("POST /v2/projects", http.StatusCreated, func(c *call) (any, error) {
		var in godo.CreateProjectRequest
		if err := c.body(&in); err != nil {
			return nil, err
		}
		if in.Name == "" || in.Purpose == "" {
			return nil, badRequest("name and purpose are required")
		}
		for _, p := range c.state.Projects {
			if p.Name == in.Name {
				return nil, conflict("name is already in use: %s", in.Name)
			}
		}
		now := a.Now().UTC().Format(time.RFC3339)
		p := &records.Project{Project: godo.Project{
			ID: uuid.NewString(), OwnerUUID: c.state.Account.UUID, OwnerID: 1, Name: in.Name, Description: in.Description,
			Purpose: in.Purpose, Environment: in.Environment, CreatedAt: now, UpdatedAt: now,
		}}
		c.state.Projects[p.ID] = p
		return object{"project": p.Project}, nil
	})
	a.read("GET /v2/projects/{id}", func(c *call) (any, error) {
		p, err := c.project()
		if err != nil {
			return nil, err
		}
		return object{"project": p.Project}, nil
	})
	for _, method := range []string{http.MethodPatch, http.MethodPut} {
		a.write(method+" /v2/projects/{id}", http.StatusOK, a.changeProject)
	}
	a.write("DELETE /v2/projects/{id}", http.StatusNoContent, func(c *call) (any, error) {
		p, err := c.project()
		switch {
		case err != nil:
			return nil, err
		case p.IsDefault:
			return nil, forbidden("the default project can't be deleted")
		case len(p.Resources) > 0:
			return nil, newRefusal(http.StatusPreconditionFailed, "precondition_failed",
				"cannot delete a project with resources: %v", p.Resources)
		}
		delete(c.state.Projects, p.ID)
		return nil, nil
	})
	a.read("GET /v2/projects/{id}/resources", func(c *call) (any, error) {
		p, err := c.project()
		if err != nil {
			return nil, err
		}
		return page(c, "resources", projectResources(p.Resources))
	})
	a.write("POST /v2/projects/{id}/resources", http.StatusOK, assignResources)
}

// DefaultProject is the one every account has; new resources belong to it.
func DefaultProject(now time.Time) *records.Project {
	stamp := now.UTC().Format(time.RFC3339)
	return &records.Project{Project: godo.Project{
		ID: uuid.NewString(), OwnerID: 1, Name: "first-project", Purpose: "Just trying out DigitalOcean",
		Environment: "Development", IsDefault: true, CreatedAt: stamp, UpdatedAt: stamp,
	}}
}

// project finds by id, or the default one by the name "default".
func (c *call) project() (*records.Project, error) {
	id := c.PathValue("id")
	for _, p := range c.state.Projects {
		if p.ID == id || id == "default" && p.IsDefault {
			return p, nil
		}
	}
	return nil, notFound()
}

func (a *API) changeProject(c *call) (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	in := p.Project // what the request leaves out stays
	if err := c.body(&in); err != nil {
		return nil, err
	}
	p.Name, p.Description, p.Purpose, p.Environment = in.Name, in.Description, in.Purpose, in.Environment
	if in.IsDefault && !p.IsDefault {
		for _, other := range c.state.Projects {
			other.IsDefault = other == p
		}
	}
	p.UpdatedAt = a.Now().UTC().Format(time.RFC3339)
	return object{"project": p.Project}, nil
}

// assignResources moves URNs to the project. A stale URN is no error: the
// plugin moves what is gone back to the default project.
func assignResources(c *call) (any, error) {
	p, err := c.project()
	if err != nil {
		return nil, err
	}
	var in struct {
		Resources []string `json:"resources"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	for _, urn := range in.Resources {
		unlist(c.state, urn)
		p.Resources = append(p.Resources, urn)
	}
	return object{"resources": projectResources(in.Resources)}, nil
}

func projectResources(urns []string) []godo.ProjectResource {
	list := []godo.ProjectResource{}
	for _, urn := range urns {
		list = append(list, godo.ProjectResource{URN: urn, Status: "ok", Links: &godo.ProjectResourceLinks{}})
	}
	return list
}

// unlist takes a resource out of whatever project it is in.
func unlist(s *records.State, urn string) {
	for _, p := range s.Projects {
		p.Resources = slices.DeleteFunc(p.Resources, func(u string) bool { return u == urn })
	}
}
