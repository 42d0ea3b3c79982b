package webui

import (
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/dashboard"
	"github.com/countersign/countersign/internal/keyring"
)

// oldKey is the age at which a signing key is worth a look. NIST SP 800-57, part 1,
// section 5.3.6 has one to three years for a private signature key; rotating costs
// nothing here.
const oldKey = 90 * 24 * time.Hour

// dashboardView is the first page of the admin site.
type dashboardView struct {
	Name      string
	Overview  dashboard.Overview
	Chart     *chart
	Keys      []keyView
	MayKeys   bool
	Attention []string
	Nothing   bool // there is no figure that the caller may see
}

func (s *Site) showDashboard(v *visit) (answer, error) {
	o, err := s.Dashboard.Overview(v.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	view := dashboardView{Name: v.Who.Name, Overview: o}
	if v.Who.Rights.Superuser {
		view.Attention = append(view.Attention, s.Warnings...)
	}
	if o.Hours != nil {
		view.Chart = newChart(o.Hours)
	}
	if view.MayKeys = v.Who.Rights.Holds(access.ViewKey); view.MayKeys {
		keys, err := s.Keys.List(v.Context(), v.Who)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			view.add(k, s.Now())
		}
	}
	view.Nothing = o.Users == nil && o.Sessions == nil && !view.MayKeys
	return shown{name: "dashboard", title: "Dashboard", body: view}, nil
}

// add shows a key, unless it is done with.
func (d *dashboardView) add(k keyring.Key, now time.Time) {
	if k.State == keyring.Retired {
		return
	}
	shown := keyOf(k, nil, now)
	d.Keys = append(d.Keys, shown)
	if k.State == keyring.Active && !k.CreatedAt.IsZero() && now.Sub(k.CreatedAt) > oldKey {
		d.Attention = append(d.Attention, "The signing key is "+shown.Age+" old. Rotating it costs nothing: tokens of the old one stay good until they expire.")
	}
}

// age says how long ago something was, in one unit.
func age(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int64(d / unit.length); n > 0 {
			name := unit.name
			if n > 1 {
				name += "s"
			}
			return number(n) + " " + name
		}
	}
	return "less than a minute"
}

// chart is the sign-ins of a day as bars. The
// same numbers stand in a table beside it.
type chart struct {
	Width, Height     int
	Bars              []bar
	SignIns, Failures int64
	Top               int64 // what the highest bar stands for
	Ticks             []string
	Summary           string
}

// bar is one hour: sign-ins at the bottom, failures on them.
type bar struct {
	X, Width               int
	GoodY, GoodH, BadY, H2 int
	From                   time.Time
	SignIns, Failures      int64
}

const (
	chartWidth  = 480
	chartHeight = 120
)

func newChart(hours []dashboard.Hour) *chart {
	c := &chart{Width: chartWidth, Height: chartHeight}
	for _, h := range hours {
		c.SignIns, c.Failures = c.SignIns+h.SignIns, c.Failures+h.Failures
		c.Top = max(c.Top, h.SignIns+h.Failures)
	}
	slot := chartWidth / max(1, len(hours))
	for i, h := range hours {
		good, bad := c.height(h.SignIns), c.height(h.Failures)
		c.Bars = append(c.Bars, bar{
			X: i*slot + 2, Width: slot - 4, From: h.At, SignIns: h.SignIns, Failures: h.Failures,
			GoodY: chartHeight - good, GoodH: good, BadY: chartHeight - good - bad, H2: bad,
		})
		if i%6 == 0 {
			c.Ticks = append(c.Ticks, h.At.Format("15:04"))
		}
	}
	c.Ticks = append(c.Ticks, "now")
	c.Summary = strings.TrimSpace(fmt.Sprintf("%d sign-ins and %d failures in the last 24 hours", c.SignIns, c.Failures))
	return c
}

// height is a count in the chart's units; what happened at all is seen.
func (c *chart) height(n int64) int {
	if n == 0 || c.Top == 0 {
		return 0
	}
	return max(2, int(n*(chartHeight-4)/c.Top))
}
