package webui

func (s *Site) sessionRoutes() []route { return nil }
