package webui

func (s *Site) permissionRoutes() []route { return nil }
