package api

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/odooops/odooops/localcloud/records"
)

// localRoutes are this cloud's own: for tests, status and the offline docker
// provider. They ask for no token and are served on loopback only.
func (a *API) localRoutes() {
	a.local.HandleFunc("GET /_local/summary", a.summary)
	a.local.HandleFunc("POST /_local/faults", a.addFault)
	a.local.HandleFunc("DELETE /_local/faults", a.forgetFaults)
	a.local.HandleFunc("POST /_local/storage/{cloud}/{bucket}/corrupt", a.corrupt)
	a.local.HandleFunc("GET /_local/docker/{host}/{kind}", a.listDocker)
	a.local.HandleFunc("GET /_local/docker/{host}/{kind}/{id}", a.getDocker)
	a.local.HandleFunc("PUT /_local/docker/{host}/{kind}/{id}", a.putDocker)
	a.local.HandleFunc("DELETE /_local/docker/{host}/{kind}/{id}", a.deleteDocker)
	a.local.HandleFunc("/", a.unknown)
}

// Summary says how much there is of everything. What every account has from
// the start (default project and VPCs) does not count.
type Summary struct {
	Empty  bool           `json:"empty"`
	Counts map[string]int `json:"counts"`
}

func (a *API) summary(w http.ResponseWriter, r *http.Request) {
	out := Summary{Empty: true}
	a.Store.View(func(s *records.State) { out.Counts = counts(s) })
	err := a.countBuckets(out.Counts)
	for _, n := range out.Counts {
		out.Empty = out.Empty && n == 0
	}
	body, _ := json.Marshal(out) // numbers and text always marshal
	a.answer(w, r, http.StatusOK, body, err)
}

func counts(s *records.State) map[string]int {
	n := map[string]int{
		"droplets": len(s.Droplets), "volumes": len(s.Volumes), "reserved_ips": len(s.ReservedIPs),
		"firewalls": len(s.Firewalls), "keys": len(s.Keys), "domains": len(s.Domains), "spaces_keys": len(s.SpacesKeys),
		"aws_users": len(s.AWSUsers), "uptime_checks": len(s.UptimeChecks), "monitor_alerts": len(s.MonitorAlerts),
		"vpcs": 0, "projects": 0, "docker": 0, "domain_records": 0,
	}
	for _, d := range s.Domains {
		n["domain_records"] += len(d.Records)
	}
	for _, v := range s.VPCs {
		if !v.Default {
			n["vpcs"]++
		}
	}
	for _, p := range s.Projects {
		if !p.IsDefault {
			n["projects"]++
		}
	}
	for _, kinds := range s.Docker {
		for _, ids := range kinds {
			n["docker"] += len(ids)
		}
	}
	return n
}

func (a *API) listDocker(w http.ResponseWriter, r *http.Request) {
	var body []byte
	a.Store.View(func(s *records.State) {
		list := s.Docker[r.PathValue("host")][r.PathValue("kind")]
		if list == nil {
			list = map[string]json.RawMessage{}
		}
		body, _ = json.Marshal(list) // raw JSON that was parsed when it came
	})
	a.answer(w, r, http.StatusOK, body, nil)
}

func (a *API) getDocker(w http.ResponseWriter, r *http.Request) {
	var body []byte
	a.Store.View(func(s *records.State) {
		body = s.Docker[r.PathValue("host")][r.PathValue("kind")][r.PathValue("id")]
	})
	if body == nil {
		a.answer(w, r, 0, nil, notFound())
		return
	}
	a.answer(w, r, http.StatusOK, body, nil)
}

func (a *API) putDocker(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err == nil && !json.Valid(body) {
		err = badRequest("the body must be JSON")
	}
	if err == nil {
		err = a.Store.Update(func(s *records.State) error {
			host, kind := r.PathValue("host"), r.PathValue("kind")
			if s.Docker[host] == nil {
				s.Docker[host] = map[string]map[string]json.RawMessage{}
			}
			if s.Docker[host][kind] == nil {
				s.Docker[host][kind] = map[string]json.RawMessage{}
			}
			s.Docker[host][kind][r.PathValue("id")] = body
			return nil
		})
	}
	a.answer(w, r, http.StatusOK, body, err)
}

func (a *API) deleteDocker(w http.ResponseWriter, r *http.Request) {
	err := a.Store.Update(func(s *records.State) error {
		ids := s.Docker[r.PathValue("host")][r.PathValue("kind")]
		if _, ok := ids[r.PathValue("id")]; !ok {
			return notFound()
		}
		delete(ids, r.PathValue("id"))
		return nil
	})
	a.answer(w, r, http.StatusNoContent, nil, err)
}
