// Package size is the one table that says what a droplet of a size is given
// to do: how many Odoo workers, how much memory for whom, how many database
// connections. It must not decide anything else.
//
// Odoo's own defaults (2.5 GB a worker, 64 connections a process) are made
// for machines without containers and are never used.
package size

import (
	"fmt"
	"strings"
)

// Size is one row: a droplet size and the settings that fit into it.
type Size struct {
	Slug     string
	VCPUs    int
	MemoryMB int

	Odoo     Odoo
	Postgres Postgres
	// BackupMB and EdgeMB are the memory limits of the backup and of Traefik.
	BackupMB, EdgeMB int
}

// Odoo are the settings of the one Odoo container.
type Odoo struct {
	// Workers are HTTP processes. 0 is one process with threads, which then
	// serves the websocket too.
	Workers int
	// CronThreads run scheduled actions: processes of their own beside
	// workers, threads without.
	CronThreads int
	// SoftMB is the address space at which a process is recycled after its
	// request, HardMB the one at which an allocation fails. Odoo measures
	// address space, not resident memory, so both look large.
	SoftMB, HardMB int
	// MaxConn is the most database connections of one process.
	MaxConn int
}

// Processes is how many processes the soft limit and MaxConn apply to: the
// workers, the cron processes and the one for the websocket.
func (o Odoo) Processes() int {
	if o.Workers == 0 {
		return 1
	}
	return o.Workers + o.CronThreads + 1
}

// MemoryMB is the memory limit of the container.
func (o Odoo) MemoryMB() int { return o.Processes() * o.SoftMB }

// Postgres are the settings of the database server.
type Postgres struct {
	MemoryMB        int // limit of the container
	SharedBuffersMB int
	WorkMemMB       int
	MaintenanceMB   int
	MaxConnections  int
}

// The memory limits of who watches a host: the agent, what answers it about
// containers, and what counts beside Postgres. They are the same for all sizes.
const (
	AgentMB      = 200
	DockerReadMB = 32
	MetricsMB    = 64
)

// WatchMB is what these have together.
const WatchMB = AgentMB + DockerReadMB + MetricsMB

// 1 GB has no room for Odoo, Postgres and who watches them.
var table = []Size{
	{
		Slug: "s-1vcpu-2gb", VCPUs: 1, MemoryMB: 2048, BackupMB: 112, EdgeMB: 128,
		Odoo:     Odoo{Workers: 0, CronThreads: 1, SoftMB: 1024, HardMB: 1536, MaxConn: 30},
		Postgres: Postgres{MemoryMB: 400, SharedBuffersMB: 128, WorkMemMB: 8, MaintenanceMB: 64, MaxConnections: 60},
	},
	{
		Slug: "s-2vcpu-2gb", VCPUs: 2, MemoryMB: 2048, BackupMB: 112, EdgeMB: 128,
		Odoo:     Odoo{Workers: 0, CronThreads: 1, SoftMB: 1024, HardMB: 1536, MaxConn: 30},
		Postgres: Postgres{MemoryMB: 400, SharedBuffersMB: 128, WorkMemMB: 8, MaintenanceMB: 64, MaxConnections: 60},
	},
	{
		Slug: "s-2vcpu-4gb", VCPUs: 2, MemoryMB: 4096, BackupMB: 160, EdgeMB: 128,
		Odoo:     Odoo{Workers: 2, CronThreads: 1, SoftMB: 640, HardMB: 1280, MaxConn: 16},
		Postgres: Postgres{MemoryMB: 832, SharedBuffersMB: 256, WorkMemMB: 8, MaintenanceMB: 128, MaxConnections: 90},
	},
	{
		Slug: "s-4vcpu-8gb", VCPUs: 4, MemoryMB: 8192, BackupMB: 256, EdgeMB: 192,
		Odoo:     Odoo{Workers: 5, CronThreads: 1, SoftMB: 704, HardMB: 1536, MaxConn: 16},
		Postgres: Postgres{MemoryMB: 2000, SharedBuffersMB: 640, WorkMemMB: 16, MaintenanceMB: 256, MaxConnections: 140},
	},
	{
		Slug: "s-8vcpu-16gb", VCPUs: 8, MemoryMB: 16384, BackupMB: 384, EdgeMB: 256,
		Odoo:     Odoo{Workers: 9, CronThreads: 2, SoftMB: 800, HardMB: 1792, MaxConn: 16},
		Postgres: Postgres{MemoryMB: 4096, SharedBuffersMB: 1280, WorkMemMB: 16, MaintenanceMB: 512, MaxConnections: 220},
	},
}

// OneWorker is for an Odoo that a few people look at: at most one worker, and
// one thread for what is scheduled.
func (o Odoo) OneWorker() Odoo {
	o.Workers, o.CronThreads = min(o.Workers, 1), min(o.CronThreads, 1)
	return o
}

// Lookup finds a droplet size.
func Lookup(slug string) (Size, error) {
	for _, s := range table {
		if s.Slug == slug {
			return s, nil
		}
	}
	return Size{}, fmt.Errorf("%q is no known droplet size; use one of %s", slug, strings.Join(Slugs(), ", "))
}

// Bastion is a bastion's size: it only forwards, and Odoo would not fit.
const Bastion = "s-1vcpu-1gb"

// Slugs are the known sizes, smallest first.
func Slugs() []string {
	slugs := make([]string, len(table))
	for i, s := range table {
		slugs[i] = s.Slug
	}
	return slugs
}
