package webui

import "slices"

// audienceField is where a form says what a role is bound to.
const audienceField = "audience"

// audienceChoice is what a role can be bound to, with what it is bound to chosen. There
// is none to make where tokens are issued for one audience.
func (s *Site) audienceChoice(is string, r refusal) *choice {
	all := s.Roles.Audiences
	if len(all) < 2 && is == "" {
		return nil
	}
	c := choice{
		Name: audienceField, Label: "Counts in tokens for", Problems: r.of(audienceField),
		Options: []option{{Value: "", Label: "every audience"}},
	}
	for _, name := range all {
		c.Options = append(c.Options, option{Value: name, Label: name + " alone"})
	}
	if is != "" && !slices.Contains(all, is) {
		c.Options = append(c.Options, option{Value: is, Label: is + " alone, for which no tokens are issued"})
	}
	return new(c.chosen(is))
}
