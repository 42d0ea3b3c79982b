package djangodb

import "context"

// Write runs a statement that must be refused.
func (d *Database) Write(ctx context.Context, statement string) error {
	_, err := d.source.Pool.ExecContext(ctx, statement)
	return err
}
