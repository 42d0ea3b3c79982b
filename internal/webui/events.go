package webui

func (s *Site) eventRoutes() []route { return nil }
