package iam

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/odooops/odooops/localcloud/records"
	"github.com/odooops/odooops/localcloud/spaces"
)

// Server serves IAM and STS over the records.
type Server struct {
	Store *records.Store
	Log   *slog.Logger
	Now   func() time.Time
}

// maxBody is more than any request has: a policy is at most 2 KiB.
const maxBody = 1 << 20

// call is one request with the records it reads or changes.
type call struct {
	url.Values
	state  *records.State
	now    time.Time
	caller *records.AWSUser // nil is the account itself
}

// failure is a refusal in IAM's format.
type failure struct {
	status        int
	code, message string
}

func (f *failure) Error() string { return f.code + ": " + f.message }

func refuse(status int, code, format string, args ...any) error {
	return &failure{status, code, fmt.Sprintf(format, args...)}
}

// ServeHTTP serves one action.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action, answer, err := s.serve(r)
	if err != nil {
		s.refuse(w, action, err)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	write(w, element{name: action + "Response", inner: []any{
		element{name: action + "Result", inner: []any{answer}},
		element{name: "ResponseMetadata", inner: []any{element{name: "RequestId", inner: []any{rand.Text()}}}},
	}})
}

func (s *Server) serve(r *http.Request) (action string, answer any, err error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return "", nil, err
	}
	signed := r.Clone(r.Context())
	signed.Body = io.NopCloser(bytes.NewReader(body))
	if signed.Header.Get("X-Amz-Content-Sha256") == "" { // only S3's clients say it
		sum := sha256.Sum256(body)
		signed.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	}
	var keyID string
	who, anonymous, err := spaces.Authenticate(signed, func(id string) (spaces.Access, bool) {
		keyID = id
		return s.Key(id)
	}, s.Now())
	if err != nil {
		return "", nil, err
	}
	if anonymous {
		return "", nil, refuse(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	in, err := url.ParseQuery(string(body))
	if err != nil {
		return "", nil, refuse(http.StatusBadRequest, "MalformedQueryString", "%v", err)
	}
	action = in.Get("Action")
	op, ok := actions()[who.Service][action]
	if !ok {
		return action, nil, refuse(http.StatusNotImplemented, "NotImplemented", "The local cloud does not serve %s of AWS %s.", action, who.Service)
	}
	do := func(state *records.State) error {
		c := &call{Values: in, state: state, now: s.Now().UTC(), caller: ownerOf(state, keyID)}
		if err := c.allow(who, action); err != nil {
			return err
		}
		answer, err = op.do(c)
		return err
	}
	if op.writes {
		return action, answer, firstOf(s.Store.Update(do), &answer)
	}
	s.Store.View(func(state *records.State) { err = do(state) })
	return action, answer, err
}

// firstOf drops an answer that was not kept.
func firstOf(err error, answer *any) error {
	if err != nil {
		*answer = nil
	}
	return err
}

// allow lets users do what their policies say; who one is everybody may ask.
func (c *call) allow(who spaces.Caller, action string) error {
	resource := "*"
	if name := c.Get("UserName"); name != "" {
		if u := c.state.AWSUsers[name]; u != nil {
			resource = arnOf(c.state, u)
		}
	}
	if who.Full || action == "GetCallerIdentity" || who.Policy(who.Service+":"+action, resource) {
		return nil
	}
	return refuse(http.StatusForbidden, "AccessDenied", "The key is not authorized to perform %s:%s on %s", who.Service, action, resource)
}

func (s *Server) refuse(w http.ResponseWriter, action string, err error) {
	var f *failure
	var signing *spaces.Error
	switch {
	case errors.As(err, &f):
	case errors.As(err, &signing):
		f = &failure{signing.Status, signing.Code, signing.Message}
	default:
		s.Log.Error("aws iam failed", "action", action, "error", err)
		f = &failure{http.StatusInternalServerError, "ServiceFailure", err.Error()}
	}
	if f.status == http.StatusNotImplemented {
		s.Log.Warn("not served by the local aws iam", "action", action)
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(f.status)
	write(w, element{name: "ErrorResponse", inner: []any{
		element{name: "Error", inner: []any{
			element{name: "Type", inner: []any{"Sender"}},
			element{name: "Code", inner: []any{f.code}},
			element{name: "Message", inner: []any{f.message}},
		}},
		element{name: "RequestId", inner: []any{rand.Text()}},
	}})
}

// element is XML whose names are only known when it is written.
type element struct {
	name  string
	inner []any // element, string, or anything that marshals
}

// MarshalXML writes it.
func (e element) MarshalXML(enc *xml.Encoder, _ xml.StartElement) error {
	start := xml.StartElement{Name: xml.Name{Local: e.name}}
	if err := enc.EncodeToken(start); err != nil {
		return err
	}
	for _, v := range e.inner {
		var err error
		switch v := v.(type) {
		case nil:
		case string:
			err = enc.EncodeToken(xml.CharData(v))
		case []element:
			for _, one := range v {
				err = errors.Join(err, enc.Encode(one))
			}
		default:
			err = enc.Encode(v)
		}
		if err != nil {
			return err
		}
	}
	return enc.EncodeToken(start.End())
}

func write(w io.Writer, e element) {
	_, _ = io.WriteString(w, xml.Header) // the client went away: nothing to do
	_ = xml.NewEncoder(w).Encode(e)
}
