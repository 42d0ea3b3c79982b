package djangodb

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/importer"
)

// Permissions implements importer.Source.
func (d *Database) Permissions(ctx context.Context) ([]importer.Permission, error) {
	types, err := d.read(ctx, query{table: tableTypes, columns: d.quote("id", "app_label")})
	if err != nil {
		return nil, err
	}
	labels := make(map[string]string, len(types))
	for _, row := range types {
		labels[row[0].String] = row[1].String
	}
	rows, err := d.read(ctx, query{
		table: tablePermission, columns: d.quote("id", "content_type_id", "codename", "name"), rest: " ORDER BY t." + d.source.Quote("id"),
	})
	if err != nil {
		return nil, err
	}
	all := make([]importer.Permission, len(rows))
	for i, row := range rows {
		label, is := labels[row[1].String]
		all[i] = importer.Permission{
			Row: importer.Row{Table: tablePermission, ID: row[0].String}, Name: label + "." + row[2].String, Description: row[3].String,
		}
		if !is {
			all[i].Broken = fmt.Sprintf("its content type %s does not exist", row[1].String)
		}
	}
	return all, nil
}

// Groups implements importer.Source.
func (d *Database) Groups(ctx context.Context) ([]importer.Group, error) {
	links, err := d.read(ctx, query{table: tableGroupGives, columns: d.quote("group_id", "permission_id")})
	if err != nil {
		return nil, err
	}
	gives := map[string][]string{}
	for _, row := range links {
		gives[row[0].String] = append(gives[row[0].String], row[1].String)
	}
	rows, err := d.read(ctx, query{table: tableGroup, columns: d.quote("id", "name"), rest: " ORDER BY t." + d.source.Quote("id")})
	if err != nil {
		return nil, err
	}
	all := make([]importer.Group, len(rows))
	for i, row := range rows {
		all[i] = importer.Group{
			Row: importer.Row{Table: tableGroup, ID: row[0].String}, Name: row[1].String, Permissions: gives[row[0].String],
		}
		if !row[1].Valid {
			all[i].Broken = "name is NULL"
		}
	}
	return all, nil
}
