package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// project is digitalocean:index/project:Project.
type project struct{ client *godo.Client }

const defaultPurpose = "Web Application"

func purpose(in provider.Props) string {
	if p := in.String("purpose"); p != "" {
		return p
	}
	return defaultPurpose
}

func (r project) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	p, _, err := r.client.Projects.Create(ctx, &godo.CreateProjectRequest{
		Name: in.String("name"), Description: in.String("description"),
		Purpose: purpose(in), Environment: in.String("environment"),
	})
	if err != nil {
		return "", nil, err
	}
	if err := moveTo(ctx, r.client, p.ID, in.Strings("resources")); err != nil {
		return p.ID, nil, err
	}
	if in.Bool("isDefault", false) {
		if err := r.patch(ctx, p.ID, in); err != nil {
			return p.ID, nil, err
		}
	}
	out, err := r.Read(ctx, p.ID, in)
	return p.ID, out, err
}

func (r project) patch(ctx context.Context, id string, in provider.Props) error {
	_, _, err := r.client.Projects.Update(ctx, id, &godo.UpdateProjectRequest{
		Name: in.String("name"), Description: in.String("description"), Purpose: purpose(in),
		Environment: in.String("environment"), IsDefault: in.Bool("isDefault", false),
	})
	return err
}

func (r project) Read(ctx context.Context, id string, _ provider.Props) (provider.Props, error) {
	p, _, err := r.client.Projects.Get(ctx, id)
	if err != nil {
		return nil, gone(err)
	}
	urns, err := urnsOf(ctx, r.client, id)
	if err != nil {
		return nil, err
	}
	return provider.Props{
		"name": p.Name, "description": p.Description, "purpose": p.Purpose, "environment": p.Environment,
		"isDefault": p.IsDefault, "ownerId": float64(p.OwnerID), "ownerUuid": p.OwnerUUID,
		"createdAt": p.CreatedAt, "updatedAt": p.UpdatedAt, "resources": strs(urns),
	}, nil
}

func (r project) Update(ctx context.Context, id string, old, in provider.Props) (provider.Props, error) {
	if err := r.patch(ctx, id, in); err != nil {
		return nil, err
	}
	if _, declared := in["resources"]; declared {
		if err := moveBetween(ctx, r.client, id, old.Strings("resources"), in.Strings("resources")); err != nil {
			return nil, err
		}
	}
	return r.Read(ctx, id, in)
}

// Delete moves what is in the project to the default one: the API deletes
// only an empty project.
func (r project) Delete(ctx context.Context, id string, _ provider.Props) error {
	urns, err := urnsOf(ctx, r.client, id)
	if err != nil {
		return gone(err)
	}
	if err := moveTo(ctx, r.client, godo.DefaultProject, urns); err != nil {
		return err
	}
	return poll(ctx, "project "+id+" to be empty", func() (bool, error) {
		_, err := r.client.Projects.Delete(ctx, id)
		if hasStatus(err, http.StatusPreconditionFailed) {
			return false, nil
		}
		return err == nil, err
	})
}

// projectResources is digitalocean:index/projectResources:ProjectResources.
// Its id is the project's.
type projectResources struct{ client *godo.Client }

func (r projectResources) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	id := in.String("project")
	if _, _, err := r.client.Projects.Get(ctx, id); err != nil {
		return "", nil, fmt.Errorf("project %s: %w", id, err)
	}
	if err := moveTo(ctx, r.client, id, in.Strings("resources")); err != nil {
		return "", nil, err
	}
	out, err := r.Read(ctx, id, in)
	return id, out, err
}

// Read keeps the declared URNs that are in the project: others may be there
// by another resource's wish.
func (r projectResources) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	if _, _, err := r.client.Projects.Get(ctx, id); err != nil {
		return nil, gone(err)
	}
	urns, err := urnsOf(ctx, r.client, id)
	if err != nil {
		return nil, err
	}
	kept := []string{}
	for _, urn := range state.Strings("resources") {
		if slices.Contains(urns, urn) {
			kept = append(kept, urn)
		}
	}
	return provider.Props{"resources": strs(kept)}, nil
}

func (r projectResources) Update(ctx context.Context, id string, old, in provider.Props) (provider.Props, error) {
	if err := moveBetween(ctx, r.client, id, old.Strings("resources"), in.Strings("resources")); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r projectResources) Delete(ctx context.Context, _ string, state provider.Props) error {
	return moveTo(ctx, r.client, godo.DefaultProject, state.Strings("resources"))
}

func urnsOf(ctx context.Context, c *godo.Client, id string) ([]string, error) {
	list, err := all(ctx, func(ctx context.Context, o *godo.ListOptions) ([]godo.ProjectResource, *godo.Response, error) {
		return c.Projects.ListResources(ctx, id, o)
	})
	if err != nil {
		return nil, err
	}
	var urns []string
	for _, r := range list {
		urns = append(urns, r.URN)
	}
	return urns, nil
}

func moveBetween(ctx context.Context, c *godo.Client, id string, old, new []string) error {
	left := slices.DeleteFunc(slices.Clone(old), func(urn string) bool { return slices.Contains(new, urn) })
	if err := moveTo(ctx, c, godo.DefaultProject, left); err != nil {
		return err
	}
	return moveTo(ctx, c, id, new)
}

func moveTo(ctx context.Context, c *godo.Client, id string, urns []string) error {
	if len(urns) == 0 {
		return nil
	}
	var list []any
	for _, urn := range urns {
		list = append(list, urn)
	}
	if _, _, err := c.Projects.AssignResources(ctx, id, list...); err != nil {
		return fmt.Errorf("moving %d resources to project %s: %w", len(urns), id, err)
	}
	return nil
}
