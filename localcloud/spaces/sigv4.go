package spaces

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	sigAlgorithm = "AWS4-HMAC-SHA256"
	sigTime      = "20060102T150405Z"
	maxSkew      = 15 * time.Minute
	maxExpiry    = 7 * 24 * 60 * 60 // seconds
	unsigned     = "UNSIGNED-PAYLOAD"
)

// signature is what a request says about how it was signed, in a header or,
// presigned, in its query.
type signature struct {
	key, date, region, service string
	signedHeaders              []string
	sum                        string
	at                         time.Time
	payload                    string
	presigned                  bool
	expires                    time.Duration
}

// Caller is who signed a request, and for where.
type Caller struct {
	Access
	Region, Service string
}

// Authenticate finds out whose request it is. A request that is not signed is
// nobody's: anonymous is true.
func Authenticate(r *http.Request, keys func(string) (Access, bool), now time.Time) (caller Caller, anonymous bool, err error) {
	var sig *signature
	q := r.URL.Query()
	switch {
	case r.Header.Get("Authorization") != "":
		sig, err = fromHeader(r)
	case q.Has("X-Amz-Signature"):
		sig, err = fromQuery(q)
	default:
		return Caller{}, true, nil
	}
	if err != nil {
		return Caller{}, false, err
	}
	if err := sig.timely(now); err != nil {
		return Caller{}, false, err
	}
	access, ok := keys(sig.key)
	if !ok {
		return Caller{}, false, refuse(http.StatusForbidden, "InvalidAccessKeyId", "The access key does not exist.")
	}
	if !hmac.Equal([]byte(sig.compute(r, access.Secret)), []byte(sig.sum)) {
		return Caller{}, false, refuse(http.StatusForbidden, "SignatureDoesNotMatch", "The signature does not match: check the secret key.")
	}
	return Caller{access, sig.region, sig.service}, false, nil
}

func malformed(what string) error {
	return refuse(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization is malformed: %s.", what)
}

func fromHeader(r *http.Request) (*signature, error) {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), sigAlgorithm+" ")
	if !ok {
		return nil, malformed("only " + sigAlgorithm + " is served")
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	payload := r.Header.Get("X-Amz-Content-Sha256")
	if payload == "" {
		payload = unsigned
	}
	return newSignature(parts["Credential"], parts["SignedHeaders"], parts["Signature"], r.Header.Get("X-Amz-Date"), payload)
}

func fromQuery(q url.Values) (*signature, error) {
	sig, err := newSignature(q.Get("X-Amz-Credential"), q.Get("X-Amz-SignedHeaders"), q.Get("X-Amz-Signature"), q.Get("X-Amz-Date"), unsigned)
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.Atoi(q.Get("X-Amz-Expires"))
	if err != nil || seconds < 1 || seconds > maxExpiry {
		return nil, malformed("X-Amz-Expires")
	}
	sig.presigned, sig.expires = true, time.Duration(seconds)*time.Second
	return sig, nil
}

func newSignature(credential, signedHeaders, sum, at, payload string) (*signature, error) {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != "aws4_request" {
		return nil, malformed("credential")
	}
	t, err := time.Parse(sigTime, at)
	if err != nil || !strings.HasPrefix(at, scope[1]) {
		return nil, malformed("X-Amz-Date")
	}
	signed := strings.Split(signedHeaders, ";")
	if !slices.Contains(signed, "host") { // else it is good for any bucket of its name
		return nil, malformed("the host is not signed")
	}
	return &signature{
		key: scope[0], date: scope[1], region: scope[2], service: scope[3], at: t, signedHeaders: signed, sum: sum, payload: payload,
	}, nil
}

func (s *signature) timely(now time.Time) error {
	if s.presigned {
		if now.After(s.at.Add(s.expires)) || s.at.After(now.Add(maxSkew)) {
			return accessDenied("Request has expired, or is of the future.")
		}
		return nil
	}
	if now.Sub(s.at).Abs() > maxSkew {
		return refuse(http.StatusForbidden, "RequestTimeTooSkewed", "The clocks differ by more than %s.", maxSkew)
	}
	return nil
}

// compute is the signature the request should have.
func (s *signature) compute(r *http.Request, secret string) string {
	canonical := strings.Join([]string{
		r.Method, escape(r.URL.Path, true), canonicalQuery(r.URL.Query()), s.canonicalHeaders(r),
		strings.Join(s.signedHeaders, ";"), s.payload,
	}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	scope := strings.Join([]string{s.date, s.region, s.service, "aws4_request"}, "/")
	text := strings.Join([]string{sigAlgorithm, s.at.Format(sigTime), scope, hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, "aws4_request", text} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func (s *signature) canonicalHeaders(r *http.Request) string {
	var b strings.Builder
	for _, name := range s.signedHeaders {
		values := r.Header.Values(name)
		switch name { // what Go's server takes out of the headers
		case "host":
			values = []string{r.Host}
		case "content-length":
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		case "transfer-encoding":
			values = r.TransferEncoding
		}
		values = slices.Clone(values) // the request keeps its own
		for i, v := range values {
			values[i] = strings.Join(strings.Fields(v), " ")
		}
		b.WriteString(name + ":" + strings.Join(values, ",") + "\n")
	}
	return b.String()
}

func canonicalQuery(q url.Values) string {
	pairs := []string{}
	for name, values := range q {
		if name == "X-Amz-Signature" {
			continue
		}
		for _, v := range values {
			pairs = append(pairs, escape(name, false)+"="+escape(v, false))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// escape is S3's URI encoding: everything but letters, digits and -._~.
func escape(s string, keepSlash bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 || keepSlash && c == '/' {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
	}
	return b.String()
}
