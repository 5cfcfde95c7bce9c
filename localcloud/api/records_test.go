package api_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/stretchr/testify/require"
)

func TestDomainRecordsReadBackWithoutTheTrailingDot(t *testing.T) {
	c := newCloud(t, nil)
	_, _, err := c.Domains.Create(t.Context(), &godo.DomainCreateRequest{Name: "example.com"})
	require.NoError(t, err)
	r, _, err := c.Domains.CreateRecord(t.Context(), "example.com", &godo.DomainRecordEditRequest{Type: "MX", Name: "@", Data: "mxa.mailgun.org.", Priority: 10})
	require.NoError(t, err)
	require.Equal(t, "mxa.mailgun.org", r.Data)
	r, _, err = c.Domains.EditRecord(t.Context(), "example.com", r.ID, &godo.DomainRecordEditRequest{Name: "@", Data: "mxb.mailgun.org.", Priority: 0, TTL: 60})
	require.NoError(t, err)
	require.Equal(t, godo.DomainRecord{ID: r.ID, Type: "MX", Name: "@", Data: "mxb.mailgun.org", TTL: 60}, *r)
	_, _, err = c.Domains.CreateRecord(t.Context(), "example.com", &godo.DomainRecordEditRequest{Type: "A", Name: "erp", Data: "not-an-address"})
	refused(t, http.StatusUnprocessableEntity, err)
	_, _, err = c.Domains.CreateRecord(t.Context(), "other.com", &godo.DomainRecordEditRequest{Type: "A", Name: "erp", Data: "10.0.0.1"})
	refused(t, http.StatusNotFound, err)
	_, err = c.Domains.Delete(t.Context(), "example.com")
	require.NoError(t, err)
	_, err = c.Domains.Delete(t.Context(), "example.com")
	refused(t, http.StatusNotFound, err)
}

func TestAFullNameOfARecordIsRelativeToItsZone(t *testing.T) {
	c := newCloud(t, nil)
	_, _, err := c.Domains.Create(t.Context(), &godo.DomainCreateRequest{Name: "example.com"})
	require.NoError(t, err)
	for full, want := range map[string]string{
		"_acme-challenge.preview.example.com.": "_acme-challenge.preview", "example.com.": "@", "example.com": "example.com",
	} {
		r, _, err := c.Domains.CreateRecord(t.Context(), "example.com", &godo.DomainRecordEditRequest{Type: "TXT", Name: full, Data: "x"})
		require.NoError(t, err)
		require.Equal(t, want, r.Name)
	}
	_, _, err = c.Domains.CreateRecord(t.Context(), "example.com", &godo.DomainRecordEditRequest{Type: "TXT", Name: "notexample.com.", Data: "x"})
	refused(t, http.StatusUnprocessableEntity, err)
}

func TestTagsComeAndGoWithTheirResources(t *testing.T) {
	c := newCloud(t, nil)
	d := c.droplet(t, "web")
	_, _, err := c.Tags.Create(t.Context(), &godo.TagCreateRequest{Name: "odooops:stack:web"})
	require.NoError(t, err)
	_, err = c.Tags.TagResources(t.Context(), "odooops:stack:web", &godo.TagResourcesRequest{
		Resources: []godo.Resource{{ID: strconv.Itoa(d.ID), Type: godo.DropletResourceType}}})
	require.NoError(t, err)
	list, _, err := c.Droplets.ListByTag(t.Context(), "odooops:stack:web", nil)
	require.NoError(t, err)
	require.Len(t, list, 1)
	_, err = c.Tags.Delete(t.Context(), "odooops:stack:web")
	require.NoError(t, err)
	d, _, err = c.Droplets.Get(t.Context(), d.ID)
	require.NoError(t, err)
	require.Empty(t, d.Tags)
}

func TestProjectKeepsItsResources(t *testing.T) {
	c := newCloud(t, nil)
	p, _, err := c.Projects.Create(t.Context(), &godo.CreateProjectRequest{Name: "core", Purpose: "Web Application"})
	require.NoError(t, err)
	require.Empty(t, p.Environment)
	_, _, err = c.Projects.AssignResources(t.Context(), p.ID, "do:droplet:7")
	require.NoError(t, err)
	list, _, err := c.Projects.ListResources(t.Context(), p.ID, nil)
	require.NoError(t, err)
	require.Equal(t, "do:droplet:7", list[0].URN)
	_, err = c.Projects.Delete(t.Context(), p.ID)
	refused(t, http.StatusPreconditionFailed, err)
	_, _, err = c.Projects.AssignResources(t.Context(), "default", "do:droplet:7")
	require.NoError(t, err)
	_, err = c.Projects.Delete(t.Context(), p.ID)
	require.NoError(t, err)
}

