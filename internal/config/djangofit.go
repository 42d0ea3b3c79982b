package config

import (
	"slices"
	"time"
)

// fit brings what the original allows into our bounds, and says so.
func (d *DjangoSettings) fit() {
	for _, f := range fields() {
		i := d.find(f.key)
		if i < 0 || f.upper == "" || f.django == "" {
			continue
		}
		most, _ := ParseDuration(f.upper)
		if d.duration(f.key) > most {
			d.warn(i, "is more than the "+f.upper+" that are the most here, and is "+f.upper+" from now on")
			d.settings[i].value = f.upper
		}
	}
	d.outlive("access_lifetime", "refresh_lifetime", "REFRESH_TOKEN_LIFETIME")
	d.outlive("sliding_lifetime", "sliding_refresh_lifetime", "SLIDING_TOKEN_REFRESH_LIFETIME")
	if i := d.find("jwk_url"); i >= 0 && d.find("signing_key") >= 0 {
		d.warn(i, "is not used: the server verifies with the key that it signs with")
		d.settings = slices.Delete(d.settings, i, i+1)
	}
}

// outlive makes the longer lifetime at least the shorter one: here a token ends
// with its session.
func (d *DjangoSettings) outlive(shorter, longer, django string) {
	least := d.duration(shorter)
	if least <= d.duration(longer) {
		return
	}
	d.warnings = append(d.warnings, django+": is shorter than the lifetime of the tokens that it is for, and is "+
		formatDuration(least)+" from now on")
	s := translated{django: django, key: longer, value: formatDuration(least)}
	if i := d.find(longer); i >= 0 {
		d.settings[i] = s
	} else {
		d.settings = append(d.settings, s)
	}
}

// duration returns a lifetime, the preset's where Django has none of its own.
func (d *DjangoSettings) duration(key string) time.Duration {
	text := ""
	for _, f := range fields() {
		if f.key == key {
			text = f.def
			if f.inPreset {
				text = f.preset
			}
		}
	}
	if i := d.find(key); i >= 0 {
		text, _ = d.settings[i].value.(string)
	}
	of, _ := ParseDuration(text)
	return of
}

func (d *DjangoSettings) find(key string) int {
	return slices.IndexFunc(d.settings, func(s translated) bool { return s.key == key })
}

func (d *DjangoSettings) warn(i int, text string) {
	d.warnings = append(d.warnings, d.settings[i].django+": "+text)
}
