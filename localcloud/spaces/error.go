package spaces

import (
	"encoding/xml"
	"fmt"
	"net/http"
)

// Error is a refusal in S3's own format.
type Error struct {
	XMLName xml.Name `xml:"Error"`
	Status  int      `xml:"-"`
	Code    string
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

func refuse(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

func accessDenied(format string, args ...any) error {
	return refuse(http.StatusForbidden, "AccessDenied", format, args...)
}

func noSuchBucket(name string) error {
	return refuse(http.StatusNotFound, "NoSuchBucket", "The bucket %q does not exist.", name)
}

func noSuchKey(key string) error {
	return refuse(http.StatusNotFound, "NoSuchKey", "The object %q does not exist.", key)
}

func noSuchVersion(id string) error {
	return refuse(http.StatusNotFound, "NoSuchVersion", "The version %q does not exist.", id)
}

func noSuchUpload(id string) error {
	return refuse(http.StatusNotFound, "NoSuchUpload", "The upload %q does not exist.", id)
}

func invalid(format string, args ...any) error {
	return refuse(http.StatusBadRequest, "InvalidArgument", format, args...)
}

func (s *Server) notImplemented(r *http.Request) error {
	return refuse(http.StatusNotImplemented, "NotImplemented", "The local %s does not serve %s %s.", s.name(), r.Method, r.URL.RequestURI())
}
