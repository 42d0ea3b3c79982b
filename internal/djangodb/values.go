package djangodb

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// idType says how the key of the users is kept.
type idType int

const (
	idText   idType = iota
	idNumber        // an integer
	idHex           // a UUID in 32 hexadecimal digits, as Django keeps it where there is no type for it
)

// idTypeOf reads the name of a column's type.
func idTypeOf(databaseType string) idType {
	switch {
	case strings.Contains(databaseType, "INT") || strings.Contains(databaseType, "SERIAL"):
		return idNumber
	case databaseType == "CHAR" || strings.HasPrefix(databaseType, "CHAR("):
		return idHex
	}
	return idText
}

const hexUUID = 32 // digits

// id writes an id as it is in tokens.
func (t idType) id(raw string) string {
	if t != idHex || len(raw) != hexUUID {
		return raw
	}
	return strings.Join([]string{raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]}, "-")
}

// key is the argument that finds an id, and false when no row can have it.
func (t idType) key(id string) (any, bool) {
	switch t {
	case idNumber:
		n, err := strconv.ParseInt(id, 10, 64)
		return n, err == nil
	case idHex:
		if raw := strings.ReplaceAll(id, "-", ""); len(raw) == hexUUID {
			return raw, true
		}
	}
	return id, true
}

// zoned and naive are how the databases write times: Django itself writes naive
// ones into SQLite and MySQL.
var (
	zoned = []string{"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02T15:04:05Z07:00"}
	naive = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04"}
)

var errTime = errors.New("is no time")

// parseTime reads a time; one without a zone is UTC. It takes the years 1 to 9999.
func parseTime(text string) (time.Time, error) {
	for _, layout := range append(append([]string{}, zoned...), naive...) {
		t, err := time.Parse(layout, text)
		if err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errTime
}

// parseFlag reads a yes or no of any of the databases.
func parseFlag(text string) (yes, known bool) {
	switch text {
	case "1", "t", "true", "TRUE":
		return true, true
	case "0", "f", "false", "FALSE":
		return false, true
	}
	return false, false
}
