package policy

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// guard stands between the engine and policyx for what policyx leaves out: it
// refuses config that names no policy or no setting of one, hands config to
// checks of the whole stack, shows "not known yet" as advice whatever the
// policy's level, and skips the types that no policy looks at.
type guard struct {
	pack, version string
	policies      map[string]Policy

	mu         sync.Mutex
	configured map[string]*rpc.PolicyConfig
	stackTags  map[string]string

	declared declared
}

var policyName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func newGuard(pack, version string, policies []Policy) (*guard, error) {
	g := &guard{pack: pack, version: version, policies: map[string]Policy{}}
	for _, p := range policies {
		_, twice := g.policies[p.Name]
		switch {
		case twice:
			return nil, fmt.Errorf("policy %s is there twice", p.Name)
		case !policyName.MatchString(p.Name), p.Holds == "", p.Severity != Mandatory && p.Severity != Advisory,
			p.Check == nil && p.CheckStack == nil:
			return nil, fmt.Errorf("policy %q: needs a name in kebab-case, a severity, what holds, and a check", p.Name)
		}
		g.policies[p.Name] = p
	}
	return g, nil
}

// attach puts the guard in front of each call. policyx makes its server itself
// and takes no interceptors; the service's description is where one can stand.
func (g *guard) attach() {
	for i, m := range rpc.Analyzer_ServiceDesc.Methods {
		rpc.Analyzer_ServiceDesc.Methods[i].Handler = func(srv any, ctx context.Context, dec func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			return m.Handler(srv, ctx, dec, g.intercept)
		}
	}
}

func (g *guard) intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	switch q := req.(type) {
	case *rpc.AnalyzerStackConfigureRequest:
		g.mu.Lock()
		g.stackTags = q.GetTags()
		g.mu.Unlock()
	case *rpc.ConfigureAnalyzerRequest:
		if err := g.configure(q.GetPolicyConfig()); err != nil {
			return nil, err
		}
	case *rpc.AnalyzeRequest:
		fixing := info.FullMethod == rpc.Analyzer_Remediate_FullMethodName
		if !fixing {
			g.declared.see(q.GetUrn(), q.GetProperties())
		}
		switch {
		case g.looksAt(q.GetType(), fixing):
		case fixing:
			return &rpc.RemediateResponse{}, nil
		default:
			return &rpc.AnalyzeResponse{}, nil
		}
	}
	unknown := &advice{}
	res, err := next(context.WithValue(ctx, adviceKey{}, unknown), req)
	if err != nil {
		return nil, err
	}
	switch r := res.(type) {
	case *rpc.AnalyzeResponse:
		r.Diagnostics = append(r.Diagnostics, g.diagnostics(unknown)...)
	case *rpc.AnalyzerInfo:
		r.Policies = once(r.Policies)
	}
	return res, nil
}

// configure refuses what would otherwise be ignored, and keeps the rest.
func (g *guard) configure(configured map[string]*rpc.PolicyConfig) error {
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		p, known := g.policies[name]
		if !known {
			return fmt.Errorf("the policy config names %q, and there is no such policy; use one of all, %s",
				name, strings.Join(slices.Sorted(maps.Keys(g.policies)), ", "))
		}
		for setting := range configured[name].GetProperties().AsMap() {
			if !slices.ContainsFunc(p.Config, func(s Setting) bool { return s.Name == setting }) {
				return fmt.Errorf("the policy config of %s sets %q, which it does not have; see docs/policies.md", name, setting)
			}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.configured = configured
	return nil
}

// tags are the stack's.
func (g *guard) tags() map[string]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stackTags
}

// config is what is configured for a policy.
func (g *guard) config(policy string) map[string]any {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.configured[policy].GetProperties().AsMap()
}

// looksAt says whether any policy checks, or fixes, resources of the type.
func (g *guard) looksAt(typ string, fixing bool) bool {
	for _, p := range g.policies {
		if (fixing && p.Fix != nil || !fixing && p.Check != nil) && p.looksAt(typ) {
			return true
		}
	}
	return false
}

// once leaves one entry a name: a policy may be several to policyx.
func once(infos []*rpc.PolicyInfo) []*rpc.PolicyInfo {
	seen := map[string]bool{}
	return slices.DeleteFunc(infos, func(p *rpc.PolicyInfo) bool {
		twice := seen[p.GetName()]
		seen[p.GetName()] = true
		return twice
	})
}

// adviceKey is where a call's advice is in its context.
type adviceKey struct{}

// advice is what the policies could not decide in one call.
type advice struct{ unknown map[string][]Finding }

// tell passes on what a policy found.
func tell(ctx context.Context, policy string, f Findings, to policyx.PolicyManager) {
	for _, d := range f.Denied {
		to.ReportViolation(d.Message, d.URN)
	}
	a, _ := ctx.Value(adviceKey{}).(*advice)
	if a == nil || len(f.Unknown) == 0 {
		return
	}
	if a.unknown == nil {
		a.unknown = map[string][]Finding{}
	}
	a.unknown[policy] = append(a.unknown[policy], f.Unknown...)
}

// diagnostics are the advice as the engine takes it.
func (g *guard) diagnostics(a *advice) []*rpc.AnalyzeDiagnostic {
	var all []*rpc.AnalyzeDiagnostic
	for _, name := range slices.Sorted(maps.Keys(a.unknown)) {
		for _, u := range a.unknown[name] {
			all = append(all, &rpc.AnalyzeDiagnostic{
				PolicyName: name, PolicyPackName: g.pack, PolicyPackVersion: g.version,
				Description: g.policies[name].Holds, Urn: u.URN,
				Message:          g.policies[name].Holds + "\n" + NotYet(u.Message),
				EnforcementLevel: rpc.EnforcementLevel_ADVISORY,
			})
		}
	}
	return all
}

// NotYet is how the advice reads.
func NotYet(path string) string {
	return path + " is not known yet; the update decides"
}
