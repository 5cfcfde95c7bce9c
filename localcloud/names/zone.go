package names

import (
	"net/netip"
	"strings"

	"github.com/digitalocean/godo"
	"github.com/miekg/dns"
)

func header(name string, kind uint16, ttl int) dns.RR_Header {
	return dns.RR_Header{Name: dns.Fqdn(name), Rrtype: kind, Class: dns.ClassINET, Ttl: uint32(ttl)}
}

// authoritative answers from the zone, following aliases as far as they are ours.
func (r *Resolver) authoritative(m *dns.Msg, zone Zone, name string, question dns.Question) {
	owner := question.Name // as it was asked: case and all
	for range maxCNAMEs {
		found, exists := zone.find(name)
		var alias string
		for _, record := range found {
			rr, ok := zone.render(owner, record)
			if !ok {
				continue
			}
			kind := rr.Header().Rrtype
			if kind == question.Qtype || question.Qtype == dns.TypeANY {
				m.Answer = append(m.Answer, rr)
			} else if cname, ok := rr.(*dns.CNAME); ok {
				m.Answer = append(m.Answer, rr)
				alias = cname.Target
			}
		}
		if name == zone.Name && question.Qtype == dns.TypeSOA {
			m.Answer = append(m.Answer, zone.soa())
		}
		if alias == "" {
			if len(m.Answer) == 0 {
				m.Ns = []dns.RR{zone.soa()}
				if !exists {
					m.Rcode = dns.RcodeNameError
				}
			}
			return
		}
		owner, name = alias, strings.ToLower(strings.TrimSuffix(alias, "."))
		next, ok := r.Zone(name)
		if !ok {
			m.Answer = append(m.Answer, r.forward(new(dns.Msg).SetQuestion(owner, question.Qtype)).Answer...)
			return
		}
		zone = next
	}
}

// find reads the records at a name, or at the wildcard that covers it. exists
// is true also where there is only something below.
func (z Zone) find(name string) (found []godo.DomainRecord, exists bool) {
	if name == z.Name {
		exists = true
	}
	for _, record := range z.Records {
		full := z.full(record.Name)
		if full == name {
			found = append(found, record)
		}
		exists = exists || full == name || strings.HasSuffix(full, "."+name)
	}
	for parent := name; !exists; {
		_, parent, _ = strings.Cut(parent, ".")
		if !strings.HasSuffix("."+parent, "."+z.Name) {
			break
		}
		for _, record := range z.Records {
			if z.full(record.Name) == "*."+parent {
				found = append(found, record)
			}
		}
		if len(found) > 0 {
			return found, true
		}
	}
	return found, exists
}

func (z Zone) full(name string) string {
	if name == "@" {
		return z.Name
	}
	return strings.ToLower(name) + "." + z.Name
}

// target is a name in a record's data.
func (z Zone) target(data string) string {
	if data == "@" {
		return dns.Fqdn(z.Name)
	}
	return dns.Fqdn(data)
}

func (z Zone) render(owner string, r godo.DomainRecord) (dns.RR, bool) {
	h := func(kind uint16) dns.RR_Header { return header(owner, kind, r.TTL) }
	switch r.Type {
	case "A", "AAAA":
		addr, err := netip.ParseAddr(r.Data)
		if err != nil {
			return nil, false
		}
		if addr.Is4() {
			return &dns.A{Hdr: h(dns.TypeA), A: addr.AsSlice()}, true
		}
		return &dns.AAAA{Hdr: h(dns.TypeAAAA), AAAA: addr.AsSlice()}, true
	case "CNAME":
		return &dns.CNAME{Hdr: h(dns.TypeCNAME), Target: z.target(r.Data)}, true
	case "NS":
		return &dns.NS{Hdr: h(dns.TypeNS), Ns: z.target(r.Data)}, true
	case "MX":
		return &dns.MX{Hdr: h(dns.TypeMX), Preference: uint16(r.Priority), Mx: z.target(r.Data)}, true
	case "TXT":
		return &dns.TXT{Hdr: h(dns.TypeTXT), Txt: split(r.Data)}, true
	case "SRV":
		return &dns.SRV{Hdr: h(dns.TypeSRV), Priority: uint16(r.Priority), Weight: uint16(r.Weight), Port: uint16(r.Port), Target: z.target(r.Data)}, true
	case "CAA":
		return &dns.CAA{Hdr: h(dns.TypeCAA), Flag: uint8(r.Flags), Tag: r.Tag, Value: r.Data}, true
	default:
		return nil, false
	}
}

// split cuts a text into the 255 bytes a TXT string holds.
func split(text string) []string {
	const most = 255
	var parts []string
	for len(text) > most {
		parts, text = append(parts, text[:most]), text[most:]
	}
	return append(parts, text)
}

func (z Zone) soa() dns.RR {
	return &dns.SOA{
		Hdr: header(z.Name, dns.TypeSOA, 1800), Ns: "ns1.digitalocean.com.", Mbox: dns.Fqdn("hostmaster." + z.Name),
		Serial: 1, Refresh: 10800, Retry: 3600, Expire: 604800, Minttl: 30,
	}
}
