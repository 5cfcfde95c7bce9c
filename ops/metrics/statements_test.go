package metrics

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAStatementIsCutToItsShape(t *testing.T) {
	for query, want := range map[string]string{
		`SELECT "res_partner"."id", "res_partner"."name" FROM "res_partner" WHERE "res_partner"."id" IN ($1, $2, $3)`: `SELECT ... FROM "res_partner" WHERE "res_partner"."id" IN (?, ...)`,
		"UPDATE ir_cron\n\t SET nextcall = $1\n WHERE id = $2":                                                        `UPDATE ir_cron SET nextcall = ? WHERE id = ?`,
		`SELECT 1 FROM t1 LIMIT 80`: `SELECT ? FROM t1 LIMIT ?`,
	} {
		assert.Equal(t, want, shape(query))
	}
	assert.Len(t, []rune(shape("DELETE FROM "+strings.Repeat("ä", 200))), width)
}

// Postgres leaves constants in where it had no room for the text at first.
func TestNoConstantIsEverServed(t *testing.T) {
	for _, query := range []string{
		`UPDATE res_users SET password = 'hunter2' WHERE id = 7`,
		`UPDATE res_users SET password = E'it\'s hunter2'`,
		`UPDATE res_users SET n = 'C:\', password = 'hunter2'`,
		`UPDATE res_users SET password = $$hunter2$$`,
		`UPDATE res_users SET password = $x$hunter2$x$`,
		`UPDATE res_users SET pin = 471147, factor = 3.14`,
	} {
		got := shape(query)
		for _, value := range []string{"hunter2", "471147", "3.14", "7"} {
			assert.NotContains(t, got, value, query)
		}
		assert.True(t, strings.HasPrefix(got, "UPDATE res_users SET "), got)
	}
}

func values(all []sample) map[string]float64 {
	m := map[string]float64{}
	for _, s := range all {
		m[s.labels[0]] = s.value
	}
	return m
}

func TestStatementsThatLookTheSameAreAddedUp(t *testing.T) {
	var c statementCounter
	one, two := "DELETE FROM a WHERE id IN ($1)", "DELETE FROM a WHERE id IN ($1, $2)"
	three := "DELETE FROM a WHERE id IN ($1, $2, $3)"
	assert.Equal(t, map[string]float64{"DELETE FROM a WHERE id IN (?)": 1, "DELETE FROM a WHERE id IN (?, ...)": 5},
		values(c.add([]Statement{{1, one, 1}, {2, two, 2}, {3, three, 3}})))
	got := values(c.add([]Statement{{2, two, 2.5}, {3, three, 4}}))
	assert.Equal(t, map[string]float64{"DELETE FROM a WHERE id IN (?, ...)": 6.5}, got)
}

// A sum that fell would look like a counter that began anew, and all of it
// would be counted again.
func TestWhatPostgresForgetsIsNotLostFromASum(t *testing.T) {
	var c statementCounter
	two, three := "DELETE FROM a WHERE id IN ($1, $2)", "DELETE FROM a WHERE id IN ($1, $2, $3)"
	const text = "DELETE FROM a WHERE id IN (?, ...)"
	c.add([]Statement{{2, two, 100}, {3, three, 10}})
	assert.Equal(t, 111.0, values(c.add([]Statement{{3, three, 11}}))[text], "one was evicted")
	assert.Equal(t, 112.0, values(c.add([]Statement{{2, two, 1}, {3, three, 11}}))[text], "and came again")
	assert.Equal(t, 115.0, values(c.add([]Statement{{2, two, 1}, {3, three, 3}}))[text], "the server began anew")
	assert.Empty(t, c.add([]Statement{}))
	assert.Empty(t, c.totals)
}

func TestTheTwentyMostCostlyAreServed(t *testing.T) {
	var c statementCounter
	var all []Statement
	for i := range 50 {
		all = append(all, Statement{int64(i), fmt.Sprintf("DELETE FROM t%d", i), float64(i)})
	}
	got := c.add(all)
	require.Len(t, got, most)
	assert.Equal(t, []string{"DELETE FROM t49"}, got[0].labels)
	assert.Equal(t, []string{"DELETE FROM t30"}, got[most-1].labels)
}