func TestSpacesKeySecretIsShownOnce(t *testing.T) {
	c := newCloud(t, nil)
	k, _, err := c.SpacesKeys.Create(t.Context(), &godo.SpacesKeyCreateRequest{
		Name: "wal", Grants: []*godo.Grant{{Bucket: "wal", Permission: godo.SpacesKeyReadWrite}}})
	require.NoError(t, err)
	require.NotEmpty(t, k.SecretKey)
	again, _, err := c.SpacesKeys.Get(t.Context(), k.AccessKey)
	require.NoError(t, err)
	require.Empty(t, again.SecretKey)
	require.Equal(t, k.Grants, again.Grants)
	_, _, err = c.SpacesKeys.Create(t.Context(), &godo.SpacesKeyCreateRequest{
		Name: "all", Grants: []*godo.Grant{{Bucket: "wal", Permission: godo.SpacesKeyFullAccess}}})
	refused(t, http.StatusBadRequest, err)

	// a change replaces the grants whole: nothing of the old ones stays in them
	changed, _, err := c.SpacesKeys.Update(t.Context(), k.AccessKey, &godo.SpacesKeyUpdateRequest{
		Name: "wal", Grants: []*godo.Grant{{Permission: godo.SpacesKeyFullAccess}}})
	require.NoError(t, err)
	require.Equal(t, []*godo.Grant{{Permission: godo.SpacesKeyFullAccess}}, changed.Grants)
	_, _, err = c.SpacesKeys.Update(t.Context(), k.AccessKey, &godo.SpacesKeyUpdateRequest{Name: "wal", Grants: []*godo.Grant{nil}})
	refused(t, http.StatusBadRequest, err)
}

func TestVPCNamesAreUnique(t *testing.T) {
	c := newCloud(t, nil)
	c.vpc(t)
	other, _, err := c.VPCs.Create(t.Context(), &godo.VPCCreateRequest{Name: "previews", RegionSlug: "fra1", IPRange: "10.11.0.0/20"})
	require.NoError(t, err)
	_, _, err = c.VPCs.Update(t.Context(), other.ID, &godo.VPCUpdateRequest{Name: "core"})
	refused(t, http.StatusUnprocessableEntity, err)
	_, _, err = c.VPCs.Update(t.Context(), other.ID, &godo.VPCUpdateRequest{Name: "previews", Description: "of pull requests"})
	require.NoError(t, err)
}

func TestUptimeChecksAndAlerts(t *testing.T) {
	c := newCloud(t, nil)
	k, _, err := c.UptimeChecks.Create(t.Context(), &godo.CreateUptimeCheckRequest{Name: "erp", Type: "https", Target: "https://erp.example.com", Enabled: true})
	require.NoError(t, err)
	require.Nil(t, k.Regions)
	alert, _, err := c.UptimeChecks.CreateAlert(t.Context(), k.ID, &godo.CreateUptimeAlertRequest{
		Name: "down", Type: "down", Period: "2m", Notifications: &godo.Notifications{Email: []string{"ops@example.com"}}})
	require.NoError(t, err)
	alert, _, err = c.UptimeChecks.UpdateAlert(t.Context(), k.ID, alert.ID, &godo.UpdateUptimeAlertRequest{Name: "down", Type: "down", Period: "3m"})
	require.NoError(t, err)
	require.Equal(t, "3m", alert.Period)
	require.NotNil(t, alert.Notifications)
	_, err = c.UptimeChecks.DeleteAlert(t.Context(), k.ID, alert.ID)
	require.NoError(t, err)
	_, err = c.UptimeChecks.Delete(t.Context(), k.ID)
	require.NoError(t, err)
	_, err = c.UptimeChecks.Delete(t.Context(), k.ID)
	refused(t, http.StatusNotFound, err)
}

func TestMonitoringAlerts(t *testing.T) {
	c := newCloud(t, nil)
	enabled := false
	p, _, err := c.Monitoring.CreateAlertPolicy(t.Context(), &godo.AlertPolicyCreateRequest{
		Type: godo.DropletCPUUtilizationPercent, Compare: godo.GreaterThan, Value: 90, Window: "5m", Entities: []string{"7"}, Enabled: &enabled})
	require.NoError(t, err)
	require.False(t, p.Enabled)
	p, _, err = c.Monitoring.GetAlertPolicy(t.Context(), p.UUID)
	require.NoError(t, err)
	require.Equal(t, float32(90), p.Value)
	_, err = c.Monitoring.DeleteAlertPolicy(t.Context(), p.UUID)
	require.NoError(t, err)
}

func TestCatalogue(t *testing.T) {
	c := newCloud(t, nil)
	sizes, _, err := c.Sizes.List(t.Context(), &godo.ListOptions{PerPage: 200})
	require.NoError(t, err)
	require.Contains(t, slugs(sizes), "s-2vcpu-4gb")
	image, _, err := c.Images.GetBySlug(t.Context(), "debian-13-x64")
	require.NoError(t, err)
	again, _, err := c.Images.GetByID(t.Context(), image.ID)
	require.NoError(t, err)
	require.Equal(t, image.Slug, again.Slug)
}

func slugs(sizes []godo.Size) []string {
	var list []string
	for _, s := range sizes {
		list = append(list, s.Slug)
	}
	return list
}
