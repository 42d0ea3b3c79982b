package store

import (
	"context"
	"database/sql/driver"
	"io"
)

// maxPrepared bounds the statements that one connection keeps. The service has
// fewer texts; the bound is for the day when one of them is built from input.
const maxPrepared = 256

// preparing is a connector whose connections keep the statements that they have
// prepared, each on its own, inside transactions and outside. A statement that
// ends in an error is forgotten, so that one that the server does not know any
// more is prepared again.
type preparing struct{ driver.Connector }

// Connect implements driver.Connector.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparedConn{bareConn: conn.(bareConn), stmts: make(map[string]*preparedStmt)}, nil
}

// bareConn is what the two drivers' connections can do, and database/sql uses.
type bareConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type preparedConn struct {
	bareConn
	stmts map[string]*preparedStmt
}

type preparedStmt struct {
	driver.Stmt
	text string
	busy bool // rows of it are open
}

// CheckNamedValue implements driver.NamedValueChecker with the driver's own rules.
func (c *preparedConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.bareConn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

// ExecContext implements driver.ExecerContext.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	c.release(s, err)
	return result, err
}

// QueryContext implements driver.QueryerContext.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		c.release(s, err)
		return nil, err
	}
	return &preparedRows{Rows: rows, conn: c, stmt: s}, nil
}

// statement returns the kept statement of a text, or a new one when there is
// none or its rows are still being read.
func (c *preparedConn) statement(ctx context.Context, query string) (*preparedStmt, error) {
	kept := c.stmts[query]
	if kept != nil && !kept.busy {
		kept.busy = true
		return kept, nil
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &preparedStmt{Stmt: stmt, text: query, busy: true}
	if kept == nil && len(c.stmts) < maxPrepared {
		c.stmts[query] = s
	}
	return s, nil
}

// release gives a statement back after its last use, which ended in err.
func (c *preparedConn) release(s *preparedStmt, err error) {
	s.busy = false
	kept := c.stmts[s.text] == s
	if kept && err == nil {
		return
	}
	if kept {
		delete(c.stmts, s.text)
	}
	_ = s.Close() // the error that matters is err
}

// Close implements driver.Conn.
func (c *preparedConn) Close() error {
	for _, s := range c.stmts {
		_ = s.Close() // closing the connection ends them in any case
	}
	clear(c.stmts)
	return c.bareConn.Close()
}

type preparedRows struct {
	driver.Rows
	conn *preparedConn
	stmt *preparedStmt // nil once it is released
	err  error
}

// Next implements driver.Rows.
func (r *preparedRows) Next(dest []driver.Value) error {
	err := r.Rows.Next(dest)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return err
}

// Close implements driver.Rows.
func (r *preparedRows) Close() error {
	err := r.Rows.Close()
	if r.stmt != nil {
		if r.err == nil {
			r.err = err
		}
		r.conn.release(r.stmt, r.err)
		r.stmt = nil
	}
	return err
}
