package gate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDockerfileWantsDigestsAndNoPackageManagerAtRunTime(t *testing.T) {
	assert.Empty(t, found(t, Dockerfile{Dir: "testdata/dockerfile/good"}))
	assert.Equal(t, []string{
		"warn Dockerfile:1: # syntax=docker/dockerfile:1 runs an image that is not pinned by digest while building",
		"fail Dockerfile:3: odoo:19.0 is not pinned by digest: the next build may take another one",
		"fail Dockerfile:5: ${BASE} is not known before the build: ARG BASE has no value",
		"fail Dockerfile:6: registry.example.com/assets:latest is not pinned by digest: the next build may take another one",
		"fail Dockerfile:8: python:3.12 is not pinned by digest: the next build may take another one",
		"fail Dockerfile:9: apk runs when a container starts: apk info",
		"fail Dockerfile:11: pip runs when a container starts: pip install -r /requirements.txt",
		"fail broken.dockerfile:1: it is no Dockerfile: dockerfile parse error on line 1: unknown instruction: FRM (did you mean FROM?)",
		"fail lib/more.py:2: a package manager runs when a container starts: subprocess.run([\"pip\", \"install\", \"x\"])",
		"fail lib/start.sh:4: apt-get runs when a container starts: sudo -E apt-get -qq update",
	}, found(t, Dockerfile{Dir: "testdata/dockerfile/bad"}))
}

func TestABaseGivenToTheBuildIsLookedAt(t *testing.T) {
	dir := tempTree(t, map[string]string{"Dockerfile": "ARG BASE\nFROM $BASE\n"})
	pinned := "odoo@sha256:" + strings.Repeat("0", 64)
	assert.Empty(t, found(t, Dockerfile{Dir: dir, BuildArgs: []string{"BASE=" + pinned}}))
	assert.Len(t, found(t, Dockerfile{Dir: dir, BuildArgs: []string{"BASE=odoo:19.0"}}), 1)
	assert.Contains(t, refused(t, Dockerfile{Dir: dir, BuildArgs: []string{"BASE"}}), "is not NAME=VALUE")
}

func TestWhatOnlyTheBuildRunsMayUseAPackageManager(t *testing.T) {
	pinned := "FROM odoo@sha256:" + strings.Repeat("0", 64) + "\n"
	dir := tempTree(t, map[string]string{
		"Dockerfile": pinned + "COPY setup.sh /\nRUN /setup.sh\nCMD [\"odoo\"]\n", "setup.sh": "apt-get install -y x\n",
	})
	assert.Empty(t, found(t, Dockerfile{Dir: dir}))
	dir = tempTree(t, map[string]string{
		"Dockerfile": pinned + "COPY setup.sh /\nCMD /setup.sh && odoo\n", "setup.sh": "apt-get install -y x\n",
	})
	assert.Equal(t, []string{"fail setup.sh:1: apt-get runs when a container starts: apt-get install -y x"}, found(t, Dockerfile{Dir: dir}))
}

func TestAScriptInsideADockerfileIsLookedAt(t *testing.T) {
	dir := tempTree(t, map[string]string{"Dockerfile": "FROM scratch\nCOPY <<EOF /bin/start\n#!/bin/sh\nset -e\nnpm ci\nEOF\nENTRYPOINT [\"start\"]\n"})
	assert.Equal(t, []string{"fail Dockerfile:5: npm runs when a container starts: npm ci"}, found(t, Dockerfile{Dir: dir}))
}

func TestAScriptThatIsNotThereIsSaid(t *testing.T) {
	dir := tempTree(t, map[string]string{"Dockerfile": "FROM scratch\nCOPY start /bin/\nCMD [\"start\"]\n"})
	assert.Equal(t, []string{"warn Dockerfile:2: start is not there: what it runs can't be looked at"}, found(t, Dockerfile{Dir: dir}))
}

func TestPackageManagersBehindOthers(t *testing.T) {
	for line, want := range map[string]string{
		"apt-get update": "apt-get", "exec gosu root apt-get install x": "apt-get", "python3 -m pip install x": "pip",
		"uv pip install x": "uv", "/usr/bin/npm ci": "npm", "npx serve": "npx", "env A=b pip3 --quiet install x": "pip3",
		"npm start": "", "npm run install-hooks": "", "echo apt-get install": "", "command -v apt-get": "", "pip --version": "", "odoo -i sale": "",
		"dpkg -i x.deb": "dpkg", "cargo run": "", "go get x": "go",
	} {
		assert.Equal(t, want, packageManager(strings.Fields(line)), line)
	}
}

func TestDockerfileWithoutOneIsNoPass(t *testing.T) {
	assert.Contains(t, refused(t, Dockerfile{Dir: tempTree(t, map[string]string{"a.py": ""})}), "no Dockerfile in")
}
