package webui

func (s *Site) roleRoutes() []route { return nil }
