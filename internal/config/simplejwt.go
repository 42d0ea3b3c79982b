package config

import (
	"errors"
	"slices"

	"github.com/countersign/countersign/internal/strictjson"
)

// simpleJWT lays what COUNTERSIGN_SIMPLEJWT says over the preset and under every
// setting that the operator gave by itself.
func (l *loader) simpleJWT() {
	from, given := l.origins["simplejwt"]
	text, _ := l.merged.Get("simplejwt").(string)
	if preset, _ := scalar(l.merged.Get("preset")); !given || text == "" || preset != presetSimpleJWT {
		return // validate and decode complain
	}
	members, err := strictjson.ReadObject([]byte(text))
	if errors.Is(err, strictjson.ErrNoObject) {
		l.problems.add(from.subject(), "%v: write {\"LEEWAY\": 10}", err)
		return
	}
	if err != nil {
		l.problems.add(from.subject(), "%v", err)
		return
	}
	algorithm, _ := scalar(l.merged.Get("algorithm"))
	t := translate(members, algorithm, l.origins["algorithm"].explicit())
	for _, problem := range slices.Concat(t.unknown.Problems, t.problems.Problems) {
		l.problems.Problems = append(l.problems.Problems, from.subject()+": "+problem)
	}
	for _, warning := range t.warnings {
		l.warnings = append(l.warnings, from.subject()+": "+warning)
	}
	exposed := from.layer == layerFlag || from.layer == layerFile && from.key == "simplejwt"
	for _, s := range t.settings {
		own := origin{layer: layerSimpleJWT, name: from.subject(), key: s.django}
		if exposed && slices.Contains(hiddenKeys(l.fields), s.key) {
			l.problems.add(own.subject(), "is a secret and not read from a place that others see: use %s or %s",
				envName("simplejwt"), envName(s.key+fileSuffix))
			l.refused[s.key] = true
		}
		if l.origins[s.key].explicit() {
			continue
		}
		if err := l.merged.Set(s.key, s.value); err != nil {
			l.problems.add(own.subject(), "%v", err)
			continue
		}
		l.origins[s.key] = own
	}
}
