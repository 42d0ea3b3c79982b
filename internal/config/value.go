package config

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/secret"
)

// set gives a field of Config the value of a layer: a string from environment,
// flags and defaults; also a bool, a number or a list from the file. The error
// says what is wrong and shows the value unless it is a secret.
func (f field) set(target reflect.Value, raw any) error {
	switch to := target.Addr().Interface().(type) {
	case *secret.Text:
		text, ok := raw.(string)
		if !ok || text == "" {
			return errors.New("is empty or not a string: leave it out or give a value")
		}
		*to = secret.New(text)
		return nil
	case *[]string:
		items, err := list(raw)
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := f.choice(item); err != nil {
				return err
			}
		}
		*to = items
		return nil
	case *[]netip.Prefix:
		items, err := list(raw)
		if err != nil {
			return err
		}
		*to, err = prefixes(items)
		return err
	case *time.Time:
		var err error
		*to, err = instant(raw)
		return err
	}
	text, err := scalar(raw)
	if err != nil {
		return err
	}
	switch to := target.Addr().Interface().(type) {
	case *string:
		if err := f.choice(text); err != nil {
			return err
		}
		*to = text
	case *bool:
		if *to, err = strconv.ParseBool(text); err != nil {
			return fmt.Errorf("%s is not true or false", quote(text))
		}
	case *int:
		*to, err = f.integer(text)
	case *time.Duration:
		*to, err = f.duration(text)
	default:
		err = fmt.Errorf("the setting has the type %T, which nothing reads", to)
	}
	return err
}

// choice refuses a value that is not one of those that are allowed.
func (f field) choice(text string) error {
	if f.oneof != nil && !slices.Contains(f.oneof, text) {
		return fmt.Errorf("%s is not one of %s", quote(text), strings.Join(nonEmpty(f.oneof), ", "))
	}
	return nil
}

func (f field) integer(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s is not a whole number", quote(text))
	}
	lower, _ := strconv.Atoi(f.lower)
	upper, _ := strconv.Atoi(f.upper)
	if n < lower || n > upper {
		return 0, fmt.Errorf("%d is out of range: from %s to %s", n, f.lower, f.upper)
	}
	return n, nil
}

func (f field) duration(text string) (time.Duration, error) {
	d, err := ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s %w", quote(text), err)
	}
	lower, _ := ParseDuration(f.lower)
	upper, _ := ParseDuration(f.upper)
	if d < lower || d > upper {
		return 0, fmt.Errorf("%s is out of range: from %s to %s", quote(text), f.lower, f.upper)
	}
	return d, nil
}

// scalar returns a single value as text.
func scalar(raw any) (string, error) {
	switch v := raw.(type) {
	case string:
		return strings.TrimSpace(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	default:
		return "", errors.New("wants one value: a string, a whole number, true or false")
	}
}

// list returns several values: a list of strings from the file, or one string
// with commas between them.
func list(raw any) ([]string, error) {
	var items []string
	switch v := raw.(type) {
	case string:
		if strings.TrimSpace(v) == "" {
			return nil, nil
		}
		items = strings.Split(v, ",")
	case []any:
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return nil, errors.New("wants a list of strings")
			}
			items = append(items, text)
		}
	default:
		return nil, errors.New("wants a list of strings")
	}
	for i := range items {
		if items[i] = strings.TrimSpace(items[i]); items[i] == "" {
			return nil, errors.New("has an empty item in its list")
		}
	}
	return items, nil
}

// prefixes reads addresses and networks. A network with bits beyond its length is
// refused: 10.1.2.3/8 may be meant as 10.0.0.0/8 or as 10.1.2.3.
func prefixes(items []string) ([]netip.Prefix, error) {
	var found []netip.Prefix
	for _, item := range items {
		if addr, err := netip.ParseAddr(item); err == nil && addr.Zone() == "" {
			addr = addr.Unmap()
			found = append(found, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(item)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s is neither an address nor a network such as 10.0.0.0/8", quote(item))
		case p.Addr().Is4In6():
			return nil, fmt.Errorf("%s is an IPv4 network in IPv6 form: write it as IPv4", quote(item))
		case p != p.Masked():
			return nil, fmt.Errorf("%s has address bits beyond its length: write %s", quote(item), p.Masked())
		}
		found = append(found, p)
	}
	return found, nil
}

func nonEmpty(items []string) []string {
	return slices.DeleteFunc(slices.Clone(items), func(s string) bool { return s == "" })
}
