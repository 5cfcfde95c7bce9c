package api

import (
	"strings"

	"github.com/digitalocean/godo"
)

// The catalogue: what can be bought, with DigitalOcean's list prices.

type sizeEntry struct {
	slug                  string
	vcpus, memory, diskGB int
	monthly               float64
	description           string
}

func sizeTable() []sizeEntry {
	return []sizeEntry{
		{"s-1vcpu-512mb-10gb", 1, 512, 10, 4, "Basic"},
		{"s-1vcpu-1gb", 1, 1024, 25, 6, "Basic"},
		{"s-1vcpu-2gb", 1, 2048, 50, 12, "Basic"},
		{"s-2vcpu-2gb", 2, 2048, 60, 18, "Basic"},
		{"s-2vcpu-4gb", 2, 4096, 80, 24, "Basic"},
		{"s-4vcpu-8gb", 4, 8192, 160, 48, "Basic"},
		{"s-8vcpu-16gb", 8, 16384, 320, 96, "Basic"},
		{"c-2", 2, 4096, 25, 42, "CPU-Optimized"},
		{"c-4", 4, 8192, 50, 84, "CPU-Optimized"},
		{"c-8", 8, 16384, 100, 168, "CPU-Optimized"},
		{"g-2vcpu-8gb", 2, 8192, 25, 63, "General Purpose"},
		{"g-4vcpu-16gb", 4, 16384, 50, 126, "General Purpose"},
		{"g-8vcpu-32gb", 8, 32768, 100, 252, "General Purpose"},
		{"m-2vcpu-16gb", 2, 16384, 50, 84, "Memory-Optimized"},
		{"m-4vcpu-32gb", 4, 32768, 100, 168, "Memory-Optimized"},
		{"m-8vcpu-64gb", 8, 65536, 200, 336, "Memory-Optimized"},
	}
}

func regionNames() [][2]string {
	return [][2]string{
		{"ams3", "Amsterdam 3"}, {"atl1", "Atlanta 1"}, {"blr1", "Bangalore 1"}, {"fra1", "Frankfurt 1"},
		{"lon1", "London 1"}, {"nyc1", "New York 1"}, {"nyc2", "New York 2"}, {"nyc3", "New York 3"},
		{"sfo2", "San Francisco 2"}, {"sfo3", "San Francisco 3"}, {"sgp1", "Singapore 1"},
		{"syd1", "Sydney 1"}, {"tor1", "Toronto 1"},
	}
}

func regionSlugs() []string {
	slugs := []string{}
	for _, r := range regionNames() {
		slugs = append(slugs, r[0])
	}
	return slugs
}

func sizes() []godo.Size {
	const hoursAMonth = 672
	list := []godo.Size{}
	for _, e := range sizeTable() {
		list = append(list, godo.Size{
			Slug: e.slug, Vcpus: e.vcpus, Memory: e.memory, Disk: e.diskGB, Description: e.description,
			PriceMonthly: e.monthly, PriceHourly: e.monthly / hoursAMonth,
			Regions: regionSlugs(), Available: true, Transfer: 4,
		})
	}
	return list
}

func regions() []godo.Region {
	slugs := []string{}
	for _, e := range sizeTable() {
		slugs = append(slugs, e.slug)
	}
	list := []godo.Region{}
	for _, r := range regionNames() {
		list = append(list, godo.Region{
			Slug: r[0], Name: r[1], Sizes: slugs, Available: true,
			Features: []string{"backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"},
		})
	}
	return list
}

func images() []godo.Image {
	entries := []struct{ slug, distribution, name string }{
		{"debian-12-x64", "Debian", "12 x64"},
		{"debian-13-x64", "Debian", "13 x64"},
		{"ubuntu-22-04-x64", "Ubuntu", "22.04 (LTS) x64"},
		{"ubuntu-24-04-x64", "Ubuntu", "24.04 (LTS) x64"},
	}
	list := []godo.Image{}
	for i, e := range entries {
		list = append(list, godo.Image{
			ID: 9001 + i, Slug: e.slug, Distribution: e.distribution, Name: e.name, Type: "base",
			Public: true, Regions: regionSlugs(), MinDiskSize: 7, SizeGigaBytes: 0.6,
			Status: "available", Created: "2026-01-15T00:00:00Z",
		})
	}
	return list
}

// Size finds a size by slug.
func Size(slug string) (godo.Size, bool) {
	for _, s := range sizes() {
		if s.Slug == slug {
			return s, true
		}
	}
	return godo.Size{}, false
}

func region(slug string) (*godo.Region, error) {
	for _, r := range regions() {
		if r.Slug == strings.ToLower(slug) {
			return &r, nil
		}
	}
	return nil, unprocessable("Region %q is not available; it is one of %s.", slug, strings.Join(regionSlugs(), ", "))
}

// mustRegion is for slugs that were checked when they were recorded.
func mustRegion(slug string) *godo.Region {
	r, err := region(slug)
	if err != nil {
		return &godo.Region{Slug: slug, Name: slug}
	}
	return r
}
