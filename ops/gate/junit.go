package gate

import (
	"encoding/xml"
	"io"
	"strings"
	"time"
)

type junitSuites struct {
	XMLName xml.Name   `xml:"testsuites"`
	Suite   junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Seconds  float64     `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class    string         `xml:"classname,attr"`
	Name     string         `xml:"name,attr"`
	File     string         `xml:"file,attr,omitempty"`
	Error    *junitFailure  `xml:"error"`
	Failures []junitFailure `xml:"failure"`
	Out      string         `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a report as a CI reads it: a case for each thing that was looked
// at. A warning is what a case printed, and doesn't fail it. A gate that could
// not look has a case with that error.
func JUnit(w io.Writer, name string, r Report, failed error, took time.Duration) error {
	suite := junitSuite{Name: "odooops gate " + name, Seconds: took.Seconds()}
	at := map[string]int{}
	of := func(thing string) *junitCase {
		if thing == "" {
			thing = name
		}
		if _, known := at[thing]; !known {
			at[thing] = len(suite.Cases)
			suite.Cases = append(suite.Cases, junitCase{Class: "gate." + name, Name: thing})
		}
		return &suite.Cases[at[thing]]
	}
	for _, thing := range r.Checked {
		of(thing)
	}
	for _, f := range r.Findings {
		c := of(f.File)
		c.File = f.File
		text := strings.Join([]string{f.Where() + ": " + f.Cause, "next: " + f.Next}, "\n")
		if f.Level == Fail {
			c.Failures = append(c.Failures, junitFailure{Message: f.Cause, Text: text})
		} else {
			c.Out += text + "\n"
		}
	}
	if failed != nil {
		of("").Error = &junitFailure{Message: failed.Error(), Text: failed.Error()}
		suite.Errors = 1
	}
	suite.Tests = len(suite.Cases)
	for _, c := range suite.Cases {
		if len(c.Failures) > 0 {
			suite.Failures++
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(junitSuites{Suite: suite}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
