package webui

import (
	"context"
	"io"
	"net/url"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/sheet"
	"github.com/countersign/countersign/internal/web"
)

// exportUsers sends those whom a filter of the list chooses as a file.
func (s *Site) exportUsers(v *visit) (answer, error) {
	format, err := sheet.ParseFormat(v.PostForm.Get(askFormat))
	if err != nil {
		return nil, err
	}
	asked, _ := url.ParseQuery(v.PostForm.Get("asked")) // what is no query is no filter
	f, err := s.filter(v, usersQueryOf(asked))
	if err != nil {
		return nil, err
	}
	return sent{file: web.Download{Name: "users", Format: format}, rows: func(ctx context.Context, to io.Writer) error {
		_, err := s.Accounts.ExportUsers(ctx, v.Who, account.Export{Filter: f, Format: format, To: to})
		return err
	}}, nil
}
