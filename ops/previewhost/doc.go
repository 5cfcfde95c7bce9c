// Package previewhost speaks with the shared host of the previews about what
// is the host's and no single preview's: who is admitted, which templates
// there are, and what lies about. It declares nothing and decides nothing
// about a preview's life; ops/pr, ops/template and ops/ttl do.
//
// Every question is one script over one SSH connection that stays open, and
// every answer is computed on the host under its lock: two operators, or two
// jobs of CI, can't both take the last free place. docs/decisions/0010 says
// why it is a lock and a registry and no lease.
package previewhost
