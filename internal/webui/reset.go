package webui

func (s *Site) resetRoutes() []route { return nil }
