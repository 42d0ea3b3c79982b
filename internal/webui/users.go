package webui

func (s *Site) userRoutes() []route { return nil }
