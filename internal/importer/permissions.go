package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/role"
)

// declaration is a permission of the source that is not declared here.
type declaration struct {
	permission role.Permission
	row        Imported
	again      bool // the row stood for another permission before
}

// allPermissions declares the source's permissions.
func (p *pass) allPermissions(ctx context.Context) error {
	rows, err := p.from.Permissions(ctx)
	if err != nil {
		return err
	}
	remembered, err := p.remembered(ctx, KindPermission, idsOf(rows, func(r Permission) string { return r.ID }))
	if err != nil {
		return err
	}
	var missing []declaration
	declared := map[access.Permission]bool{}
	for _, row := range rows {
		p.report.Permissions.Read++
		p.known[permissionKey(row.ID)] = true
		is, why := permissionOf(row)
		if why != "" {
			p.report.refuse(&p.report.Permissions, BadRow, row.Row, why)
			continue
		}
		if declared[is.Name] { // another model of the same application has it
			p.permissions[row.ID] = is.Name
			p.report.Permissions.Unchanged++
			continue
		}
		declared[is.Name] = true
		d := declaration{permission: is, row: Imported{SourceID: row.ID, TargetID: string(is.Name), Fields: encodeFields([]digest{digestOf(is.Description)})}}
		isNew, err := p.permission(ctx, row, d, remembered[row.ID])
		if err != nil {
			return fmt.Errorf("permission %s: %w", row.ID, err)
		}
		if isNew {
			d.permission.CreatedAt, d.again = p.began, remembered[row.ID].SourceID != ""
			missing = append(missing, d)
		}
	}
	return p.declare(ctx, missing)
}

func idsOf[T any](rows []T, id func(T) string) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = id(row)
	}
	return ids
}

func permissionKey(id string) string { return "permission:" + id }
func groupKey(id string) string      { return "group:" + id }

// permissionOf returns the permission of a row, or why there is none.
func permissionOf(row Permission) (role.Permission, string) {
	if row.Broken != "" {
		return role.Permission{}, row.Broken
	}
	name, err := access.ParsePermission(row.Name)
	if err != nil {
		return role.Permission{}, fmt.Sprintf("%q is no name of a permission: letters, digits, '_' and '-' around one dot, at most %d characters", row.Name, access.MaxPermissionLen)
	}
	if strings.HasPrefix(row.Name, role.BuiltIn) {
		return role.Permission{}, fmt.Sprintf("%s would open the administration of this service", row.Name)
	}
	description := strings.TrimSpace(row.Description)
	if utf8.RuneCountInString(description) > role.MaxDescription || !printable(description) {
		return role.Permission{}, "its name has characters that cannot be printed, or is too long"
	}
	return role.Permission{Name: name, Description: description}, ""
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// permission decides about one permission, and reports whether it is to be
// declared.
func (p *pass) permission(ctx context.Context, row Permission, d declaration, was Imported) (isNew bool, err error) {
	tally := &p.report.Permissions
	returned := was.TargetID == d.row.TargetID // a renamed one is another one
	changed := !bytes.Equal(was.Fields, d.row.Fields)
	here, err := p.Store.Permission(ctx, d.permission.Name)
	if errors.Is(err, role.ErrPermissionNotFound) {
		switch {
		case !returned:
			tally.Created++
			p.permissions[row.ID] = d.permission.Name
		case changed:
			p.report.refuse(tally, Conflict, row.Row, deletedHere)
		default:
			tally.Unchanged++
		}
		return !returned, nil
	}
	if err != nil {
		return false, err
	}
	p.permissions[row.ID] = d.permission.Name
	if !returned || !changed {
		tally.Unchanged++
		return false, nil
	}
	m := newMerge(decodeFields(was.Fields, 1), decodeFields(d.row.Fields, 1))
	write := m.take(0, digestOf(here.Description))
	if len(m.conflicts) > 0 {
		p.report.refuse(tally, Conflict, row.Row, m.conflicts[0].reason("its description"))
		return false, nil
	}
	if !write {
		tally.Unchanged++
	} else {
		tally.Updated++
	}
	if write && p.write {
		if _, err := p.Roles.UpdatePermission(ctx, p.who, here.Name, d.permission.Description); err != nil {
			return false, err
		}
	}
	if p.write {
		return false, p.Store.UpdateImported(ctx, p.origin(KindPermission), d.row)
	}
	return false, nil
}

const deletedHere = "it changed in the source, and was deleted here"

// declare keeps new permissions and remembers their rows.
func (p *pass) declare(ctx context.Context, missing []declaration) error {
	if !p.write {
		return nil
	}
	for some := range slices.Chunk(missing, batch) {
		if err := p.InTx(ctx, func(tx Store) error {
			for _, d := range some {
				if err := p.declareOne(ctx, tx, d); err != nil {
					return fmt.Errorf("permission %s: %w", d.permission.Name, err)
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) declareOne(ctx context.Context, tx Store, d declaration) error {
	if err := tx.InsertPermission(ctx, d.permission); err != nil {
		return err
	}
	e := event.New(p.who, p.began, event.PermissionCreated, event.Permission(d.permission.Name))
	if err := tx.AppendEvent(ctx, e); err != nil {
		return err
	}
	if d.again {
		return tx.UpdateImported(ctx, p.origin(KindPermission), d.row)
	}
	return tx.InsertImported(ctx, p.origin(KindPermission), []Imported{d.row})
}
