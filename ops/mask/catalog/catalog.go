// Package catalog reads what a database is made of: tables, columns, keys.
// It reads no row of a user's but Odoo's own registry.
package catalog

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
)

//go:embed tables.sql
var tablesSQL string

// Family is what a type's values are like.
type Family string

// The families.
const (
	Text   Family = "text"
	JSON   Family = "json"
	Int    Family = "int"
	Number Family = "number" // with decimals
	Date   Family = "date"   // with or without a time
	Bool   Family = "bool"
	Bytes  Family = "bytes"
	Inet   Family = "inet"
	Enum   Family = "enum"
	Other  Family = "other"
)

// Column of a table.
type Column struct {
	Name      string
	Type      string // as Postgres writes it
	Family    Family // of the elements, for an array
	Array     bool
	Width     int // of varchar(n), else 0
	NotNull   bool
	Generated bool
	Key       bool   // of the primary key
	Reference string // table of a foreign key
	Unique    bool   // in a unique index, not the primary key
	Alone     bool   // the only column of one
	Module    string // that declares the field, as Odoo's registry has it
	Transient bool   // of a model whose rows Odoo deletes by itself
}

// Table has rows: neither a view nor a partitioned table's root.
type Table struct {
	Schema  string
	Name    string
	Columns []Column
	Pages   int64
	Bytes   int64
}

// Quoted is the table's name in SQL.
func (t *Table) Quoted() string { return pgx.Identifier{t.Schema, t.Name}.Sanitize() }

// Column by its name, or nil.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Tables of the database, by name.
func Tables(ctx context.Context, c *pgx.Conn) ([]*Table, error) {
	rows, err := c.Query(ctx, tablesSQL)
	if err != nil {
		return nil, fmt.Errorf("the catalog can't be read: %w", err)
	}
	defer rows.Close()
	var all []*Table
	for rows.Next() {
		var schema, name, category, kind string
		var pages, bytes int64
		var col Column
		if err := rows.Scan(&schema, &name, &pages, &bytes, &col.Name, &col.Type, &kind, &category, &col.Array, &col.Width,
			&col.NotNull, &col.Generated, &col.Key, &col.Reference, &col.Unique, &col.Alone); err != nil {
			return nil, fmt.Errorf("the catalog can't be read: %w", err)
		}
		if len(all) == 0 || all[len(all)-1].Name != name || all[len(all)-1].Schema != schema {
			all = append(all, &Table{Schema: schema, Name: name, Pages: pages, Bytes: bytes})
		}
		col.Family = family(kind, category)
		t := all[len(all)-1]
		if col.Name != "" {
			t.Columns = append(t.Columns, col)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("the catalog can't be read: %w", err)
	}
	return all, owners(ctx, c, all)
}

// family by a base type's name and category.
func family(name, category string) Family {
	switch name {
	case "json", "jsonb":
		return JSON
	case "bytea":
		return Bytes
	case "int2", "int4", "int8":
		return Int
	case "numeric", "float4", "float8":
		return Number
	case "date", "timestamp", "timestamptz":
		return Date
	case "inet", "cidr":
		return Inet
	case "xml", "citext":
		return Text
	}
	switch category {
	case "S":
		return Text
	case "B":
		return Bool
	case "E":
		return Enum
	}
	return Other
}

// owners asks Odoo's registry who declares a column.
func owners(ctx context.Context, c *pgx.Conn, all []*Table) error {
	var odoo bool
	if err := c.QueryRow(ctx, `SELECT to_regclass('public.ir_model_fields') IS NOT NULL AND to_regclass('public.ir_model_data') IS NOT NULL`).Scan(&odoo); err != nil || !odoo {
		return err
	}
	rows, err := c.Query(ctx, `
		SELECT replace(m.model, '.', '_'), f.name, m.transient, coalesce(min(d.module), '')
		FROM ir_model_fields f JOIN ir_model m ON m.id = f.model_id
		LEFT JOIN ir_model_data d ON d.model = 'ir.model.fields' AND d.res_id = f.id
		GROUP BY 1, 2, 3`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns := map[[2]string]*Column{}
	for _, t := range all {
		for i := range t.Columns {
			columns[[2]string{t.Name, t.Columns[i].Name}] = &t.Columns[i]
		}
	}
	for rows.Next() {
		var table, column, module string
		var transient bool
		if err := rows.Scan(&table, &column, &transient, &module); err != nil {
			return err
		}
		if col := columns[[2]string{table, column}]; col != nil {
			col.Module, col.Transient = module, transient
		}
	}
	return rows.Err()
}
