package webui

func (s *Site) keyRoutes() []route { return nil }
