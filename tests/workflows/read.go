package workflows

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"gopkg.in/yaml.v3"
)

// Workflow is as much of a workflow as the rules look at.
type Workflow struct {
	Name        string            `yaml:"name"`
	On          On                `yaml:"on"`
	Permissions map[string]string `yaml:"permissions"`
	Concurrency *Concurrency      `yaml:"concurrency"`
	Jobs        map[string]Job    `yaml:"jobs"`
}

// On is what starts a workflow.
type On struct {
	Events map[string]any
	Call   *Call
}

// Call is what a caller hands over.
type Call struct {
	Inputs  map[string]Input  `yaml:"inputs"`
	Secrets map[string]Secret `yaml:"secrets"`
}

// Input of a reusable workflow.
type Input struct {
	Required bool   `yaml:"required"`
	Type     string `yaml:"type"`
}

// Secret of a reusable workflow.
type Secret struct {
	Required bool `yaml:"required"`
}

// Concurrency is a group whose runs take turns.
type Concurrency struct {
	Group  string `yaml:"group"`
	Cancel bool   `yaml:"cancel-in-progress"`
}

// Job of a workflow.
type Job struct {
	If          string            `yaml:"if"`
	Uses        string            `yaml:"uses"`
	With        map[string]any    `yaml:"with"`
	Secrets     yaml.Node         `yaml:"secrets"`
	Permissions map[string]string `yaml:"permissions"`
	Timeout     int               `yaml:"timeout-minutes"`
	Environment any               `yaml:"environment"`
	Concurrency *Concurrency      `yaml:"concurrency"`
	Steps       []Step            `yaml:"steps"`
}

// Step of a job.
type Step struct {
	Uses string            `yaml:"uses"`
	With map[string]any    `yaml:"with"`
	Run  string            `yaml:"run"`
	Env  map[string]string `yaml:"env"`
}

// UnmarshalYAML takes the three ways to write it: a name, a list, a map.
func (o *On) UnmarshalYAML(n *yaml.Node) error {
	o.Events = map[string]any{}
	switch n.Kind {
	case yaml.ScalarNode:
		o.Events[n.Value] = nil
		return nil
	case yaml.SequenceNode:
		for _, e := range n.Content {
			o.Events[e.Value] = nil
		}
		return nil
	}
	var call struct {
		Call *Call `yaml:"workflow_call"`
	}
	if err := n.Decode(&call); err != nil {
		return err
	}
	o.Call = call.Call
	return n.Decode(&o.Events)
}

// Parse reads one workflow.
func Parse(content []byte) (Workflow, error) {
	var w Workflow
	return w, yaml.Unmarshal(content, &w)
}

// All reads the repository's workflows, by file name.
func All(root string) (map[string]Workflow, error) {
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.yml"))
	if err != nil {
		return nil, err
	}
	all := map[string]Workflow{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if all[filepath.Base(file)], err = Parse(content); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return all, nil
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// Examples reads the workflows that a page of documentation shows.
func Examples(page string) ([]Workflow, error) {
	content, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	var examples []Workflow
	for _, block := range yamlBlock.FindAllSubmatch(content, -1) {
		w, err := Parse(block[1])
		if err != nil {
			return nil, fmt.Errorf("an example in %s: %w", page, err)
		}
		examples = append(examples, w)
	}
	return examples, nil
}
