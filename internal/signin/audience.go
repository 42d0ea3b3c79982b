package signin

import "github.com/countersign/countersign/internal/access"

// Audiences are those that an access token can be asked for: what the installation
// issues for. Under the preset there are none, as in the original.
func (s *Service) Audiences() []string {
	if s.Issuer.Original != nil {
		return nil
	}
	return s.Issuer.Audience
}

// For returns the same service whose access tokens are for one audience; "" is all of
// them. access.ErrAudienceUnknown for one that is not among Audiences.
func (s *Service) For(audience string) (*Service, error) {
	if audience == "" {
		return s, nil
	}
	if err := access.CheckAudience(audience, s.Audiences()); err != nil {
		return nil, err
	}
	one := *s
	one.audience = audience
	return &one, nil
}
