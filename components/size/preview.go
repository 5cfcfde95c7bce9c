package size

// Preview is what a preview's containers may take. Together that is more than
// a preview reserves: at rest it takes less, and few of them work at once.
type Preview struct {
	Odoo     Odoo
	Postgres Postgres
	// MailMB is MailHog's memory limit.
	MailMB int
	// CPUShares is the weight of each container: a quarter of what the edge has.
	// CPUs is the most that one gets.
	CPUShares int
	CPUs      float64
}

// OfPreview is the same for all previews: measured at rest are 114 MB for
// Odoo, 37 for Postgres and 7 for MailHog.
func OfPreview() Preview {
	return Preview{
		Odoo:      Odoo{Workers: 0, CronThreads: 1, SoftMB: 640, HardMB: 1280, MaxConn: 8},
		Postgres:  Postgres{MemoryMB: 192, SharedBuffersMB: 32, WorkMemMB: 4, MaintenanceMB: 32, MaxConnections: 32},
		MailMB:    64,
		CPUShares: 256, CPUs: 2,
	}
}

const (
	// hostMB is what a host's own services need: Docker, sshd, the journal.
	hostMB = 640
	// burstMB is left for the previews that are at work: an update of modules
	// needs as much as OfPreview allows.
	burstMB = 1024
)

// PreviewBudgetMB is the memory that previews may reserve together on a host
// of this size; 0 says that it is too small for any.
func (s Size) PreviewBudgetMB() int {
	return max(0, s.MemoryMB-hostMB-burstMB-s.EdgeMB-AgentMB-DockerReadMB)
}
