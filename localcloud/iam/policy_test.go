package iam

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADenyEndsAPolicyAndNothingIsGrantedByItself(t *testing.T) {
	p, err := parsePolicy(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::wal","arn:aws:s3:::wal/*"]},
		{"Effect":"Deny","Action":["s3:Delete*Version"],"Resource":"*"}]}`)
	require.NoError(t, err)
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"s3:GetObject", "arn:aws:s3:::wal/a/b", true},
		{"s3:DeleteObject", "arn:aws:s3:::wal/a", true},
		{"s3:deleteobjectversion", "arn:aws:s3:::wal/a", false},
		{"s3:GetObject", "arn:aws:s3:::wall/a", false},
		{"iam:GetUser", "arn:aws:s3:::wal", false},
	} {
		require.Equal(t, c.want, allowed([]policy{p}, c.action, c.resource), "%s %s", c.action, c.resource)
	}
	require.False(t, allowed(nil, "s3:GetObject", "arn:aws:s3:::wal/a"))
}

func TestWhatIsNotEvaluatedIsRefused(t *testing.T) {
	for _, text := range []string{
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{}}}`,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}}`,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*"}}`,
		`{"Version":"2012-10-17"}`,
	} {
		_, err := parsePolicy(text)
		require.Error(t, err, text)
	}
}
