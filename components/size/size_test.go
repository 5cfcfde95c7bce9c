package size_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/size"
)

func each(t *testing.T, check func(t *testing.T, s size.Size)) {
	for _, slug := range size.Slugs() {
		t.Run(slug, func(t *testing.T) {
			s, err := size.Lookup(slug)
			require.NoError(t, err)
			check(t, s)
		})
	}
}

func TestPostgresHasAConnectionForEveryProcessAndTwentyToSpare(t *testing.T) {
	each(t, func(t *testing.T, s size.Size) {
		assert.LessOrEqual(t, s.Odoo.Processes()*s.Odoo.MaxConn+20, s.Postgres.MaxConnections)
	})
}

func TestSoftLimitsAndPostgresStayUnder85PercentOfMemory(t *testing.T) {
	each(t, func(t *testing.T, s size.Size) {
		assert.LessOrEqual(t, s.Odoo.Processes()*s.Odoo.SoftMB+s.Postgres.MemoryMB, s.MemoryMB*85/100)
	})
}

func TestContainerLimitsTogetherFitIntoTheDroplet(t *testing.T) {
	each(t, func(t *testing.T, s size.Size) {
		assert.Less(t, s.Odoo.MemoryMB()+s.Postgres.MemoryMB+s.BackupMB+s.EdgeMB+size.WatchMB, s.MemoryMB)
	})
}

func TestSharedBuffersAreAtMostAThirdOfPostgres(t *testing.T) {
	each(t, func(t *testing.T, s size.Size) {
		assert.LessOrEqual(t, s.Postgres.SharedBuffersMB*3, s.Postgres.MemoryMB)
	})
}

func TestAnUnknownSizeIsNamedWithTheKnownOnes(t *testing.T) {
	_, err := size.Lookup("s-huge")
	assert.ErrorContains(t, err, "s-huge")
	assert.ErrorContains(t, err, "s-2vcpu-4gb")
}

func TestAPreviewsDatabaseHasAConnectionForEveryProcessAndTwentyToSpare(t *testing.T) {
	p := size.OfPreview()
	assert.LessOrEqual(t, p.Odoo.Processes()*p.Odoo.MaxConn+20, p.Postgres.MaxConnections)
}

func TestOneWorkerTakesNoMoreThanTheSizeGives(t *testing.T) {
	each(t, func(t *testing.T, s size.Size) {
		one := s.Odoo.OneWorker()
		assert.LessOrEqual(t, one.Workers, 1)
		assert.LessOrEqual(t, one.MemoryMB(), s.Odoo.MemoryMB())
	})
}

func TestPreviewsLeaveRoomForTheHostTheEdgeTheAgentAndAnUpdate(t *testing.T) {
	each(t, func(t *testing.T, s size.Size) {
		budget := s.PreviewBudgetMB()
		if budget > 0 {
			assert.LessOrEqual(t, budget+s.EdgeMB+size.AgentMB+size.DockerReadMB+size.OfPreview().Odoo.MemoryMB(), s.MemoryMB)
		}
	})
	big, err := size.Lookup("s-4vcpu-8gb")
	require.NoError(t, err)
	assert.Equal(t, 6104, big.PreviewBudgetMB())
}
