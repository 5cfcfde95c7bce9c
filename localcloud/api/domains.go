package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/localcloud/records"
)

// defaultTTL of a record, in seconds, and the servers every zone names.
const defaultTTL = 1800

func nameServers() []string {
	return []string{"ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"}
}

func (a *API) domains() {
	a.read("GET /v2/domains", func(c *call) (any, error) {
		list := []godo.Domain{}
		for _, d := range records.Sorted(c.state.Domains) {
			list = append(list, godo.Domain{Name: d.Name, TTL: d.TTL})
		}
		return page(c, "domains", list)
	})
	a.write("POST /v2/domains", http.StatusCreated, createDomain)
	a.read("GET /v2/domains/{domain}", func(c *call) (any, error) {
		d, err := c.domain()
		if err != nil {
			return nil, err
		}
		return object{"domain": godo.Domain{Name: d.Name, TTL: d.TTL}}, nil
	})
	a.write("DELETE /v2/domains/{domain}", http.StatusNoContent, func(c *call) (any, error) {
		d, err := c.domain()
		if err != nil {
			return nil, err
		}
		delete(c.state.Domains, d.Name)
		unlist(c.state, "do:domain:"+d.Name)
		return nil, nil
	})
	a.read("GET /v2/domains/{domain}/records", listRecords)
	a.write("POST /v2/domains/{domain}/records", http.StatusCreated, createRecord)
	a.read("GET /v2/domains/{domain}/records/{id}", func(c *call) (any, error) {
		_, r, err := c.record()
		return object{"domain_record": r}, err
	})
	for _, method := range []string{http.MethodPut, http.MethodPatch} {
		a.write(method+" /v2/domains/{domain}/records/{id}", http.StatusOK, changeRecord)
	}
	a.write("DELETE /v2/domains/{domain}/records/{id}", http.StatusNoContent, func(c *call) (any, error) {
		d, r, err := c.record()
		if err != nil {
			return nil, err
		}
		delete(d.Records, r.ID)
		return nil, nil
	})
}

func (c *call) domain() (*records.Domain, error) {
	d, ok := c.state.Domains[strings.ToLower(c.PathValue("domain"))]
	if !ok {
		return nil, notFound()
	}
	return d, nil
}

func (c *call) record() (*records.Domain, *godo.DomainRecord, error) {
	d, err := c.domain()
	if err != nil {
		return nil, nil, err
	}
	id, err := c.number("id")
	if err != nil {
		return nil, nil, err
	}
	r, ok := d.Records[id]
	if !ok {
		return nil, nil, notFound()
	}
	return d, r, nil
}

func createDomain(c *call) (any, error) {
	var in godo.DomainCreateRequest
	if err := c.body(&in); err != nil {
		return nil, err
	}
	name := strings.ToLower(in.Name)
	if !strings.Contains(name, ".") || strings.HasSuffix(name, ".") || strings.ContainsAny(name, " /:_*") {
		return nil, unprocessable("Name %q is not a valid domain name", in.Name)
	}
	if _, ok := c.state.Domains[name]; ok {
		return nil, unprocessable("Name already exists")
	}
	d := &records.Domain{Name: name, TTL: defaultTTL, Records: map[int]*godo.DomainRecord{}}
	c.state.Domains[name] = d
	for _, ns := range nameServers() {
		id := c.state.NextID()
		d.Records[id] = &godo.DomainRecord{ID: id, Type: "NS", Name: "@", Data: ns, TTL: defaultTTL}
	}
	if in.IPAddress != "" {
		id := c.state.NextID()
		d.Records[id] = &godo.DomainRecord{ID: id, Type: "A", Name: "@", Data: in.IPAddress, TTL: defaultTTL}
	}
	return object{"domain": godo.Domain{Name: d.Name, TTL: d.TTL}}, nil
}

// listRecords filters by ?type and ?name, the latter a full name.
func listRecords(c *call) (any, error) {
	d, err := c.domain()
	if err != nil {
		return nil, err
	}
	q := c.URL.Query()
	return page(c, "domain_records", slices.DeleteFunc(records.Sorted(d.Records), func(r *godo.DomainRecord) bool {
		return q.Has("type") && r.Type != q.Get("type") || q.Has("name") && fullName(d, r) != strings.ToLower(q.Get("name"))
	}))
}

func fullName(d *records.Domain, r *godo.DomainRecord) string {
	if r.Name == "@" {
		return d.Name
	}
	return strings.ToLower(r.Name) + "." + d.Name
}

func createRecord(c *call) (any, error) {
	d, err := c.domain()
	if err != nil {
		return nil, err
	}
	in := godo.DomainRecord{}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	in.ID = c.state.NextID()
	if err := checkRecord(d, &in); err != nil {
		return nil, err
	}
	d.Records[in.ID] = &in
	return object{"domain_record": in}, nil
}

func changeRecord(c *call) (any, error) {
	d, r, err := c.record()
	if err != nil {
		return nil, err
	}
	changed := *r // what the request leaves out stays
	if err := c.body(&changed); err != nil {
		return nil, err
	}
	changed.ID, changed.Type = r.ID, r.Type
	if err := checkRecord(d, &changed); err != nil {
		return nil, err
	}
	*r = changed
	return object{"domain_record": r}, nil
}

// checkRecord refuses what the API refuses and writes the record as it reads
// back: its name relative to the zone, names in its data without their
// trailing dot.
func checkRecord(d *records.Domain, r *godo.DomainRecord) error {
	if r.Name == "" {
		return unprocessable("Name can't be blank")
	}
	if full, isFull := strings.CutSuffix(r.Name, "."); isFull {
		name, within := strings.CutSuffix("."+full, "."+d.Name)
		if !within {
			return unprocessable("Name %q is not within the domain %s", r.Name, d.Name)
		}
		if r.Name = strings.TrimPrefix(name, "."); r.Name == "" {
			r.Name = "@"
		}
	}
	if r.Data == "" {
		return unprocessable("Data can't be blank")
	}
	if r.TTL == 0 {
		r.TTL = defaultTTL
	}
	if r.TTL < 30 {
		return unprocessable("TTL must be greater than or equal to 30")
	}
	switch r.Type {
	case "A", "AAAA":
		addr, err := netip.ParseAddr(r.Data)
		if err != nil || addr.Is4() != (r.Type == "A") {
			return unprocessable("IP address %q is not valid for a record of type %s", r.Data, r.Type)
		}
	case "CNAME", "MX", "NS", "SRV":
		r.Data = strings.TrimSuffix(r.Data, ".")
		if r.Data == "" {
			r.Data = "."
		}
	case "CAA":
		r.Data = strings.TrimSuffix(r.Data, ".")
		if r.Tag != "issue" && r.Tag != "issuewild" && r.Tag != "iodef" {
			return unprocessable("Tag must be one of issue, issuewild, iodef")
		}
	case "TXT", "SOA":
	default:
		return unprocessable("Type %q is not a record type", r.Type)
	}
	for _, other := range d.Records {
		if other.ID != r.ID && fullName(d, other) == fullName(d, r) && (other.Type == "CNAME" || r.Type == "CNAME") {
			return unprocessable("CNAME records cannot share a name with other records: %s", fullName(d, r))
		}
	}
	return nil
}
